namespace NativeEngine.SoftGpu;

/// <content>
/// Values nobody wrote. Mostly their first read is a finding. Where they may only be copied (by shuffles for lanes whose results nobody wants; to the
/// stack, as unoptimised code does and whoever copies the padding of a structure) they are followed byte by byte from register to register, lane to
/// lane and through the stack, and the finding is their use: an address, a condition, an operand of an atomic, a store that others see.
/// </content>
internal sealed unsafe partial class Decoder
{
    private readonly List<ValidityFlow> _flows = [];
    private readonly HashSet<int> _carried = [];

    /// <summary>Loads from the stack that may load what nobody wrote.</summary>
    private HashSet<PtxInstruction> _deferred = [];

    /// <summary>Registers that may depend on what nobody wrote without a use in between, by their numbers in the body.</summary>
    private HashSet<int> _followed = [];

    /// <summary>Finds what is to be followed in a body, and watches it.</summary>
    private void FollowValues(PtxBody body)
    {
        _deferred = [];
        _followed = [];
        if (!_observers.HasFlag(ObserverSet.Initialised))
            return;
        (_deferred, _followed) = ValueFlow.Copied(body, _maybeUndefined);
        _deferred.RemoveWhere(WritesResult);
        _maybeUndefined = [.. _maybeUndefined, .. _followed];
    }

    /// <summary>Whether an instruction only hands on what it is given. Results in registers leave a function unwatched.</summary>
    private bool Carries(PtxInstruction instruction) =>
        RegisterFlow.Reads(instruction).Any(register => _followed.Contains(register.Index)) && (instruction.Opcode == "shfl"
        || (instruction.Class
                is not (InstructionClass.Warp or InstructionClass.Barrier or InstructionClass.Control or InstructionClass.Atomic or InstructionClass.Matrix)
            && !instruction.Operands.Any(static operand => operand is AddressOperand or CallOperand)
            && RegisterFlow.Writes(instruction).Any()
            && !WritesResult(instruction)));

    private bool WritesResult(PtxInstruction instruction) =>
        _current.Body is PtxFunction function && RegisterFlow.Writes(instruction).Any(register => function.Results.Any(result => result.Register == register));

    /// <summary>Whether reading a register that nobody wrote is a finding in an instruction. What a store stores is looked at with its address.</summary>
    private bool IsUse(PtxInstruction instruction, PtxRegister register)
    {
        if (register == instruction.Guard?.Register || !_followed.Contains(register.Index))
            return true;
        if (instruction.Opcode == "st")
            return instruction.Operands[0] is AddressOperand { Base: RegisterOperand address } && address.Register == register;
        if (!Carries(instruction))
            return true;
        return instruction.Opcode == "shfl" && instruction.Operands.Skip(2).Any(operand => operand is RegisterOperand other && other.Register == register);
    }

    /// <summary>Numbers of the followed registers that a store stores, -1 for others; empty when there are none.</summary>
    private int[] StoredRegisters(PtxInstruction instruction)
    {
        if (instruction.Opcode != "st" || _followed.Count == 0)
            return [];
        var registers = ElementsOf(instruction.Operands[1]).Select(Result);
        int[] stored = [.. registers.Select(register => register is not null && _followed.Contains(register.Index) ? NumberOf(register) : -1)];
        return stored.Any(static number => number >= 0) ? stored : [];
    }

    private void EmitLoadMarks(PtxInstruction instruction)
    {
        var elements = ElementsOf(instruction.Operands[0]);
        for (int i = 0; i < elements.Length; i++)
        {
            if (elements[i] is not RegisterOperand { Register: var register })
                continue;
            var op = NewOp();
            op.N = NumberOf(register);
            (op.A, op.B, op.C) = (i, instruction.Type.Size(), instruction.Type.IsSigned() ? 1 : 0);
            _carried.Add(op.N);
            Emit(instruction, op, &ObserverHandlers.MarkLoaded);
        }
    }

    private void EmitCarry(PtxInstruction instruction)
    {
        var op = NewOp();
        op.N = _flows.Count;
        var results = RegisterFlow.Writes(instruction).Where(register => _maybeUndefined.Contains(register.Index));
        var flow = new ValidityFlow([.. results.Select(NumberOf).Distinct()], [.. PartsOf(instruction)]);
        if (flow.To.Length == 0)
            return;
        _carried.UnionWith(flow.Parts.Select(static part => part.To));
        _flows.Add(flow);
        if (instruction.Opcode != "shfl")
        {
            Emit(instruction, op, &ObserverHandlers.Carry);
            return;
        }
        op.B = SlotOf(instruction.Operands[2], 4);
        op.C = SlotOf(instruction.Operands[3], 4);
        op.Immediate = (long)ShuffleModeOf(instruction);
        Emit(instruction, op, &ObserverHandlers.CarryShuffled);
    }

