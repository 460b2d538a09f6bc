namespace NativeEngine.SoftGpu;

/// <summary>
/// Turns a kernel's instructions into a program: gives every register, constant and special register a slot, cuts the code into basic blocks, and
/// chooses for each instruction the function that executes it.
/// </summary>
internal sealed unsafe partial class Decoder
{
    private readonly GpuFunction _function;
    private readonly PtxEntry _entry;
    private readonly ObserverSet _observers;
    private readonly List<Op> _ops = [];
    private readonly List<BlockInfo> _blocks = [];
    private readonly List<GenericHandlers> _genericHandlers = [];
    private readonly int _scratchSlot;
    private readonly int _scratchValueSlot;
    private readonly int _scratchPredicate;
    private int _index;

    public Decoder(GpuFunction function, ObserverSet observers)
    {
        _function = function;
        _entry = function.Entry;
        _observers = observers;
        _registerSlots = new int[_entry.Registers.Count];
        foreach (var register in _entry.Registers.Where(register => register.Type == PtxType.Pred))
            _registerSlots[register.Index] = Reserve(4);
        _scratchPredicate = Reserve(4);
        _bytes = (_bytes + 63) & ~63;
        foreach (var register in _entry.Registers.Where(register => register.Type != PtxType.Pred))
            _registerSlots[register.Index] = Reserve(LaneBytes(register.Type) * 32);
        _scratchSlot = Reserve(Lanes.Bytes64);
        _scratchValueSlot = Reserve(8 * Lanes.Bytes64);
    }

    public Program Decode()
    {
        var leaders = FindLeaders();
        var blockOf = new Dictionary<int, int>();
        for (int i = 0; i < leaders.Count; i++)
            blockOf[leaders[i]] = i;
        var flow = new RegisterFlow(_entry);
        _maybeUndefined = flow.MaybeUndefined;
        for (int i = 0; i < leaders.Count; i++)
            DecodeBlock(leaders[i], i + 1 < leaders.Count ? leaders[i + 1] : _entry.Instructions.Count, i, blockOf);
        // A branch to the very end, or a body without a final exit, ends here.
        _blocks.Add(new BlockInfo { End = BlockEnd.Exit, Guard = -1, FirstInstruction = _entry.Instructions.Count });
        return new Program(_function.Module.Ptx, _entry, [.. _ops], [.. _blocks])
        {
            RegisterBytes = (_bytes + 255) & ~255,
            ScratchSlot = _scratchSlot,
            Specials = _specials,
            Constants = _constants,
            GenericHandlers = [.. _genericHandlers],
            NeedsClearRegisters = flow.MaybeUndefined.Count > 0,
            Observers = _observers,
            Accesses = [.. _accesses],
            Matrices = [.. _matrices],
            RegisterSlots = _registerSlots,
        };
    }

    /// <summary>First instructions of basic blocks: branch targets, what follows an end, and warp synchronisations that need their own entry.</summary>
    private List<int> FindLeaders()
    {
        var leaders = new SortedSet<int> { 0 };
        var instructions = _entry.Instructions;
        for (int i = 0; i < instructions.Count; i++)
        {
            if (!IsEnd(instructions[i]))
                continue;
            leaders.Add(i + 1);
            if (instructions[i].Operands is [LabelOperand label])
                leaders.Add(label.Target);
        }
        // Inside a block that starts with a rendezvous of a constant mask, later ones of the same mask are met already.
        string? met = null;
        for (int i = 0; i < instructions.Count; i++)
        {
            if (leaders.Contains(i))
                met = null;
            if (MemberMask(instructions[i]) is not { } members)
                continue;
            string? mask = members is ImmediateOperand constant && instructions[i].Guard is null ? constant.Bits.ToString() : null;
            if (mask is null || mask != met)
            {
                leaders.Add(i);
                met = mask;
            }
            if (mask is null)
                leaders.Add(i + 1);
        }
        leaders.RemoveWhere(leader => leader >= instructions.Count);
        return leaders.Count == 0 ? [0] : [.. leaders];
    }

    private static bool IsEnd(PtxInstruction instruction) => instruction.Opcode switch
    {
        "bra" or "ret" or "exit" => true,
        "bar" or "barrier" => !instruction.Has("warp") && !instruction.Has("arrive"),
        _ => false,
    };

    private static readonly ImmediateOperand WholeWarp = new(Lanes.All, "0xffffffff", 0, 0);

    /// <summary>The member mask operand of a warp synchronisation, or null for other instructions.</summary>
    private static PtxOperand? MemberMask(PtxInstruction instruction) => instruction.Opcode switch
    {
        "shfl" or "vote" or "match" or "redux" or "elect" when instruction.Has("sync") => instruction.Operands[^1],
        "bar" when instruction.Has("warp") => instruction.Operands[0],
        "mma" or "wmma" or "ldmatrix" or "stmatrix" or "movmatrix" => WholeWarp,
        _ => null,
    };

