namespace NativeEngine.SoftGpu;

/// <summary>A kernel of a loaded module.</summary>
public sealed class GpuFunction
{
    private readonly object _lock = new();
    private readonly Dictionary<ObserverSet, Program> _programs = [];
    private int? _registerEstimate;

    internal GpuFunction(GpuModule module, PtxEntry entry)
    {
        Module = module;
        Entry = entry;
    }

    public GpuModule Module { get; }

    public PtxEntry Entry { get; }

    public string Name => Entry.Name;

    /// <summary>Threads a block may have: the product of <c>.maxntid</c> or <c>.reqntid</c>, else 1024.</summary>
    public int MaxThreadsPerBlock => (int)Math.Min(1024, (Entry.RequiredThreads ?? Entry.MaxThreads ?? new Dim3(1024)).Count);

    /// <summary>Bytes of static shared memory.</summary>
    public int SharedBytes => Entry.SharedBytes;

    /// <summary>Bytes of local memory per thread, called functions included; one that comes to call itself counts once.</summary>
    public int LocalBytes => Entry.Calls.StackBytes;

    /// <summary>Most 32-bit registers live at once: a lower bound of what a compiler for hardware would use.</summary>
    public int RegisterEstimate => _registerEstimate ??= Entry.Calls.Bodies.Max(body => new RegisterFlow(body).MeasureLiveRegisters());

    /// <summary>Why the kernel cannot run (its body or a function that it calls cannot be read), or null.</summary>
    public PtxException? Problem => Entry.Problem ?? Entry.Calls.Problem;

    internal Program ProgramFor(ObserverSet observers)
    {
        if (Problem is { } problem)
            throw problem;
        lock (_lock)
        {
            if (!_programs.TryGetValue(observers, out var program))
                _programs[observers] = program = new Decoder(this, observers).Decode();
            return program;
        }
    }

    internal void Dispose()
    {
        lock (_lock)
        {
            foreach (var program in _programs.Values)
                program.Dispose();
            _programs.Clear();
        }
    }
}
