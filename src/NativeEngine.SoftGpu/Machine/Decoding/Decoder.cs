namespace NativeEngine.SoftGpu;

/// <summary>
/// Turns the instructions of a kernel and of the functions it may call into a program: gives every register, constant and special register a slot, cuts the
/// code into basic blocks, and
/// chooses for each instruction the function that executes it.
/// </summary>
internal sealed unsafe partial class Decoder
{
    private readonly GpuFunction _function;
    private readonly PtxEntry _entry;
    private readonly LinkedBody[] _bodies;
    private readonly PtxInstruction[] _code;
    private readonly ObserverSet _observers;
    private readonly List<Op> _ops = [];
    private readonly List<BlockInfo> _blocks = [];
    private readonly List<GenericHandlers> _genericHandlers = [];
    private readonly int _scratchSlot;
    private readonly int _scratchValueSlot;
    private readonly int _scratchPredicate;
    private readonly int _frameSlot;
    private LinkedBody _current;
    private RegisterFlow _flow = null!;
    private int _index;

    public Decoder(GpuFunction function, ObserverSet observers)
    {
        _function = function;
        _entry = function.Entry;
        _observers = observers;
        _bodies = LinkBodies();
        _code = [.. _bodies.SelectMany(body => body.Body.Instructions)];
        ReserveRegisters(PtxType.Pred, 4);
        _scratchPredicate = Reserve(4);
        _bytes = (_bytes + 63) & ~63;
        ReserveRegisters(null, 0);
        _scratchSlot = Reserve(Lanes.Bytes64);
        _scratchValueSlot = Reserve(8 * Lanes.Bytes64);
        _frameSlot = _bodies.Length > 1 ? Reserve(Lanes.Bytes64) : -1;
        _current = _bodies[^1];
        _registerSlots = _current.Slots;
    }

    private LinkedBody[] LinkBodies()
    {
        int instructions = 0, registers = 0;
        var linked = new List<LinkedBody>();
        foreach (var body in _entry.Calls.Bodies)
        {
            linked.Add(new LinkedBody(body, instructions, registers, new int[body.Registers.Count]));
            instructions += body.Instructions.Count;
            registers += body.Registers.Count;
        }
        return [.. linked];
    }

    /// <summary>Gives registers their slots: predicates, or (null) all others.</summary>
    private void ReserveRegisters(PtxType? type, int bytes)
    {
        foreach (var body in _bodies)
        {
            foreach (var register in body.Body.Registers)
            {
                if ((register.Type == PtxType.Pred) == (type == PtxType.Pred))
                    body.Slots[register.Index] = Reserve(bytes > 0 ? bytes : LaneBytes(register.Type) * 32);
            }
        }
    }

    public Program Decode()
    {
        _deciding = [.. _bodies.SelectMany(body => ValueFlow.DecidingLoads(body.Body))];
        bool needsClear = false;
        foreach (var body in _bodies)
            needsClear |= DecodeBody(body);
        LinkCalls();
        return new Program(_function.Module.Ptx, _entry, [.. _ops], [.. _blocks])
        {
            Bodies = _bodies,
            Instructions = _code,
            EntryBlock = _firstBlocks[_entry],
            Calls = [.. _calls],
            SystemCalls = [.. _systemCalls],
            BranchTables = [.. _branchTables],
            FrameSlot = _frameSlot,
            RegisterBytes = (_bytes + 255) & ~255,
            ScratchSlot = _scratchSlot,
            Specials = _specials,
            Constants = _constants,
            GenericHandlers = [.. _genericHandlers],
            NeedsClearRegisters = needsClear,
            Observers = _observers,
            Accesses = [.. _accesses],
            Matrices = [.. _matrices],
            Flows = [.. _flows],
            Carried = _carried,
            WaitsForOthers = _deciding.Count > 0,
            MaySpin = _bodies.Any(body => ValueFlow.MaySpin(body.Body)),
            OrdersPartly = _code.Any(OrdersPartly),
        };
    }

