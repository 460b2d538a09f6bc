using System.Runtime.InteropServices;

namespace NativeEngine.SoftGpu.Libraries;

/// <summary>Host memory for the inside of one library call.</summary>
internal readonly unsafe struct HostScratch(long count) : IDisposable
{
    public float* Pointer { get; } = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(64, count * sizeof(float)), 64);

    public void Dispose() => NativeMemory.AlignedFree(Pointer);
}
