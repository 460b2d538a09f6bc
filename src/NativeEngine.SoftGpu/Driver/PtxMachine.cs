using NativeEngine.Cpu.Threading;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The machine that executes PTX, as the driver sees it.</summary>
internal sealed unsafe class PtxMachine : IMachine
{
    // Module variables are allocated beside what programs ask for; the driver keeps the programs' limit itself.
    private const long ModuleSlack = 1L << 30;

    private readonly DeviceMemory _memory;
    private readonly Machine _machine;
    private readonly LaunchOptions _launch;

    public PtxMachine(SoftGpuOptions options, WorkerPool pool)
    {
        _memory = new DeviceMemory(new DeviceMemoryOptions { Capacity = options.MemoryBytes + ModuleSlack, TrackInitialised = options.Sanitize });
        _machine = new Machine(_memory, pool);
        var observers = options.Sanitize ? ObserverSet.Sanitizers : ObserverSet.None;
        if (options.CountMemory)
            observers |= ObserverSet.Counters;
        _launch = new LaunchOptions
        {
            Observers = observers,
            ScheduleSeed = options.ShuffleKernels ? options.Seed : null,
            SharedMemoryLimit = LaunchLimits.MaxSharedOptin,
        };
    }

    public ulong Allocate(long bytes) => _memory.Allocate(bytes);

    public string? Free(ulong address) => _memory.Free(address)?.ToString();

    public void MarkWritten(ulong address, long bytes) => _memory.Access(address, bytes, write: true);

    public void Copy(ulong target, ulong source, long bytes) => _memory.Copy(target, source, bytes);

    public bool IsInitialized(ulong address, long bytes) => _memory.FirstUninitialised(address, bytes) < 0;

    public IProgram Load(string ptx, string name) => new Program(this, _machine.Load(PtxModule.Parse(ptx, name)));

    public void Dispose()
    {
        _machine.Dispose();
        _memory.Dispose();
    }

    private sealed class Program(PtxMachine owner, GpuModule module) : IProgram
    {
        public IKernel? FindKernel(string name)
        {
            if (!module.TryGetFunction(name, out var function))
                return null;
            return function!.Problem is { } problem ? throw problem : new Kernel(owner, function);
        }

        public (ulong Address, long Bytes)? FindGlobal(string name) => module.TryGetGlobal(name, out ulong address, out long bytes) ? (address, bytes) : null;

        public void Dispose() => module.Dispose();
    }

    private sealed class Kernel(PtxMachine owner, GpuFunction function) : IKernel
    {
        private readonly PointerUse _use = PointerUse.Of(function.Entry, function.Module.Ptx.AddressTaken);

        public string Name => function.Name;

        public IReadOnlyList<(int Offset, int Bytes)> Parameters { get; } = [.. function.Entry.Parameters.Select(static p => (p.Offset, (int)p.Bytes))];

        public int ParameterBytes => function.Entry.ParameterBytes;

        public int MaxThreads => function.MaxThreadsPerBlock;

        public int SharedBytes => function.SharedBytes;

        public int LocalBytes => function.LocalBytes;

        public KernelOutcome Run(Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters)
        {
            var result = owner._machine.Launch(function, grid, block, dynamicSharedBytes, parameters, owner._launch);
            return new KernelOutcome(StatusOf(result.Fault), result.Fault?.ToString(), _use.Read(parameters), _use.Written(parameters))
            {
                Findings = result.Findings,
                Counters = result.Counters,
                Output = result.Output,
            };
        }
    }

    /// <summary>The status a GPU would end in.</summary>
    private static CuResult StatusOf(Finding? fault) => fault?.Kind switch
    {
        null => CuResult.Success,
        FindingKind.OutOfBounds or FindingKind.UseAfterFree or FindingKind.WriteToConstant => CuResult.IllegalAddress,
        FindingKind.Misaligned => CuResult.MisalignedAddress,
        FindingKind.InstructionBudget => CuResult.LaunchTimeout,
        FindingKind.Assertion => CuResult.Assert,
        _ => CuResult.LaunchFailed,
    };
}
