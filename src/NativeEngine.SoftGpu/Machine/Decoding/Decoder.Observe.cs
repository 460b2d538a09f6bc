namespace NativeEngine.SoftGpu;

/// <content>Weaves observers around the operations of an instruction.</content>
internal sealed unsafe partial class Decoder
{
    private readonly List<AccessInfo> _accesses = [];
    private HashSet<int> _maybeUndefined = [];
    private HashSet<PtxInstruction> _deciding = [];

    /// <summary>Where the operation that accesses memory stands among all operations; -1 when the current instruction has none.</summary>
    private int _accessAt = -1;

    private bool _accessIsPassed;

    /// <summary>Appends the operations of an instruction, taken from position <paramref name="first"/>, with observers around them.</summary>
    private void Observe(PtxInstruction instruction, List<Op> ops, int first)
    {
        bool initialised = _observers.HasFlag(ObserverSet.Initialised);
        bool trace = _observers.HasFlag(ObserverSet.Trace);
        if (initialised)
        {
            EmitRegisterChecks(instruction);
            if (Carries(instruction))
                EmitCarry(instruction);
        }
        // An instruction that ends its block is traced before it takes effect.
        if (trace && IsEnd(instruction))
            EmitUnguarded(NewOp(), &ObserverHandlers.Trace);
        for (int i = 0; i < ops.Count; i++)
        {
            if (first + i == _accessAt)
                EmitAccessObserver(instruction, ops[i]);
            _ops.Add(ops[i]);
        }
        _accessAt = -1;
        _accessIsPassed = false;
        if (IsFence(instruction) && _observers.HasFlag(ObserverSet.Races))
        {
            var fence = NewOp();
            fence.N = (int)AccessInfo.ScopeOf(instruction);
            Emit(instruction, fence, &ObserverHandlers.Fence);
        }
        if (initialised)
            EmitRegisterMarks(instruction);
        if (trace && !IsEnd(instruction))
            EmitUnguarded(NewOp(), &ObserverHandlers.Trace);
    }

    private static bool IsFence(PtxInstruction instruction) => instruction.Opcode is "membar" or "fence" && !instruction.Has("proxy");

    /// <summary>True for what orders some threads and not others, or accesses of blocks: the kernel does not consist of barriers of the whole block
    /// alone.</summary>
    private static bool OrdersPartly(PtxInstruction instruction) =>
        IsFence(instruction)
        || instruction.OneOf("acquire", "release", "acq_rel", "arrive") is not null
        || (instruction.Opcode is "bar" or "barrier" && !instruction.Has("warp") && instruction.Operands.Count > (instruction.Has("red") ? 3 : 1));

    private void EmitUnguarded(Op op, Handler run)
    {
        op.Instruction = _index;
        op.Run = op.Inner = run;
        _ops.Add(op);
    }

    private void EmitAccessObserver(PtxInstruction instruction, Op access)
    {
        const ObserverSet watchers = ObserverSet.Counters | ObserverSet.Initialised | ObserverSet.Races;
        if ((_observers & watchers) == 0)
            return;
        var op = NewOp();
        op.A = access.A;
        op.D = access.D;
        op.Immediate = access.Immediate;
        op.N = _accesses.Count;
        var info = AccessInfo.Of(instruction) with
        {
            Decides = _deciding.Contains(instruction),
            Defers = _deferred.Contains(instruction),
            Stored = StoredRegisters(instruction),
        };
        // Parameters and arguments of functions lie in the frame.
        _accesses.Add(_accessIsPassed ? info with { Space = PtxSpace.Local, IsPassed = true } : info);
        Emit(instruction, op, &ObserverHandlers.Access);
    }

    /// <summary>Only registers that data flow could not prove written are watched.</summary>
    private void EmitRegisterChecks(PtxInstruction instruction)
    {
        foreach (var register in RegisterFlow.Reads(instruction).Distinct())
        {
            if (!_maybeUndefined.Contains(register.Index) || !IsUse(instruction, register))
                continue;
            var op = NewOp();
            op.N = _current.FirstRegister + register.Index;
            if (register == instruction.Guard?.Register)
                EmitUnguarded(op, &ObserverHandlers.CheckDefined);
            else
                Emit(instruction, op, &ObserverHandlers.CheckDefined);
        }
    }

    private void EmitRegisterMarks(PtxInstruction instruction)
    {
        if (Carries(instruction))
            return;
        if (_deferred.Contains(instruction))
        {
            EmitLoadMarks(instruction);
            return;
        }
        foreach (var register in RegisterFlow.Writes(instruction).Distinct())
        {
            if (!_maybeUndefined.Contains(register.Index))
                continue;
            var op = NewOp();
            op.N = _current.FirstRegister + register.Index;
            Emit(instruction, op, &ObserverHandlers.MarkDefined);
        }
    }
}
