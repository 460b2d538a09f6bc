namespace NativeEngine.SoftGpu;

/// <summary>What is remembered of the accesses to one memory: of a block to its shared memory, or of a launch to global memory.</summary>
/// <param name="warps">Warps of a block.</param>
/// <param name="accesses">Observed instructions of the kernel.</param>
internal sealed class AccessHistory(int warps, int accesses)
{
    private AccessNode[] _nodes = new AccessNode[64];
    private int _count = 1; // number 0 is none
    private int _free;

    public MomentLog Moments { get; } = new(warps, accesses);

    /// <summary>What strong writes told, by address.</summary>
    public Dictionary<ulong, SyncPoint> Points { get; } = [];

    /// <summary>A link of a word's list.</summary>
    public ref AccessNode this[int node] => ref _nodes[node];

    /// <summary>Puts a mark in front of a list.</summary>
    public void Push(ref int head, AccessMark mark)
    {
        int node = _free;
        if (node != 0)
        {
            _free = _nodes[node].Next;
        }
        else
        {
            if (_count == _nodes.Length)
                Array.Resize(ref _nodes, 2 * _count);
            node = _count++;
        }
        _nodes[node] = new AccessNode { Mark = mark, Next = head };
        head = node;
    }

    /// <summary>Takes the first mark out of a list; <paramref name="link"/> is what leads to it.</summary>
    public void Remove(ref int link)
    {
        int node = link;
        link = _nodes[node].Next;
        _nodes[node].Next = _free;
        _free = node;
    }

    /// <summary>Empties a list.</summary>
    public void RemoveAll(ref int head)
    {
        while (head != 0)
            Remove(ref head);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Moments.Clear();
        Points.Clear();
        _count = 1;
        _free = 0;
    }
}

/// <summary>A link of a list of marks.</summary>
internal struct AccessNode
{
    public AccessMark Mark;

    /// <summary>The next link, 0 for none.</summary>
    public int Next;
}
