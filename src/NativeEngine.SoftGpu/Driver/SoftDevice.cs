using NativeEngine.Cpu;
using NativeEngine.Cuda;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>
/// A GPU made of software, plugged into this process until it is disposed. Programs drive it through <see cref="Tables"/>, the same
/// function tables that a real driver, cuBLAS and cuDNN fill.
/// </summary>
/// <remarks>
/// Plugging in gives the GPU a device ordinal of its own, so several can live side by side without knowing of each other. All calls
/// to one GPU are serialised, as in a driver; work runs lazily when somebody waits for it, streams interleaved as the seed says.
/// </remarks>
public sealed partial class SoftDevice : IDisposable
{
    private readonly List<DriverFinding> _findings = [];
    private readonly Dictionary<nint, object> _handles = [];
    private readonly Dictionary<string, int> _calls = [];
    private readonly Dictionary<string, KernelTraffic> _traffic = [];
    private readonly Random _random;
    private long _nextHandle = 1;
    private SoftGpuCounters _counters;
    private CpuContext? _cpu;

    /// <summary>Plugs in a software GPU.</summary>
    public SoftDevice(SoftGpuOptions? options = null)
        : this(options ?? new SoftGpuOptions(), new CpuContext((options ?? new SoftGpuOptions()).Threads))
    {
    }

    private SoftDevice(SoftGpuOptions options, CpuContext cpu)
        : this(options, new PtxMachine(options, cpu.Pool)) => _cpu = cpu;

    internal SoftDevice(SoftGpuOptions options, IMachine machine)
    {
        Options = options;
        Machine = machine;
        _random = new Random(unchecked((int)options.Seed ^ (int)(options.Seed >> 32)));
        Ordinal = SoftDevices.Plug(this);
        DefaultPool = AddHandle(new object());
    }

    /// <summary>What it plays.</summary>
    public SoftGpuOptions Options { get; }

    /// <summary>Its device number in cuDeviceGet.</summary>
    public int Ordinal { get; }

    /// <summary>The function tables that drive software GPUs; the same for all of them.</summary>
    public static CudaTables Tables => SoftTables.Create();

    /// <summary>Everything wrong that was seen, in order, each once.</summary>
    public IReadOnlyList<DriverFinding> Findings
    {
        get
        {
            lock (Gate)
                return _findings.ToArray();
        }
    }

    /// <summary>What was asked of it so far.</summary>
    public SoftGpuCounters Counters
    {
        get
        {
            lock (Gate)
                return _counters;
        }
    }

    /// <summary>The memory traffic so far by kernel.</summary>
    public IReadOnlyDictionary<string, KernelTraffic> Traffic
    {
        get
        {
            lock (Gate)
                return new Dictionary<string, KernelTraffic>(_traffic);
        }
    }

    /// <summary>Device bytes allocated now, and the most at any time.</summary>
    public (long Used, long High) MemoryInUse
    {
        get
        {
            lock (Gate)
                return PrimaryContext is { } context ? (context.Memory.Used, context.Memory.UsedHigh) : (0, 0);
        }
    }

    internal IMachine Machine { get; }

    /// <summary>The threads on which cuBLAS and cuDNN calls compute.</summary>
    internal CpuContext Cpu => _cpu ??= new CpuContext();

    /// <summary>Serialises every call to this GPU.</summary>
    internal object Gate { get; } = new();

    internal SoftContext? PrimaryContext { get; set; }

    internal int PrimaryReferences { get; set; }

    /// <summary>Handle of the memory pool behind cuMemAllocAsync.</summary>
    internal nint DefaultPool { get; }

    /// <summary>The CUDA backend on this GPU, named <c>soft</c>. Disposing the backend unplugs the GPU.</summary>
    public CudaBackend CreateBackend(CudaOptions? options = null) => CudaBackend.Create(OwnTables(), Ordinal, "soft", options, owned: this);

    private CudaTables OwnTables()
    {
        var whole = Tables;
        return Options.MissingSymbols.Count == 0 ? whole
            : new CudaTables(whole.Driver, whole.Blas, whole.BlasLt, whole.Dnn) { Missing = Options.MissingSymbols.ToHashSet() };
    }

    /// <summary>Unplugs it. A context that was never released is a finding.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (PrimaryContext is not null)
            {
                PrimaryReferences = 0;
                PrimaryContext.Destroy();
                PrimaryContext = null;
            }
            SoftDevices.Unplug(this);
            _handles.Clear();
        }
        Machine.Dispose();
        _cpu?.Dispose();
    }

    /// <summary>Notes a finding once.</summary>
    internal void Report(string rule, string call, string message)
    {
        var finding = new DriverFinding(rule, call, message);
        if (_findings.Count < 1000 && !_findings.Contains(finding))
            _findings.Add(finding);
    }

    internal void Count(Func<SoftGpuCounters, SoftGpuCounters> change) => _counters = change(_counters);

    /// <summary>A kernel printed. Work runs when the host waits for it, so this is where a driver would empty its buffer too.</summary>
    internal void Print(string output)
    {
        if (output.Length > 0)
            (Options.Printed ?? Console.Out.Write)(output);
    }

    internal void Count(string kernel, LaunchCounters launch)
    {
        _counters = _counters.Plus(launch);
        if (Options.CountMemory)
            _traffic[kernel] = _traffic.GetValueOrDefault(kernel).Plus(launch);
    }

    internal int NextRandom(int bound) => _random.Next(bound);

    /// <summary>The planned status of this call, or zero: counts calls by name.</summary>
    internal int PlannedFault(string call)
    {
        if (Options.Faults.Count == 0)
            return 0;
        int number = _calls[call] = _calls.GetValueOrDefault(call) + 1;
        foreach (var fault in Options.Faults)
        {
            if (fault.Function != call || fault.Nth != number)
                continue;
            if (fault.Sticky && PrimaryContext is { } context)
                context.Sticky = (CuResult)fault.Status;
            return fault.Status;
        }
        return 0;
    }

    internal nint AddHandle(object target)
    {
        nint handle = SoftDevices.EncodeHandle(Ordinal, _nextHandle++);
        _handles.Add(handle, target);
        return handle;
    }

    internal object? FindHandle(nint handle) => _handles.GetValueOrDefault(handle);
}
