using NativeEngine.Core;
using NativeEngine.Cpu.Memory;

namespace NativeEngine.Cpu;

/// <summary>A block of the CPU backend's pool.</summary>
public sealed unsafe class CpuBuffer : DeviceBuffer
{
    internal CpuBuffer(NativeBlock block, long bytes)
        : base(bytes) => Block = block;

    internal NativeBlock Block { get; set; }

    /// <summary>First byte; null when the buffer is empty.</summary>
    public byte* Pointer => (byte*)Block.Pointer;
}
