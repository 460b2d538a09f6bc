namespace NativeEngine.SoftGpu;

/// <content>
/// Values nobody wrote. Mostly their first read is a finding. In code with shuffles, lanes whose results nobody wants compute with such values: there they
/// are followed from register to register and lane to lane, and the finding is their use: as an address, a condition, an operand of a store or an atomic.
/// </content>
internal sealed unsafe partial class Decoder
{
    private readonly List<ValidityFlow> _flows = [];

    /// <summary>Loads from the stack that may load what nobody wrote, for a shuffle to drop.</summary>
    private HashSet<PtxInstruction> _deferred = [];
    private bool _follows;

    /// <summary>A body with shuffles: watches all that may depend on a value nobody wrote.</summary>
    private void FollowShuffles(PtxBody body)
    {
        _deferred = [];
        _follows = _observers.HasFlag(ObserverSet.Initialised) && body.Instructions.Any(static instruction => instruction.Opcode == "shfl");
        if (_follows)
            (_deferred, _maybeUndefined) = ValueFlow.BeforeShuffles(body, _maybeUndefined);
    }

    /// <summary>Whether an instruction only hands on what it is given.</summary>
    private bool Carries(PtxInstruction instruction) => _follows && (instruction.Opcode == "shfl"
        || (instruction.Class is not (InstructionClass.Warp or InstructionClass.Barrier or InstructionClass.Control or InstructionClass.Atomic)
            && !instruction.Operands.Any(static operand => operand is AddressOperand or CallOperand)
            && RegisterFlow.Writes(instruction).Any()));

    /// <summary>Whether reading a register that nobody wrote is a finding in an instruction.</summary>
    private bool IsUse(PtxInstruction instruction, PtxRegister register)
    {
        if (!Carries(instruction) || register == instruction.Guard?.Register)
            return true;
        return instruction.Opcode == "shfl" && instruction.Operands.Skip(2).Any(operand => operand is RegisterOperand other && other.Register == register);
    }

    private void EmitCarry(PtxInstruction instruction)
    {
        int[] to = Watched(RegisterFlow.Writes(instruction));
        if (to.Length == 0)
            return;
        var op = NewOp();
        op.N = _flows.Count;
        if (instruction.Opcode != "shfl")
        {
            _flows.Add(new ValidityFlow(Watched(RegisterFlow.Reads(instruction).Where(register => register != instruction.Guard?.Register)), to));
            Emit(instruction, op, &ObserverHandlers.Carry);
            return;
        }
        _flows.Add(new ValidityFlow(instruction.Operands[1] is RegisterOperand source ? Watched([source.Register]) : [], to));
        op.B = SlotOf(instruction.Operands[2], 4);
        op.C = SlotOf(instruction.Operands[3], 4);
        op.Immediate = (long)ShuffleModeOf(instruction);
        Emit(instruction, op, &ObserverHandlers.CarryShuffled);
    }

    private int[] Watched(IEnumerable<PtxRegister> registers) =>
        [.. registers.Where(register => _maybeUndefined.Contains(register.Index)).Select(register => _current.FirstRegister + register.Index).Distinct()];
}

/// <summary>Registers whose values depend on others, by their numbers in the program.</summary>
internal sealed record ValidityFlow(int[] From, int[] To);
