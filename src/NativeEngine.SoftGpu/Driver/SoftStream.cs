namespace NativeEngine.SoftGpu.Driver;

/// <summary>A queue of work. Nothing runs until somebody waits; then streams take turns as the seed says.</summary>
internal sealed class SoftStream(SoftContext context, int timeline, bool blocking, string name)
{
    private long _ticks;

    public SoftContext Context { get; } = context;

    public int Timeline { get; } = timeline;

    /// <summary>Ordered against the legacy default stream.</summary>
    public bool Blocking { get; } = blocking;

    public string Name { get; } = name;

    public bool Destroyed { get; set; }

    public Queue<Work> Pending { get; } = new();

    /// <summary>What the next work on this stream knows to be finished before it.</summary>
    public VectorClock Clock { get; } = new();

    /// <summary>Waits that the next work inherits.</summary>
    public List<Work> Waits { get; } = [];

    /// <summary>The last work put on this stream.</summary>
    public Work? Last { get; set; }

    /// <summary>The capture this stream takes part in, or null.</summary>
    public SoftCapture? Capture { get; set; }

    /// <summary>While capturing: the nodes the next node depends on.</summary>
    public List<GraphNode> CaptureTail { get; } = [];

    /// <summary>Gives <paramref name="work"/> its place in this stream's order and queues it.</summary>
    public void Enqueue(Work work)
    {
        Clock.Join(Context.HostClock);
        foreach (var wait in Waits)
            work.Dependencies.Add(wait);
        Waits.Clear();
        work.Timeline = Timeline;
        work.Tick = ++_ticks;
        Clock[Timeline] = work.Tick;
        work.Clock = Clock.Clone();
        Pending.Enqueue(work);
        Last = work;
    }

    /// <summary>The next work waits for <paramref name="other"/>.</summary>
    public void WaitFor(Work other)
    {
        Clock.Join(other.Clock);
        if (!other.Done)
            Waits.Add(other);
    }
}
