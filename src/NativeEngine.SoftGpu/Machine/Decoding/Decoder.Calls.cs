namespace NativeEngine.SoftGpu;

/// <content>Calls: what is passed, what is kept, and how functions begin and end.</content>
internal sealed unsafe partial class Decoder
{
    private readonly List<CallSite> _calls = [];
    private readonly List<CallOperand> _callOperands = [];
    private readonly List<int[]> _branchTables = [];
    private readonly List<SystemCall> _systemCalls = [];
    private readonly Dictionary<PtxBody, int> _firstBlocks = [];
    private Dictionary<int, List<PtxRegister>> _liveAcross = [];

    private IReadOnlySet<PtxFunction> AddressTaken => _function.Module.Ptx.AddressTaken;

    /// <summary>True for calls that leave their block; what the machine executes itself does not.</summary>
    private static bool IsCall(PtxInstruction instruction) => instruction.Operands is [CallOperand { System: SystemFunction.None }];

    /// <summary>Which registers must survive the calls that may come back to this body.</summary>
    private void FindLiveRegisters()
    {
        var calls = new List<int>();
        if (_current.IsFunction)
        {
            var instructions = _current.Body.Instructions;
            for (int i = 0; i < instructions.Count; i++)
            {
                if (instructions[i].Operands is [CallOperand call]
                        && PtxCallGraph.TargetsOf(call, AddressTaken).Any(target => _entry.Calls.MayComeBack(_current.Body, target)))
                    calls.Add(i);
            }
        }
        _liveAcross = _flow.LiveAcross(calls.ToHashSet());
    }

    /// <summary>Number of a register in the program if its reads are watched, else -1.</summary>
    private int WatchedNumber(PtxRegister register) =>
        _observers.HasFlag(ObserverSet.Initialised) && _maybeUndefined.Contains(register.Index) ? _current.FirstRegister + register.Index : -1;

    private void AddCall(PtxInstruction instruction)
    {
        var call = (CallOperand)instruction.Operands[0];
        var saved = _liveAcross.GetValueOrDefault(_index - _current.FirstInstruction) ?? [];
        _callOperands.Add(call);
        _calls.Add(new CallSite
        {
            Instruction = _index,
            CallerBytes = _entry.Calls.FrameBytesOf(_current.Body),
            Arguments = [.. (call.Arguments ?? []).Select((actual, i) => Pass(actual, call.Signature.Parameters[i]))],
            Results = [.. (call.Results ?? []).Select((actual, i) => Pass(actual, call.Signature.Results[i]))],
            Saved = [.. saved.Select(register => new SavedRegister(
                _registerSlots[register.Index], register.Type == PtxType.Pred ? 0 : LaneBytes(register.Type), WatchedNumber(register)))],
            PointerSlot = call.Function is null ? SlotOf(call.Callee, 8) : -1,
        });
    }

    private PassedValue Pass(PtxOperand actual, PtxVariable formal)
    {
        int bytes = (int)formal.Bytes, laneBytes = bytes == 8 ? 8 : 4;
        return actual switch
        {
            SymbolOperand symbol => new PassedValue(formal.Offset, bytes, symbol.Symbol.Offset, -1, 0, -1),
            RegisterOperand register => new PassedValue(
                formal.Offset, bytes, -1, _registerSlots[register.Register.Index], LaneBytes(register.Register.Type), WatchedNumber(register.Register)),
            _ => new PassedValue(formal.Offset, bytes, -1, SlotOf(actual, laneBytes), laneBytes, -1),
        };
    }

    /// <summary>The block where the lanes of a call come back.</summary>
    private void AddLanding(int number)
    {
        int firstOp = _ops.Count;
        _calls[number].Landing = _blocks.Count;
        var op = NewOp();
        op.N = number;
        _index = _calls[number].Instruction;
        EmitUnguarded(op, &CallHandlers.Land);
        _blocks.Add(new BlockInfo { FirstInstruction = _index, EndInstruction = _index, Next = _blocks.Count + 1, Guard = -1, OpCount = _ops.Count - firstOp });
    }

    /// <summary>All blocks are known: calls learn where their functions begin.</summary>
    private void LinkCalls()
    {
        for (int i = 0; i < _calls.Count; i++)
        {
            var call = _callOperands[i];
            foreach (var target in PtxCallGraph.TargetsOf(call, AddressTaken))
            {
                var callee = new Callee(
                    target.Name, _firstBlocks[target], _entry.Calls.FrameBytesOf(target), target.Results.Any(result => result.Register is not null),
                    target.Results.Count == 0 ? 0 : target.Results[^1].Offset + (int)target.Results[^1].Bytes);
                if (call.Function is null)
                    _calls[i].Targets.Add(Windows.AddressOf(target), callee);
                else
                    _calls[i].Direct = callee;
            }
        }
    }

    private bool NeedsPrologue() =>
        _current.Body.Parameters.Any(parameter => parameter.Register is not null) || (_observers.HasFlag(ObserverSet.Initialised) && _maybeUndefined.Count > 0);

    /// <summary>A function's own first block: fetches register parameters, and forgets what an earlier call wrote to registers.</summary>
    private void DecodePrologue()
    {
        int firstOp = _ops.Count;
        _index = _current.FirstInstruction;
        if (_observers.HasFlag(ObserverSet.Initialised))
        {
            foreach (int register in _maybeUndefined.Order())
            {
                var forget = NewOp();
                forget.N = _current.FirstRegister + register;
                EmitUnguarded(forget, &CallHandlers.ForgetDefined);
            }
        }
        foreach (var parameter in _current.Body.Parameters)
        {
            if (parameter.Register is { } register)
                EmitUnguarded(FrameOp(parameter, register), AccessHandlers(true, (int)parameter.Bytes, Extension.Zero, 1).Local);
        }
        _blocks.Add(new BlockInfo { FirstInstruction = _index, EndInstruction = _index, Next = _blocks.Count + 1, Guard = -1, OpCount = _ops.Count - firstOp });
    }

    /// <summary>In front of a return (null: at the end of the body): register results go to the frame.</summary>
    private void EmitRegisterResults(PtxInstruction? instruction)
    {
        if (_current.Body is not PtxFunction function)
            return;
        foreach (var result in function.Results)
        {
            if (result.Register is not { } register)
                continue;
            var handler = AccessHandlers(false, (int)result.Bytes, Extension.Zero, 1).Local;
            if (instruction is null)
                EmitUnguarded(FrameOp(result, register), handler);
            else
                Emit(instruction, FrameOp(result, register), handler);
        }
    }

    private Op FrameOp(PtxVariable variable, PtxRegister register)
    {
        var op = NewOp();
        op.A = _frameSlot;
        op.Immediate = variable.Offset;
        op.D = _registerSlots[register.Index];
        op.N = 1;
        return op;
    }

    /// <summary>Printing and failing assertions, with the addresses of what is passed to them.</summary>
    private void DecodeSystemCall(PtxInstruction instruction)
    {
        var call = (CallOperand)instruction.Operands[0];
        var op = NewOp();
        op.N = _systemCalls.Count;
        _systemCalls.Add(new SystemCall(
            [.. (call.Arguments ?? []).Select((actual, i) => Pass(actual, call.Signature.Parameters[i]))],
            [.. (call.Results ?? []).Select((actual, i) => Pass(actual, call.Signature.Results[i]))]));
        Emit(instruction, op, call.System == SystemFunction.Print ? &SystemHandlers.Print : &SystemHandlers.AssertFail);
    }


}
