namespace NativeEngine.SoftGpu;

/// <content>Warp operations, fences and other control.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeWarp(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        var op = NewOp();
        if (operands[0] is PairOperand pair)
            op.D1 = _registerSlots[pair.Second.Index];
        switch (instruction.Opcode)
        {
            case "shfl":
                DecodeShuffle(instruction, op);
                return true;
            case "vote":
                bool ballot = instruction.Has("ballot");
                op.D = SlotOf(operands[0], ballot ? 4 : 0);
                op.A = SlotOf(operands[1], 0);
                op.B = operands.Count > 2 ? SlotOf(operands[2], 4) : -1;
                op.N = ballot ? 3 : instruction.Has("all") ? 0 : instruction.Has("any") ? 1 : 2;
                op.Immediate = operands[1] is RegisterOperand { Negated: true } ? Lanes.All : 0;
                Emit(instruction, op, &WarpHandlers.Vote);
                return true;
            case "match":
                op.D = SlotOf(operands[0], 4);
                op.N = instruction.Type.Size();
                op.A = SlotOf(operands[1], op.N);
                op.B = SlotOf(operands[2], 4);
                op.Immediate = instruction.Has("all") ? 1 : 0;
                Emit(instruction, op, &WarpHandlers.Match);
                return true;
            case "redux":
                op.D = SlotOf(operands[0], 4);
                op.A = SlotOf(operands[1], 4);
                op.B = SlotOf(operands[2], 4);
                op.N = instruction.OneOf("add", "min", "max", "and", "or", "xor") switch { "add" => 0, "min" => 1, "max" => 2, "and" => 3, "or" => 4, _ => 5 };
                op.Immediate = instruction.Type.IsSigned() ? 1 : 0;
                Emit(instruction, op, &WarpHandlers.Reduce);
                return true;
            case "elect":
                op.D = SlotOf(operands[0], 4);
                op.B = SlotOf(operands[1], 4);
                Emit(instruction, op, &WarpHandlers.Elect);
                return true;
            case "activemask":
                op.D = SlotOf(operands[0], 4);
                Emit(instruction, op, &WarpHandlers.ActiveMask);
                return true;
            case "bar":
                op.A = SlotOf(operands[0], 4);
                Emit(instruction, op, &WarpHandlers.WarpBarrier);
                return true;
            default:
                return false;
        }
    }

    private static ShuffleMode ShuffleModeOf(PtxInstruction instruction) => instruction.OneOf("up", "down", "bfly") switch
    {
        "up" => ShuffleMode.Up,
        "down" => ShuffleMode.Down,
        "bfly" => ShuffleMode.Butterfly,
        _ => ShuffleMode.Index,
    };

    private void DecodeShuffle(PtxInstruction instruction, Op op)
    {
        var operands = instruction.Operands;
        op.D = SlotOf(operands[0], 4);
        op.A = SlotOf(operands[1], 4);
        op.B = SlotOf(operands[2], 4);
        op.C = SlotOf(operands[3], 4);
        op.D2 = operands.Count > 4 ? SlotOf(operands[4], 4) : -1;
        op.N = (int)ShuffleModeOf(instruction);
        bool wholeWarp = operands[2] is ImmediateOperand && operands[3] is ImmediateOperand { Bits: 31 } && operands.Count > 4
            && operands[4] is ImmediateOperand { Bits: Lanes.All };
        if (instruction.Has("bfly") && wholeWarp && op.D1 < 0 && op.D >= 0)
        {
            op.Immediate = (long)(((ImmediateOperand)operands[2]).Bits & 31);
            Emit(instruction, op, &WarpHandlers.ButterflyAll);
            return;
        }
        Emit(instruction, op, &WarpHandlers.Shuffle);
    }

    private bool DecodeControl(PtxInstruction instruction)
    {
        var op = NewOp();
        switch (instruction.Opcode)
        {
            case "membar" or "fence":
                Emit(instruction, op, &ControlHandlers.Fence);
                return true;
            case "nanosleep" or "prefetch" or "prefetchu" or "applypriority" or "discard" or "pmevent" or "griddepcontrol" or "setmaxnreg":
                // Hints to caches, to the scheduler and to profilers change no result.
                return true;
            case "call":
                DecodeSystemCall(instruction);
                return true;
            case "trap" or "brkpt":
                op.N = instruction.Opcode == "brkpt" ? 1 : 0;
                Emit(instruction, op, &ControlHandlers.Trap);
                return true;
            case "bar" or "barrier" when instruction.Has("arrive"):
                op.A = SlotOf(instruction.Operands[0], 4);
                Emit(instruction, op, &ControlHandlers.Arrive);
                return true;
            default:
                return false;
        }
    }
}
