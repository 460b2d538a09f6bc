namespace NativeEngine.SoftGpu;

/// <summary>
/// Where values go in a kernel, from register to register and through the stack, in whatever order the instructions run: what may depend on what.
/// </summary>
internal sealed class ValueFlow
{
    private readonly List<int>[] _next;
    private readonly int _registers;
    private readonly bool _isFunction;
    private readonly Dictionary<string, int> _stack = [];

    private ValueFlow(PtxBody body, Predicate<PtxInstruction> passes)
    {
        _registers = body.Registers.Count;
        _isFunction = body is PtxFunction;
        var edges = new List<(int From, int To)>();
        foreach (var instruction in body.Instructions)
        {
            if (!passes(instruction))
                continue;
            if (StackSlotOf(instruction) is { } slot)
            {
                bool load = instruction.Opcode == "ld";
                int place = _registers + slot;
                foreach (var register in load ? RegisterFlow.Writes(instruction) : ValuesOf(instruction))
                    edges.Add(load ? (place, register.Index) : (register.Index, place));
            }
            else if (!IsMemory(instruction))
            {
                foreach (var to in RegisterFlow.Writes(instruction))
                {
                    foreach (var from in RegisterFlow.Reads(instruction))
                        edges.Add((from.Index, to.Index));
                }
            }
        }
        _next = new List<int>[_registers + _stack.Count];
        for (int i = 0; i < _next.Length; i++)
            _next[i] = [];
        foreach (var (from, to) in edges)
            _next[from].Add(to);
    }

    /// <summary>
    /// Strong loads and atomics whose value decides a branch: waits for others. A comparison of two values of volatile memory decides between data.
    /// </summary>
    public static HashSet<PtxInstruction> DecidingLoads(PtxBody body)
    {
        var loads = body.Instructions.Where(IsStrongLoad).ToArray();
        if (loads.Length == 0)
            return [];
        var fromVolatile = new ValueFlow(body, static _ => true).ReachedFrom(loads.Where(static load => load.Has("volatile")).SelectMany(RegisterFlow.Writes));
        var flow = new ValueFlow(body,
            instruction => instruction.Opcode != "setp" || RegisterFlow.Reads(instruction).Count(register => fromVolatile.Contains(register.Index)) < 2);
        var deciders = Deciders(body);
        return [.. loads.Where(load => flow.ReachedFrom(RegisterFlow.Writes(load)).Overlaps(deciders))];
    }

    /// <summary>
    /// Whether a loop may go on until a load of any kind finds what another block writes. What functions load may decide a loop of their callers.
    /// </summary>
    public static bool MaySpin(PtxBody body)
    {
        var loops = new List<(int First, int Last)>();
        for (int i = 0; i < body.Instructions.Count; i++)
            loops.AddRange(body.Instructions[i].Jumps.Where(jump => jump <= i).Select(jump => (jump, i)));
        var loads = body.Instructions.Where((instruction, i) => instruction.Opcode == "ld" && !instruction.Has("nc")
            && PtxParser.SpaceOf(instruction.Modifiers) is (PtxSpace.Global or PtxSpace.Generic)
            && (body is PtxFunction || loops.Exists(loop => loop.First <= i && i <= loop.Last))).ToArray();
        return loads.Length > 0 && new ValueFlow(body, static _ => true).ReachedFrom(loads.SelectMany(RegisterFlow.Writes)).Overlaps(Deciders(body));
    }

    /// <summary>Registers that decide where lanes go.</summary>
    private static HashSet<int> Deciders(PtxBody body) =>
        body.Instructions
            .Where(static instruction => instruction.Opcode is "bra" or "brx" or "exit" or "ret" or "bar" or "barrier" or "call" || IsPassed(instruction))
            .SelectMany(RegisterFlow.Reads).Select(static register => register.Index).ToHashSet();

