namespace NativeEngine.Core;

/// <summary>
/// The recorded operations in the order they ran. Reversed, that order is topological: when an operation is reached, every
/// use of its output has already contributed to its gradient.
/// </summary>
public sealed class Tape
{
    private readonly List<Node> _nodes = [];

    internal Tape()
    {
    }

    /// <summary>Number of recorded operations.</summary>
    public int Count => _nodes.Count;

    /// <summary>Bytes kept for backward, each buffer counted once; parameters are not counted.</summary>
    public long SavedBytes
    {
        get
        {
            var seen = new HashSet<Storage>();
            long bytes = 0;
            foreach (var node in _nodes)
            {
                foreach (var tensor in node.Saved)
                {
                    if (tensor.Storage.Owner is not null && seen.Add(tensor.Storage))
                        bytes += tensor.Count * tensor.DType.Size();
                }
            }

            return bytes;
        }
    }

    /// <summary>Names of the recorded operations with their layers, in order: what a person reads to see a step happen.</summary>
    public IEnumerable<(string Op, string Layer, Shape Output)> Operations => _nodes.Select(n => (n.Op, n.Layer, n.Output.Shape));

    internal void Add(Node node)
    {
        _nodes.Add(node);
        node.Output.Storage.TapeUses++;
        foreach (var tensor in node.Saved)
            tensor.Storage.TapeUses++;
    }

    /// <summary>
    /// Runs backward from <paramref name="root"/> with the gradient <paramref name="seed"/> (ones when null): each operation
    /// adds to the gradients of its inputs, then what only it needed is freed.
    /// </summary>
    internal void Backward(Tensor root, Tensor? seed, bool keepGraph)
    {
        if (root.Node is null)
        {
            throw new InvalidOperationException(root.RequiresGrad
                ? "backward from a leaf: there is nothing to differentiate"
                : "backward from a tensor that was not recorded: it was computed under no_grad, detached, or depends on no tensor that requires a gradient");
        }

        int last = _nodes.LastIndexOf(root.Node);
        if (last < 0)
            throw new InvalidOperationException("backward ran through this graph already and freed it; pass keepGraph: true the first time to run it again");

        var engine = root.Engine;
        // The buffer becomes the tape's own: it is shared, accumulated into and freed, so a caller's gradient is copied.
        var own = engine.Empty(root.Shape, root.DType);
        if (seed is null)
            engine.Backend.Fill(own, 1);
        else
            engine.Backend.Copy(seed, own, GradMode.Overwrite);
        root.TakeGrad(own);
        root.Storage.TapeUses++; // the loss itself stays readable until its step ends
        for (int i = last; i >= 0; i--)
        {
            var node = _nodes[i];
            bool reached = node.Grad is not null;
            if (reached)
            {
                CheckVersions(node);
                node.Backward(new BackwardPass(node, keepGraph, startsWithOnes: seed is null && i == last));
                engine.InspectGradients(node);
                node.SetGrad(null);
            }

            if (!keepGraph)
                Forget(node);
            if (reached)
                engine.Notify(node, backward: true);
        }

        if (!keepGraph)
        {
            for (int i = last + 1; i < _nodes.Count; i++)
                Forget(_nodes[i]);
            _nodes.Clear();
        }
    }

    /// <summary>Drops what was recorded from operation <paramref name="first"/> on without running it.</summary>
    internal void Clear(int first = 0)
    {
        for (int i = first; i < _nodes.Count; i++)
        {
            _nodes[i].SetGrad(null);
            Forget(_nodes[i]);
        }

        if (first < _nodes.Count)
            _nodes.RemoveRange(first, _nodes.Count - first);
    }

    private static void CheckVersions(Node node)
    {
        for (int i = 0; i < node.Saved.Length; i++)
        {
            if (node.Saved[i].Version != node.Versions[i])
            {
                throw new InvalidOperationException(
                    $"[{node.Op}] tensor {node.Saved[i].Shape} was changed in place after it was saved for backward (version {node.Saved[i].Version}, "
                        + $"saved at {node.Versions[i]})");
            }
        }
    }

    private static void Forget(Node node)
    {
        Release(node.Output.Storage);
        foreach (var tensor in node.Saved)
            Release(tensor.Storage);
    }

    private static void Release(Storage storage)
    {
        storage.TapeUses--;
        storage.ReleaseIfUnused();
    }
}