    /// <summary>Decodes a kernel or function into blocks. Returns true when it may read a register that it has not written.</summary>
    private bool DecodeBody(LinkedBody body)
    {
        _current = body;
        _registerSlots = body.Slots;
        _flow = new RegisterFlow(body.Body);
        _maybeUndefined = _flow.MaybeUndefined;
        FollowValues(_current.Body);
        FindLiveRegisters();
        var leaders = FindLeaders();
        int first = body.FirstInstruction, end = body.Body.Instructions.Count;
        var blockOf = new Dictionary<int, int>();
        bool prologue = body.IsFunction && NeedsPrologue();
        int number = _firstBlocks[body.Body] = _blocks.Count;
        number += prologue ? 1 : 0;
        for (int i = 0; i < leaders.Count; i++)
        {
            blockOf[leaders[i]] = number++;
            int last = (i + 1 < leaders.Count ? leaders[i + 1] : end) - 1;
            // Behind a call stands the block where lanes come back.
            if (last >= leaders[i] && IsCall(_code[first + last]))
                number++;
        }
        blockOf[end] = number;
        if (prologue)
            DecodePrologue();
        for (int i = 0; i < leaders.Count; i++)
            DecodeBlock(first + leaders[i], first + (i + 1 < leaders.Count ? leaders[i + 1] : end), blockOf);
        // A branch to the very end, or a body without a final exit, ends here.
        int firstOp = _ops.Count;
        _index = first + end;
        EmitRegisterResults(null);
        _blocks.Add(new BlockInfo
        {
            End = body.IsFunction ? BlockEnd.Return : BlockEnd.Exit, Guard = -1, FirstInstruction = _index, EndInstruction = _index,
            OpCount = _ops.Count - firstOp
        });
        return _maybeUndefined.Count > 0;
    }

    /// <summary>First instructions of basic blocks: branch targets, what follows an end, and warp synchronisations that need their own entry.</summary>
    private List<int> FindLeaders()
    {
        var leaders = new SortedSet<int> { 0 };
        var instructions = _current.Body.Instructions;
        for (int i = 0; i < instructions.Count; i++)
        {
            if (!IsEnd(instructions[i]))
                continue;
            leaders.Add(i + 1);
            leaders.UnionWith(instructions[i].Jumps);
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
        "bra" or "brx" or "ret" or "exit" => true,
        "call" => IsCall(instruction),
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

    private void DecodeBlock(int first, int end, Dictionary<int, int> blockOf)
    {
        int firstOp = _ops.Count, number = _blocks.Count;
        var block = new BlockInfo
        {
            FirstInstruction = first,
            InstructionCount = end - first,
            Next = number + 1,
            Guard = -1,
            BarrierCountSlot = -1,
            EndInstruction = Math.Max(first, end - 1),
        };
        if (first < end && MemberMask(_code[first]) is { } members && _code[first].Guard is null)
        {
            block.Sync = members is ImmediateOperand ? SyncEntry.Constant : SyncEntry.Register;
            block.SyncMask = members is ImmediateOperand constant ? (uint)constant.Bits : 0;
            block.SyncSlot = SlotOf(members, 4);
        }
        for (_index = first; _index < end; _index++)
        {
            var instruction = _code[_index];
            if (IsEnd(instruction))
                DecodeEnd(instruction, ref block, blockOf);
            else
                DecodeInstruction(instruction);
        }
        block.OpCount = _ops.Count - firstOp;
        _blocks.Add(block);
        if (block.End == BlockEnd.Call)
            AddLanding(block.Table);
    }

    private void DecodeEnd(PtxInstruction instruction, ref BlockInfo block, Dictionary<int, int> blockOf)
    {
        bool guarded = instruction.Guard is not null;
        if (instruction.Guard is { } guard)
        {
            block.Guard = _registerSlots[guard.Register.Index];
            block.GuardFlip = guard.Negated ? Lanes.All : 0;
        }
        if (instruction.Opcode == "ret")
            EmitRegisterResults(instruction);
        Observe(instruction, [], _ops.Count);
        switch (instruction.Opcode)
        {
            case "bra":
                block.End = guarded ? BlockEnd.ConditionalBranch : BlockEnd.Branch;
                block.Target = blockOf[((LabelOperand)instruction.Operands[0]).Target];
                break;
            case "brx":
                block.End = BlockEnd.IndexedBranch;
                block.Target = SlotOf(instruction.Operands[0], 4);
                block.Table = _branchTables.Count;
                _branchTables.Add([.. instruction.Jumps.Select(jump => blockOf[jump])]);
                break;
            case "call":
                block.End = BlockEnd.Call;
                block.Table = _calls.Count;
                // Lanes that do not call go on behind the block where the others come back.
                block.Next++;
                AddCall(instruction);
                break;
            case "ret" when _current.IsFunction:
                block.End = BlockEnd.Return;
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
            throw new PtxException(_function.Module.Ptx.File, instruction.Line, instruction.Column,
                $"'{instruction}' is known to the parser but not to the machine");
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