    /// <summary>
    /// Values that may be copied without being used, through a shuffle or a place of the stack: the loads from the stack that may load them, and the
    /// registers that may depend on those or on some others.
    /// </summary>
    public static (HashSet<PtxInstruction> Loads, HashSet<int> Registers) Copied(PtxBody body, HashSet<int> others)
    {
        var flow = new ValueFlow(body, static _ => true);
        var copied = new HashSet<int>();
        foreach (var instruction in body.Instructions)
        {
            if (instruction.Opcode == "shfl" && instruction.Operands[1] is RegisterOperand source)
                copied.Add(source.Register.Index);
            else if (instruction.Opcode == "st" && flow.StackSlotOf(instruction) is not null)
                copied.UnionWith(ValuesOf(instruction).Select(static register => register.Index));
        }
        if (copied.Count == 0)
            return ([], []);
        var stackLoads = body.Instructions.Where(instruction => instruction.Opcode == "ld" && flow.StackSlotOf(instruction) is not null).ToArray();
        var leading = flow.Leading(copied);
        var loads = stackLoads.Where(load => RegisterFlow.Writes(load).Any(register => leading.Contains(register.Index))).ToHashSet();
        var seeds = loads.SelectMany(RegisterFlow.Writes)
            .Concat(body.Registers.Where(register => others.Contains(register.Index) && leading.Contains(register.Index)));
        var reached = flow.ReachedFrom(seeds);
        // What was stored without a use is no more used by the load that fetches it.
        loads.UnionWith(stackLoads.Where(load => reached.Contains(flow._registers + flow.StackSlotOf(load)!.Value)));
        return (loads, [.. reached.Where(node => node < flow._registers)]);
    }

    /// <summary>Registers and places that lead to some registers, with those.</summary>
    private HashSet<int> Leading(HashSet<int> goals)
    {
        var before = new List<int>[_next.Length];
        for (int i = 0; i < before.Length; i++)
            before[i] = [];
        for (int i = 0; i < _next.Length; i++)
        {
            foreach (int next in _next[i])
                before[next].Add(i);
        }
        return Reached(before, goals);
    }

    private static bool IsStrongLoad(PtxInstruction instruction) =>
        instruction.Opcode == "atom" || (instruction.Opcode == "ld" && instruction.OneOf("volatile", "relaxed", "acquire") is not null);

    /// <summary>What a function returns or is given may decide anything there.</summary>
    private static bool IsPassed(PtxInstruction instruction) => instruction.Opcode == "st" && instruction.Has("param");

    private static bool IsMemory(PtxInstruction instruction) => instruction.Class is InstructionClass.Atomic || instruction.Opcode is "ld" or "st";

    private static IEnumerable<PtxRegister> ValuesOf(PtxInstruction store) => RegisterFlow.Reads(store).Where(register =>
        register != store.Guard?.Register && !(store.Operands[0] is AddressOperand { Base: RegisterOperand address } && address.Register == register));

    /// <summary>The registers and places that may depend on some registers.</summary>
    private HashSet<int> ReachedFrom(IEnumerable<PtxRegister> seeds) => Reached(_next, seeds.Select(static register => register.Index));

    private static HashSet<int> Reached(List<int>[] edges, IEnumerable<int> seeds)
    {
        var reached = seeds.ToHashSet();
        var work = new Stack<int>(reached);
        while (work.TryPop(out int at))
        {
            foreach (int next in edges[at])
            {
                if (reached.Add(next))
                    work.Push(next);
            }
        }
        return reached;
    }

    /// <summary>The number of the place on the stack that a load or store names, as far as its address is written alike, or null.</summary>
    private int? StackSlotOf(PtxInstruction instruction)
    {
        if (instruction.Opcode is not ("ld" or "st") || instruction.Has("volatile"))
            return null;
        var operand = instruction.Operands[instruction.Opcode == "ld" ? 1 : 0];
        var space = PtxParser.SpaceOf(instruction.Modifiers);
        bool passed = space == PtxSpace.Param && (operand is AddressOperand { Base: SymbolOperand symbol } ? symbol.Symbol.IsInFrame : _isFunction);
        if (space is not (PtxSpace.Local or PtxSpace.Generic) && !passed)
            return null;
        string address = operand.ToString()!;
        if (!_stack.TryGetValue(address, out int slot))
            _stack[address] = slot = _stack.Count;
        return slot;
    }
}
