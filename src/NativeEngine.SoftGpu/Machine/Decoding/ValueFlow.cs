namespace NativeEngine.SoftGpu;

/// <summary>
/// Where values go in a kernel, from register to register and through the stack, in whatever order the instructions run: what may depend on what.
/// </summary>
internal sealed class ValueFlow
{
    private readonly List<int>[] _next;
    private readonly int _registers;
    private readonly Dictionary<string, int> _stack = [];

    private ValueFlow(PtxBody body, Predicate<PtxInstruction> passes)
    {
        _registers = body.Registers.Count;
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
        var flow = new ValueFlow(body, instruction => instruction.Opcode != "setp" || RegisterFlow.Reads(instruction).Count(register => fromVolatile.Contains(register.Index)) < 2);
        var deciders = body.Instructions.Where(static instruction => instruction.Opcode is "bra" or "brx" or "exit" or "ret" or "bar" or "barrier" or "call" || IsPassed(instruction))
            .SelectMany(RegisterFlow.Reads).Select(static register => register.Index).ToHashSet();
        return [.. loads.Where(load => flow.ReachedFrom(RegisterFlow.Writes(load)).Overlaps(deciders))];
    }

    /// <summary>The loads from the stack that a shuffle may depend on, and the registers that may depend on them or on some others.</summary>
    public static (HashSet<PtxInstruction> Loads, HashSet<int> Registers) BeforeShuffles(PtxBody body, HashSet<int> others)
    {
        var flow = new ValueFlow(body, static _ => true);
        var shuffled = body.Instructions.Where(static instruction => instruction.Opcode == "shfl").Select(static instruction => instruction.Operands[1])
            .OfType<RegisterOperand>().Select(static operand => operand.Register.Index).ToHashSet();
        HashSet<PtxInstruction> loads = [.. body.Instructions.Where(instruction =>
            instruction.Opcode == "ld" && flow.StackSlotOf(instruction) is not null && flow.ReachedFrom(RegisterFlow.Writes(instruction)).Overlaps(shuffled))];
        var seeds = loads.SelectMany(RegisterFlow.Writes).Concat(body.Registers.Where(register => others.Contains(register.Index)));
        return (loads, [.. flow.ReachedFrom(seeds).Where(node => node < flow._registers)]);
    }

    private static bool IsStrongLoad(PtxInstruction instruction) =>
        instruction.Opcode == "atom" || (instruction.Opcode == "ld" && instruction.OneOf("volatile", "relaxed", "acquire") is not null);

    /// <summary>What a function returns or is given may decide anything there.</summary>
    private static bool IsPassed(PtxInstruction instruction) => instruction.Opcode == "st" && instruction.Has("param");

    private static bool IsMemory(PtxInstruction instruction) => instruction.Class is InstructionClass.Atomic || instruction.Opcode is "ld" or "st";

    private static IEnumerable<PtxRegister> ValuesOf(PtxInstruction store) => RegisterFlow.Reads(store).Where(register =>
        register != store.Guard?.Register && !(store.Operands[0] is AddressOperand { Base: RegisterOperand address } && address.Register == register));

    /// <summary>The registers that may depend on some.</summary>
    private HashSet<int> ReachedFrom(IEnumerable<PtxRegister> seeds)
    {
        var reached = seeds.Select(static register => register.Index).ToHashSet();
        var work = new Stack<int>(reached);
        while (work.TryPop(out int at))
        {
            foreach (int next in _next[at])
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
        if (instruction.Opcode is not ("ld" or "st") || PtxParser.SpaceOf(instruction.Modifiers) is not (PtxSpace.Local or PtxSpace.Generic) || instruction.Has("volatile"))
            return null;
        string address = instruction.Operands[instruction.Opcode == "ld" ? 1 : 0].ToString()!;
        if (!_stack.TryGetValue(address, out int slot))
            _stack[address] = slot = _stack.Count;
        return slot;
    }
}
