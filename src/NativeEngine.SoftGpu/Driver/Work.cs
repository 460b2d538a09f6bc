namespace NativeEngine.SoftGpu.Driver;

/// <summary>One piece of device work: a kernel, a copy, a library call, an event.</summary>
/// <param name="what">What it is, for messages.</param>
/// <param name="kind">What kind of graph node it becomes.</param>
/// <param name="run">Does it.</param>
internal sealed class Work(string what, WorkKind kind, Action<WorkScope> run)
{
    public string What { get; } = what;

    public WorkKind Kind { get; } = kind;

    /// <summary>Identity of what runs (the kernel), so that updating a graph can refuse another one.</summary>
    public object? Subject { get; init; }

    /// <summary>Position of its stream among the timelines.</summary>
    public int Timeline { get; set; }

    /// <summary>Its number on that timeline.</summary>
    public long Tick { get; set; }

    /// <summary>What is finished before it starts.</summary>
    public VectorClock Clock { get; set; } = new();

    /// <summary>Work on other streams that must be finished first.</summary>
    public List<Work> Dependencies { get; } = [];

    public bool Done { get; set; }

    /// <summary>Stopwatch ticks when it was done.</summary>
    public long DoneAt { get; set; }

    public void Run(WorkScope scope) => run(scope);
}

/// <summary>Kinds of device work.</summary>
internal enum WorkKind
{
    Kernel,
    Copy,
    Fill,
    Library,
    Host,
    Event,
    Graph,
    Memory,
}