    private void DecodeBlock(int first, int end, int number, Dictionary<int, int> blockOf)
    {
        int firstOp = _ops.Count;
        var block = new BlockInfo
        {
            FirstInstruction = first,
            InstructionCount = end - first,
            Next = number + 1,
            Guard = -1,
            BarrierCountSlot = -1,
            EndInstruction = Math.Max(first, end - 1),
        };
        if (first < end && MemberMask(_entry.Instructions[first]) is { } members && _entry.Instructions[first].Guard is null)
        {
            block.Sync = members is ImmediateOperand ? SyncEntry.Constant : SyncEntry.Register;
            block.SyncMask = members is ImmediateOperand constant ? (uint)constant.Bits : 0;
            block.SyncSlot = SlotOf(members, 4);
        }
        for (_index = first; _index < end; _index++)
        {
            var instruction = _entry.Instructions[_index];
            if (IsEnd(instruction))
                DecodeEnd(instruction, ref block, blockOf);
            else
                DecodeInstruction(instruction);
        }
        block.OpCount = _ops.Count - firstOp;
        _blocks.Add(block);
    }

    private void DecodeEnd(PtxInstruction instruction, ref BlockInfo block, Dictionary<int, int> blockOf)
    {
        bool guarded = instruction.Guard is not null;
        if (instruction.Guard is { } guard)
        {
            block.Guard = _registerSlots[guard.Register.Index];
            block.GuardFlip = guard.Negated ? Lanes.All : 0;
        }
        Observe(instruction, [], _ops.Count);
        switch (instruction.Opcode)
        {
            case "bra":
                block.End = guarded ? BlockEnd.ConditionalBranch : BlockEnd.Branch;
                int target = ((LabelOperand)instruction.Operands[0]).Target;
                block.Target = blockOf.TryGetValue(target, out int found) ? found : blockOf.Count;
                break;
            case "ret" or "exit":
                block.End = guarded ? BlockEnd.ConditionalExit : BlockEnd.Exit;
                break;
            default:
                block.End = guarded ? BlockEnd.ConditionalBarrier : BlockEnd.Barrier;
                DecodeBarrier(instruction, ref block);
                break;
        }
    }

    private void DecodeBarrier(PtxInstruction instruction, ref BlockInfo block)
    {
        var operands = instruction.Operands;
        if (!instruction.Has("red"))
        {
            block.BarrierSlot = SlotOf(operands[0], 4);
            block.BarrierCountSlot = operands.Count > 1 ? SlotOf(operands[1], 4) : -1;
            return;
        }
        block.Barrier = instruction.Has("popc") ? BarrierKind.ReducePopc : instruction.Has("and") ? BarrierKind.ReduceAnd : BarrierKind.ReduceOr;
        block.BarrierResult = SlotOf(operands[0], 4);
        block.BarrierSlot = SlotOf(operands[1], 4);
        block.BarrierCountSlot = operands.Count > 3 ? SlotOf(operands[2], 4) : -1;
        block.BarrierSource = SlotOf(operands[^1], 0);
        block.BarrierSourceFlip = operands[^1] is RegisterOperand { Negated: true } ? Lanes.All : 0;
    }

    /// <summary>Appends an operation of the current instruction, guarded as the instruction is.</summary>
    private void Emit(PtxInstruction instruction, Op op, Handler run)
    {
        op.Instruction = _index;
        op.Run = op.Inner = run;
        if (instruction.Guard is { } guard)
        {
            op.Run = &ControlHandlers.Guarded;
            op.Guard = _registerSlots[guard.Register.Index];
            op.GuardFlip = guard.Negated ? Lanes.All : 0;
        }
        _ops.Add(op);
    }

    private void DecodeInstruction(PtxInstruction instruction)
    {
        RefreshClocks(instruction);
        int firstOp = _ops.Count;
        bool decoded = instruction.Class switch
        {
            InstructionClass.Float32 or InstructionClass.Special or InstructionClass.Float64 or InstructionClass.Float16 => DecodeFloat(instruction),
            InstructionClass.Integer or InstructionClass.Logic => DecodeInteger(instruction),
            InstructionClass.Compare => DecodeCompare(instruction),
            InstructionClass.Move => DecodeMove(instruction),
            InstructionClass.Convert => DecodeConvert(instruction),
            InstructionClass.Warp => DecodeWarp(instruction),
            InstructionClass.Atomic => DecodeAtomic(instruction),
            InstructionClass.Matrix => DecodeMatrix(instruction),
            InstructionClass.Barrier or InstructionClass.Control => DecodeControl(instruction),
            _ => DecodeMemory(instruction),
        };
        if (!decoded)
            throw new PtxException(_function.Module.Ptx.File, instruction.Line, instruction.Column, $"'{instruction}' is known to the parser but not to the machine");
        if (_observers != ObserverSet.None)
        {
            var ops = _ops.GetRange(firstOp, _ops.Count - firstOp);
            _ops.RemoveRange(firstOp, ops.Count);
            Observe(instruction, ops, firstOp);
        }
    }

    /// <summary>Clock registers are not constant: their slots are filled again in front of every reader.</summary>
    private void RefreshClocks(PtxInstruction instruction)
    {
        foreach (var operand in instruction.Operands)
        {
            if (operand is not SpecialOperand special || !IsClock(special.Name))
                continue;
            SpecialRegisters.TryGetType(special.Name, out var type);
            var clock = NewOp();
            clock.D = SpecialSlotOf(special.Name);
            clock.N = type.Size();
            clock.Immediate = special.Name.EndsWith("_hi", StringComparison.Ordinal) ? 32 : 0;
            Emit(instruction, clock, &ControlHandlers.Clock);
        }
    }
}
