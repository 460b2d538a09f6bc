namespace NativeEngine.SoftGpu;

/// <summary>
/// Which functions a kernel may call, directly or not: their order (callees first), which of them may come to call themselves, how much local memory the
/// deepest chain of calls takes, and why the kernel cannot run, if it cannot.
/// </summary>
internal sealed class PtxCallGraph
{
    private const int FrameAlignment = 16;

    private readonly Dictionary<PtxBody, int> _numbers = [];
    private readonly List<int[]> _callees = [];
    private readonly int[] _groups;

    public PtxCallGraph(PtxEntry entry, IReadOnlySet<PtxFunction> addressTaken)
    {
        var found = Discover(entry, addressTaken);
        (Bodies, _groups) = Order(found);
        for (int i = 0; i < Bodies.Count; i++)
            _numbers[Bodies[i]] = i;
        StackBytes = MeasureStack();
    }

    /// <summary>The bodies that may be executed: functions in front of what calls them, the kernel last.</summary>
    public IReadOnlyList<PtxBody> Bodies { get; private set; }

    /// <summary>Local memory of the deepest chain of calls; a function that comes to call itself counts once.</summary>
    public int StackBytes { get; }

    /// <summary>True when a function may come to call itself: then how deep the calls go is not known before the launch.</summary>
    public bool IsRecursive { get; private set; }

    /// <summary>Why the kernel cannot run: the problem of a function that it calls.</summary>
    public PtxException? Problem { get; private set; }

    /// <summary>Bytes of a frame, rounded so that the next frame is aligned for whatever it holds. A function has at least a place to come back to.</summary>
    public int FrameBytesOf(PtxBody body) => (Math.Max(body.FrameBytes, body is PtxFunction ? 1 : 0) + Alignment - 1) & -Alignment;

    /// <summary>Alignment of every frame.</summary>
    private int Alignment { get; set; } = FrameAlignment;

    /// <summary>True when the callee may come to call its caller.</summary>
    public bool MayComeBack(PtxBody caller, PtxBody callee) => _groups[_numbers[caller]] == _groups[_numbers[callee]];

    /// <summary>The functions that a call may reach and that the machine does not execute itself.</summary>
    public static IEnumerable<PtxFunction> TargetsOf(CallOperand call, IReadOnlySet<PtxFunction> addressTaken)
    {
        if (call.Function is { } function)
            return function.System == SystemFunction.None ? [function] : [];
        return (call.Targets ?? (IEnumerable<PtxFunction>)addressTaken).Select(target => target.Target)
            .Where(target => target.System == SystemFunction.None && target.IsDefined && target.Problem is null && target.Signature.Fits(call.Signature))
                .Distinct();
    }

    /// <summary>All bodies in the order they are met, and what each calls.</summary>
    private List<(PtxBody Body, int[] Callees)> Discover(PtxEntry entry, IReadOnlySet<PtxFunction> addressTaken)
    {
        var numbers = new Dictionary<PtxBody, int> { [entry] = 0 };
        var bodies = new List<PtxBody> { entry };
        var found = new List<(PtxBody, int[])>();
        for (int i = 0; i < bodies.Count; i++)
        {
            var callees = new HashSet<int>();
            foreach (var instruction in bodies[i].Instructions)
            {
                if (instruction.Operands is not [CallOperand call])
                    continue;
                foreach (var target in TargetsOf(call, addressTaken))
                {
                    Problem ??= ProblemOf(entry, instruction, target);
                    if (numbers.TryAdd(target, bodies.Count))
                        bodies.Add(target);
                    callees.Add(numbers[target]);
                }
            }
            Alignment = Math.Max(Alignment, bodies[i].FrameAlignment);
            found.Add((bodies[i], [.. callees]));
        }
        return found;
    }

    private static PtxException? ProblemOf(PtxEntry entry, PtxInstruction call, PtxFunction target)
    {
        if (target.Problem is { } problem)
            return new PtxException(problem.File, problem.Line, problem.Column, $"kernel '{entry.Name}' uses function '{target.Name}': {problem.Problem}");
        return target.IsDefined ? null : new PtxException(
            call.File, call.Line, call.Column, $"kernel '{entry.Name}' uses function '{target.Name}', which the module declares and does not define: it "
                + "is loaded on its own, without a linker");
    }

    /// <summary>Tarjan's algorithm without recursion: bodies come out callees first, those that reach each other with the same group number.</summary>
    private (IReadOnlyList<PtxBody> Bodies, int[] Groups) Order(List<(PtxBody Body, int[] Callees)> found)
    {
        int count = found.Count, visited = 0, groups = 0;
        int[] order = new int[count], low = new int[count], next = new int[count];
        Array.Fill(order, -1);
        bool[] open = new bool[count];
        Stack<int> path = new([0]), members = new();
        var bodies = new List<PtxBody>();
        var groupOf = new List<int>();
        int[] placed = new int[count];
        while (path.TryPeek(out int at))
        {
            if (order[at] < 0)
            {
                order[at] = low[at] = visited++;
                open[at] = true;
                members.Push(at);
            }
            if (next[at] < found[at].Callees.Length)
            {
                int callee = found[at].Callees[next[at]++];
                if (callee == at)
                    IsRecursive = true;
                if (order[callee] < 0)
                    path.Push(callee);
                else if (open[callee])
                    low[at] = Math.Min(low[at], order[callee]);
                continue;
            }
            path.Pop();
            if (path.TryPeek(out int caller))
                low[caller] = Math.Min(low[caller], low[at]);
            if (low[at] != order[at])
                continue;
            int member, size = 0;
            do
            {
                member = members.Pop();
                open[member] = false;
                placed[member] = bodies.Count;
                bodies.Add(found[member].Body);
                groupOf.Add(groups);
                size++;
            }
            while (member != at);
            IsRecursive |= size > 1;
            groups++;
        }
        int[][] callees = new int[count][];
        for (int i = 0; i < count; i++)
            callees[placed[i]] = [.. found[i].Callees.Select(callee => placed[callee])];
        _callees.AddRange(callees);
        return (bodies, [.. groupOf]);
    }

    private int MeasureStack()
    {
        long[] depth = new long[Bodies.Count];
        for (int first = 0; first < Bodies.Count;)
        {
            int end = first;
            long own = 0, below = 0;
            while (end < Bodies.Count && _groups[end] == _groups[first])
            {
                own += FrameBytesOf(Bodies[end]);
                foreach (int callee in _callees[end])
                {
                    if (callee < first)
                        below = Math.Max(below, depth[callee]);
                }
                end++;
            }
            for (; first < end; first++)
                depth[first] = own + below;
        }
        return (int)Math.Min(int.MaxValue / 64, depth[^1]);
    }
}
