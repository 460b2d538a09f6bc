using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>A capture under way: streams that take part and the nodes recorded so far.</summary>
internal sealed class SoftCapture(SoftStream origin, CuCaptureMode mode, int thread)
{
    public SoftStream Origin { get; } = origin;

    public CuCaptureMode Mode { get; } = mode;

    public int Thread { get; } = thread;

    public List<SoftStream> Streams { get; } = [origin];

    public List<GraphNode> Nodes { get; } = [];

    /// <summary>A forbidden call was made: the capture yields no graph.</summary>
    public bool Invalidated { get; set; }

    /// <summary>Records <paramref name="work"/> as the next node of <paramref name="stream"/>.</summary>
    public void Add(SoftStream stream, Work work)
    {
        var node = new GraphNode(Nodes.Count, work, stream.CaptureTail);
        Nodes.Add(node);
        stream.CaptureTail.Clear();
        stream.CaptureTail.Add(node);
    }

    /// <summary>True when every node of other streams comes before the end of the origin stream.</summary>
    public bool IsJoined()
    {
        HashSet<GraphNode> before = [];
        Stack<GraphNode> open = new(Origin.CaptureTail);
        while (open.TryPop(out var node))
            if (before.Add(node))
                foreach (var dependency in node.Dependencies)
                    open.Push(dependency);
        return before.Count == Nodes.Count;
    }
}

/// <summary>One recorded piece of work and the nodes it follows.</summary>
internal sealed class GraphNode(int index, Work work, IEnumerable<GraphNode> dependencies)
{
    public int Index { get; } = index;

    public Work Work { get; } = work;

    public GraphNode[] Dependencies { get; } = [.. dependencies];
}

/// <summary>A recorded graph.</summary>
internal sealed class SoftGraph(SoftContext context, IReadOnlyList<GraphNode> nodes)
{
    public SoftContext Context { get; } = context;

    public IReadOnlyList<GraphNode> Nodes { get; } = nodes;

    public bool Destroyed { get; set; }
}

/// <summary>A graph ready to launch; holds its own copy of the nodes, so destroying the graph does not matter.</summary>
internal sealed class SoftGraphExec(SoftContext context, IReadOnlyList<GraphNode> nodes)
{
    public SoftContext Context { get; } = context;

    public IReadOnlyList<GraphNode> Nodes { get; private set; } = nodes;

    public bool Destroyed { get; set; }

    /// <summary>Takes the parameters of <paramref name="graph"/>; false with the first node that differs in kind, kernel or order.</summary>
    public bool TryUpdate(SoftGraph graph, out int different)
    {
        int common = Math.Min(Nodes.Count, graph.Nodes.Count);
        for (different = 0; different < common; different++)
        {
            var (mine, other) = (Nodes[different], graph.Nodes[different]);
            if (mine.Work.Kind != other.Work.Kind || !Equals(mine.Work.Subject, other.Work.Subject)
                || !mine.Dependencies.Select(d => d.Index).SequenceEqual(other.Dependencies.Select(d => d.Index)))
                return false;
        }
        if (Nodes.Count != graph.Nodes.Count)
            return false;
        Nodes = graph.Nodes;
        return true;
    }
}