    /// <summary>What the results of an instruction depend on: byte by byte where it moves bytes, else all on all.</summary>
    private IEnumerable<ValidityPart> PartsOf(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        int size = instruction.Type.Size();
        switch (instruction.Opcode)
        {
            case "shfl":
                return Part(operands[1], operands[0] is PairOperand pair ? pair.First : (operands[0] as RegisterOperand)?.Register, 0, 8);
            case "mov" when operands[1] is VectorOperand packed:
                int packs = packed.Elements.Length;
                return packed.Elements.SelectMany((element, i) => Part(element, Result(operands[0]), i * size / packs, size / packs));
            case "mov" when operands[0] is VectorOperand unpacked:
                int unpacks = unpacked.Elements.Length;
                return unpacked.Elements.SelectMany((element, i) => Part(operands[1], Result(element), -i * size / unpacks, size / unpacks));
            case "mov" or "not" or "xor":
                return operands.Skip(1).SelectMany(source => Part(source, Result(operands[0]), 0, size));
            case "and" or "or":
                byte known = KnownBytes(operands, instruction.Opcode == "and" ? (byte)0 : (byte)0xFF);
                return operands.Skip(1).SelectMany(source => Part(source, Result(operands[0]), 0, size))
                    .Select(part => part with { Kept = (byte)(part.Kept & ~known) });
            case "selp":
                return operands.Skip(1).SelectMany((source, i) => i == 2 ? All([source], [Result(operands[0])]) : Part(source, Result(operands[0]), 0, size));
            case "shl" or "shr" when operands[2] is ImmediateOperand count:
                return Shifted(instruction, (int)Math.Min(count.Bits, 64));
            case "prmt" when operands[3] is ImmediateOperand selector && instruction.Modifiers.Count == 1:
                return Enumerable.Range(0, 4).SelectMany(i =>
                {
                    int from = (int)(selector.Bits >> (4 * i)) & 7;
                    return Part(operands[from < 4 ? 1 : 2], Result(operands[0]), i - from % 4, 1, i);
                });
            case "cvt" when instruction.Type.IsInteger() && instruction.SecondType.IsInteger() && operands.Count == 2 && !instruction.Has("sat"):
                return Part(operands[1], Result(operands[0]), 0, Math.Min(size, instruction.SecondType.Size()))
                    .Select(part => part with { Extends = instruction.SecondType.IsSigned() });
            default:
                return All(RegisterFlow.Reads(instruction).Where(register => register != instruction.Guard?.Register), RegisterFlow.Writes(instruction));
        }
    }

    /// <summary>Bits that move by no whole bytes touch two.</summary>
    private IEnumerable<ValidityPart> Shifted(PtxInstruction instruction, int count)
    {
        var (to, from) = (Result(instruction.Operands[0]), instruction.Operands[1]);
        int size = instruction.Type.Size();
        for (int bytes = count / 8; bytes <= (count + 7) / 8 && bytes < size; bytes++)
        {
            bool left = instruction.Opcode == "shl";
            foreach (var part in Part(from, to, left ? bytes : -bytes, size - bytes, left ? bytes : 0))
                yield return part with { Extends = instruction.Type.IsSigned() && !left };
        }
    }

    /// <summary>Bytes that a constant operand decides alone.</summary>
    private static byte KnownBytes(IReadOnlyList<PtxOperand> operands, byte deciding)
    {
        int known = 0;
        foreach (var constant in operands.OfType<ImmediateOperand>())
        {
            for (int i = 0; i < 8; i++)
                known |= (byte)(constant.Bits >> (8 * i)) == deciding ? 1 << i : 0;
        }
        return (byte)known;
    }

    /// <summary>Some bytes of a source, from place <paramref name="at"/> of the result on; nothing where either is not watched.</summary>
    private IEnumerable<ValidityPart> Part(PtxOperand? source, PtxRegister? to, int shift, int bytes, int? at = null)
    {
        if (source is RegisterOperand { Register: var from } && to is not null && _followed.Contains(from.Index) && _maybeUndefined.Contains(to.Index))
            yield return new ValidityPart(NumberOf(from), NumberOf(to)) { Shift = shift, Kept = (byte)(((1 << bytes) - 1) << (at ?? Math.Max(shift, 0))) };
    }

    private IEnumerable<ValidityPart> All(IEnumerable<PtxRegister> sources, IEnumerable<PtxRegister?> results) =>
        from source in sources
        where _followed.Contains(source.Index)
        from result in results
        where result is not null && _maybeUndefined.Contains(result.Index)
        select new ValidityPart(NumberOf(source), NumberOf(result)) { Spreads = true };

    private IEnumerable<ValidityPart> All(PtxOperand[] sources, PtxRegister?[] results) =>
        All(sources.OfType<RegisterOperand>().Select(static source => source.Register), results);

    private static PtxRegister? Result(PtxOperand? operand) => (operand as RegisterOperand)?.Register;

    private static PtxOperand?[] ElementsOf(PtxOperand operand) => operand is VectorOperand vector ? vector.Elements : [operand];

    private int NumberOf(PtxRegister register) => _current.FirstRegister + register.Index;
}
