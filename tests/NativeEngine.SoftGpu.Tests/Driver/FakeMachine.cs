using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Driver;

/// <summary>A machine whose kernels are C# functions, so that the driver is tested without PTX.</summary>
internal sealed unsafe class FakeMachine : IMachine
{
    private readonly HashSet<ulong> _blocks = [];

    public Dictionary<string, FakeKernel> Kernels { get; } = [];

    public ulong Allocate(long bytes)
    {
        ulong address = (ulong)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        _blocks.Add(address);
        return address;
    }

    public string? Free(ulong address)
    {
        if (_blocks.Remove(address))
            NativeMemory.AlignedFree((void*)address);
        return null;
    }

    public void MarkWritten(ulong address, long bytes)
    {
    }

    public void Copy(ulong target, ulong source, long bytes) => Buffer.MemoryCopy((void*)source, (void*)target, bytes, bytes);

    public bool IsInitialized(ulong address, long bytes) => true;

    public IProgram Load(string ptx, string name) => ptx == "bad" ? throw new PtxException(name, 3, 7, "unknown opcode") : new FakeProgram(this);

    public void Dispose()
    {
        foreach (ulong block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }

    private sealed class FakeProgram(FakeMachine machine) : IProgram
    {
        public IKernel? FindKernel(string name) => machine.Kernels.GetValueOrDefault(name);

        public (ulong Address, long Bytes)? FindGlobal(string name) => null;

        public void Dispose()
        {
        }
    }
}

/// <summary>A kernel <c>(ptr x, u32 value)</c> that hands its argument bytes to a function.</summary>
internal sealed class FakeKernel(string name, Func<byte[], KernelOutcome> run) : IKernel
{
    public string Name => name;

    public IReadOnlyList<(int Offset, int Bytes)> Parameters { get; } = [(0, 8), (8, 4)];

    public int ParameterBytes => 12;

    public int MaxThreads => 256;

    public int SharedBytes => 1024;

    public int LocalBytes => 0;

    public KernelOutcome Run(Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters) => run(parameters.ToArray());

    /// <summary>Writes its value to x[0].</summary>
    public static FakeKernel Store { get; } = new("store", static p =>
    {
        unsafe
        {
            ulong address = BitConverter.ToUInt64(p);
            *(uint*)address = BitConverter.ToUInt32(p, 8);
            return new KernelOutcome(CuResult.Success, null, [], [address]);
        }
    });

    /// <summary>Fails like a kernel with a wild pointer.</summary>
    public static FakeKernel Fault { get; } = new("fault", static _ => new KernelOutcome(CuResult.IllegalAddress, "wild pointer", [], []));
}
