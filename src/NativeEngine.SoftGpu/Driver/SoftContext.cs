using System.Diagnostics;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The primary context of a software GPU: memory, streams, and the loop that runs queued work.</summary>
internal sealed class SoftContext
{
    /// <summary>Work kept waiting at most; beyond it the oldest is run, so that a long training loop holds little.</summary>
    private const int MaxPending = 512;

    private readonly List<SoftStream> _streams = [];
    private readonly SortedList<ulong, long> _pinned = [];
    private readonly Dictionary<nint, object> _objects = [];
    private int _timelines = 1;
    private int _pending;
    private bool _running;

    public SoftContext(SoftDevice gpu)
    {
        Gpu = gpu;
        Memory = new SoftMemory(gpu.Machine, gpu.Options.MemoryBytes);
        Legacy = AddStream(blocking: true, "default stream");
        Handle = gpu.AddHandle(this);
    }

    public SoftDevice Gpu { get; }

    public nint Handle { get; }

    public SoftMemory Memory { get; }

    public SoftStream Legacy { get; }

    /// <summary>What the host knows to be finished.</summary>
    public VectorClock HostClock { get; } = new();

    /// <summary>The status every call returns once the device failed.</summary>
    public CuResult Sticky { get; set; }

    public bool Destroyed { get; private set; }

    /// <summary>Running captures.</summary>
    public List<SoftCapture> Captures { get; } = [];

    /// <summary>Objects handed out and not destroyed, for the leak check.</summary>
    public Dictionary<nint, object> Objects => _objects;

    public SortedList<ulong, long> Pinned => _pinned;

    public SoftStream AddStream(bool blocking, string name)
    {
        var stream = new SoftStream(this, _timelines++, blocking, name);
        _streams.Add(stream);
        return stream;
    }

    public void RemoveStream(SoftStream stream)
    {
        Finish(stream);
        stream.Destroyed = true;
        _streams.Remove(stream);
    }

    /// <summary>Puts <paramref name="work"/> on <paramref name="stream"/>, or into the capture it takes part in.</summary>
    public void Submit(SoftStream stream, Work work)
    {
        if (stream.Capture is { } capture)
        {
            if (capture.Invalidated)
                throw new DriverException(CuResult.StreamCaptureInvalidated, "the capture was invalidated by an earlier call");
            capture.Add(stream, work);
            return;
        }
        if (stream == Legacy)
        {
            if (Captures.Find(c => c.Origin.Blocking) is { } implicitCapture)
            {
                implicitCapture.Invalidated = true;
                throw new DriverException(CuResult.StreamCaptureImplicit, "the default stream would wait for a stream that is being captured");
            }
            foreach (var other in _streams)
                if (other.Blocking && other != Legacy && other.Last is { } last)
                    stream.WaitFor(last);
        }
        else if (stream.Blocking && Legacy.Last is { } last)
        {
            stream.WaitFor(last);
        }
        stream.Enqueue(work);
        if (++_pending > MaxPending)
            RunOne();
    }

    /// <summary>Runs work until <paramref name="work"/> is done; then the host is ordered after it.</summary>
    public void WaitFor(Work? work)
    {
        while (work is { Done: false })
            if (!RunOne())
                throw new InvalidOperationException($"{work.What} can never run: it waits for work that is not queued.");
        if (work is not null)
            HostClock.Join(work.Clock);
    }

    /// <summary>Runs everything on <paramref name="stream"/>.</summary>
    public void Finish(SoftStream stream) => WaitFor(stream.Last);

    /// <summary>Runs everything.</summary>
    public void FinishAll()
    {
        foreach (var stream in _streams)
            Finish(stream);
    }

    /// <summary>Runs the head of one ready stream, chosen by the seed; false when nothing is ready.</summary>
    public bool RunOne()
    {
        if (_running)
            throw new InvalidOperationException("a host function on a stream may not wait for the device");
        var ready = _streams.FindAll(static s => s.Pending.TryPeek(out var head) && head.Dependencies.TrueForAll(static d => d.Done));
        if (ready.Count == 0)
            return false;
        var stream = ready[Gpu.NextRandom(ready.Count)];
        var work = stream.Pending.Dequeue();
        _pending--;
        Execute(work);
        work.Dependencies.Clear();
        work.Done = true;
        work.DoneAt = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>Runs graph nodes in a legal order chosen by the seed.</summary>
    public void RunNodes(IReadOnlyList<GraphNode> nodes, Work graph)
    {
        var waiting = nodes.Select(static n => n.Dependencies.Length).ToArray();
        var followers = new List<int>[nodes.Count];
        foreach (var node in nodes)
            foreach (var dependency in node.Dependencies)
                (followers[dependency.Index] ??= []).Add(node.Index);
        List<int> ready = [.. Enumerable.Range(0, nodes.Count).Where(i => waiting[i] == 0)];
        while (ready.Count > 0 && Sticky == CuResult.Success)
        {
            int pick = Gpu.NextRandom(ready.Count);
            int index = ready[pick];
            ready[pick] = ready[^1];
            ready.RemoveAt(ready.Count - 1);
            nodes[index].Work.Run(new WorkScope(this, graph, nodes[index].Work.What));
            foreach (int follower in followers[index] ?? [])
                if (--waiting[follower] == 0)
                    ready.Add(follower);
        }
    }

    /// <summary>Something is wrong with a kernel or its data: it is kept and told, and the context ends. A kernel that goes on with wrong data helps
    /// nobody.</summary>
    public void Fail(string rule, string what, string message)
    {
        Gpu.Report(rule, what, message);
        Gpu.Options.Found?.Invoke(new DriverFinding(rule, what, message));
        if (Sticky == CuResult.Success)
            Sticky = CuResult.LaunchFailed;
    }

    /// <summary>Ends the life of an allocation; bytes written outside it by host code are a finding.</summary>
    public void Free(SoftAllocation allocation)
    {
        if (Memory.Free(allocation) is { } problem)
            Gpu.Report("red-zone", allocation.Origin, problem);
    }

    /// <summary>True when [address, +bytes) is page-locked host memory.</summary>
    public bool IsPinned(ulong address, nuint bytes)
    {
        foreach (var (start, length) in _pinned)
            if (address >= start && address + bytes <= start + (ulong)length)
                return true;
        return false;
    }

    /// <summary>Ends the context: what was not given back is a finding.</summary>
    public void Destroy()
    {
        if (Sticky == CuResult.Success)
            FinishAll();
        foreach (var allocation in Memory.Live.ToArray())
        {
            Gpu.Report("leak", "cuDevicePrimaryCtxRelease", $"{allocation.Bytes} bytes of device memory from {allocation.Origin} were never freed.");
            Free(allocation);
        }
        foreach (var group in _objects.Values.GroupBy(static o => o.GetType().Name))
            Gpu.Report("leak", "cuDevicePrimaryCtxRelease", $"{group.Count()} {group.Key} never destroyed.");
        if (_pinned.Count > 0)
            Gpu.Report("leak", "cuDevicePrimaryCtxRelease", $"{_pinned.Count} blocks of pinned host memory never freed.");
        foreach (var module in _objects.Values.OfType<SoftModule>())
            module.Program.Dispose();
        Destroyed = true;
    }

    private void Execute(Work work)
    {
        if (Sticky != CuResult.Success)
            return;
        _running = true;
        try
        {
            work.Run(new WorkScope(this, work, work.What));
        }
        catch (DeviceFaultException e)
        {
            Fail("device-fault", work.What, e.Message);
            Sticky = e.Result;
        }
        finally
        {
            _running = false;
        }
    }
}
