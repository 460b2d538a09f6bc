namespace NativeEngine.SoftGpu;

/// <content>Integer arithmetic and bit operations.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeInteger(PtxInstruction instruction)
    {
        var type = instruction.Type;
        if (type == PtxType.Pred)
            return DecodePredicateLogic(instruction);
        int bytes = LaneBytes(type);
        if (instruction.Opcode is "bfe" or "bfi" or "shl" or "shr" or "bfind")
            return DecodeBits(instruction);
        if (instruction.Has("cc") || instruction.Opcode is "addc" or "subc" or "madc")
            return DecodeCarry(instruction);
        var op = Arithmetic(instruction, bytes);
        if (instruction.Opcode is "div" or "rem")
        {
            op.N = instruction.Opcode == "rem" ? 1 : 0;
            Emit(instruction, op, DivisionHandler(type));
            return true;
        }
        if (instruction.Has("wide"))
            return DecodeWide(instruction);
        if (instruction.Opcode == "lop3")
        {
            op.N = (int)((ImmediateOperand)instruction.Operands[4]).Bits;
            DecodeLogic(instruction, op);
            return true;
        }
        if (instruction.Opcode == "prmt")
        {
            op.N = instruction.OneOf("f4e", "b4e", "rc8", "ecl", "ecr", "rc16") switch
            {
                "f4e" => 1,
                "b4e" => 2,
                "rc8" => 3,
                "ecl" => 4,
                "ecr" => 5,
                "rc16" => 6,
                _ => 0,
            };
            Emit(instruction, op, &BitHandlers.Permute);
            return true;
        }
        if (instruction.Opcode == "mad24" || (instruction.Opcode == "mad" && instruction.Has("sat")))
        {
            var product = instruction.Opcode == "mad" ? MulHighHandler(type) : Multiply24Handler(type, instruction.Has("hi"));
            EmitMultiplyAdd(instruction, op, product, instruction.Has("sat") ? &LaneScalars.Run<AddSat, int, int, int, int> : Binary<Add>(type));
            return true;
        }
        var handler = PartHandler(instruction, type);
        if (handler == null)
            handler = IntegerHandler(instruction, type);
        if (handler == null)
            return false;
        Emit(instruction, op, handler);
        return true;
    }

    private static Handler IntegerHandler(PtxInstruction instruction, PtxType type)
    {
        bool high = instruction.Has("hi");
        switch (instruction.Opcode)
        {
            case "add": return instruction.Has("sat") ? &LaneScalars.Run<AddSat, int, int, int, int> : Binary<Add>(type);
            case "sub": return instruction.Has("sat") ? &LaneScalars.Run<SubSat, int, int, int, int> : Binary<Subtract>(type);
            case "min": return Binary<Minimum>(type);
            case "max": return Binary<Maximum>(type);
            case "and": return Binary<And>(type);
            case "or": return Binary<Or>(type);
            case "xor": return Binary<Xor>(type);
            case "mul": return high ? MulHighHandler(type) : Binary<Multiply>(type);
            case "mad":
                return high ? MadHighHandler(type) : type.Size() == 8 ? &LaneLoops.Ternary<MultiplyAdd,
                ulong> : type.Size() == 4 ? &LaneLoops.Ternary<MultiplyAdd, uint> : &LaneLoops.Ternary<WrappedTernary<Move, MultiplyAdd, Cut16>, uint>;
            case "abs": return Unary<Absolute>(type);
            case "neg": return Unary<Negate>(type);
            case "not": return Unary<Complement>(type);
            case "cnot": return Unary<IsZero>(type);
            case "popc":
                return type.Size() == 8 ? &LaneScalars.Run<PopCount<ulong>, uint, ulong, uint, uint> : &LaneScalars.Run<PopCount<uint>, uint, uint,
                uint, uint>;
            case "clz":
                return type.Size() == 8 ? &LaneScalars.Run<LeadingZeros<ulong>, uint, ulong, uint, uint> : &LaneScalars.Run<LeadingZeros<uint>, uint,
                uint, uint, uint>;
            case "brev":
                return type.Size() == 8 ? &LaneScalars.Run<BitReverse64, ulong, ulong, uint, uint> : &LaneScalars.Run<BitReverse32, uint, uint, uint,
                uint>;
            case "shf":
                return instruction.Has("l")
                    ? instruction.Has("wrap") ? &LaneScalars.Run<FunnelLeftWrap, uint, uint, uint, uint> : &LaneScalars.Run<FunnelLeftClamp, uint, uint, uint,
                        uint>
                    : instruction.Has("wrap") ? &LaneScalars.Run<FunnelRightWrap, uint, uint, uint, uint> : &LaneScalars.Run<FunnelRightClamp, uint, uint,
                        uint, uint>;
            default: return null;
        }
    }

    /// <summary>Picks the loop of a binary operator by type; 16-bit types go through 32-bit lanes.</summary>
    private static Handler Binary<T>(PtxType type) where T : struct, IBinary => (type.Size(), type.IsSigned()) switch
    {
        (2, true) => &LaneLoops.Binary<WrappedBinary<Extend16, T, Cut16>, int>,
        (2, false) => &LaneLoops.Binary<WrappedBinary<Move, T, Cut16>, uint>,
        (4, true) => &LaneLoops.Binary<T, int>,
        (4, false) => &LaneLoops.Binary<T, uint>,
        (8, true) => &LaneLoops.Binary<T, long>,
        _ => &LaneLoops.Binary<T, ulong>,
    };

    private static Handler Unary<T>(PtxType type) where T : struct, IUnary => (type.Size(), type.IsSigned()) switch
    {
        (2, true) => &LaneLoops.Unary<WrappedUnary<Extend16, T, Cut16>, int>,
        (2, false) => &LaneLoops.Unary<WrappedUnary<Move, T, Cut16>, uint>,
        (4, true) => &LaneLoops.Unary<T, int>,
        (4, false) => &LaneLoops.Unary<T, uint>,
        (8, true) => &LaneLoops.Unary<T, long>,
        _ => &LaneLoops.Unary<T, ulong>,
    };

    private static Handler MulHighHandler(PtxType type) => type switch
    {
        PtxType.U16 => &LaneLoops.Binary<MultiplyHigh16, uint>,
        PtxType.S16 => &LaneLoops.Binary<MultiplyHigh16, int>,
        PtxType.U32 => &LaneLoops.Binary<MultiplyHigh32, uint>,
        PtxType.S32 => &LaneScalars.Run<MulHi<int>, int, int, int, int>,
        PtxType.U64 => &LaneScalars.Run<MulHi<ulong>, ulong, ulong, ulong, int>,
        _ => &LaneScalars.Run<MulHi<long>, long, long, long, int>,
    };

    private static Handler MadHighHandler(PtxType type) => type switch
    {
        PtxType.U16 => &LaneLoops.Ternary<MultiplyAddHigh16, uint>,
        PtxType.S16 => &LaneLoops.Ternary<MultiplyAddHigh16, int>,
        PtxType.U32 => &LaneScalars.Run<MadHi<uint>, uint, uint, uint, uint>,
        PtxType.S32 => &LaneScalars.Run<MadHi<int>, int, int, int, int>,
        PtxType.U64 => &LaneScalars.Run<MadHi<ulong>, ulong, ulong, ulong, ulong>,
        _ => &LaneScalars.Run<MadHi<long>, long, long, long, long>,
    };

    private static Handler DivisionHandler(PtxType type) => type switch
    {
        PtxType.U16 => &DivisionHandlers.Run<ushort, uint>,
        PtxType.S16 => &DivisionHandlers.Run<short, uint>,
        PtxType.U32 => &DivisionHandlers.Run<uint, uint>,
        PtxType.S32 => &DivisionHandlers.Run<int, uint>,
        PtxType.U64 => &DivisionHandlers.Run<ulong, ulong>,
        _ => &DivisionHandlers.Run<long, ulong>,
    };

    private bool DecodeWide(PtxInstruction instruction)
    {
        var type = instruction.Type;
        bool mad = instruction.Opcode == "mad";
        var op = Arithmetic(instruction, 4);
        if (type.Size() == 2)
        {
            Handler multiply = type.IsSigned() ? &LaneLoops.Binary<MultiplyWide16, int> : &LaneLoops.Binary<MultiplyWide16, uint>;
            Handler add = type.IsSigned() ? &LaneLoops.Ternary<MultiplyAddWide16, int> : &LaneLoops.Ternary<MultiplyAddWide16, uint>;
            Emit(instruction, op, mad ? add : multiply);
            return true;
        }
        op.N = type.IsSigned() ? 1 : 0;
        op.C = mad ? SlotOf(instruction.Operands[3], 8) : -1;
        Emit(instruction, op, &LaneWidths.MultiplyWide);
        return true;
    }

    private bool DecodeBits(PtxInstruction instruction)
    {
        var type = instruction.Type;
        int bytes = LaneBytes(type);
        var operands = instruction.Operands;
        var op = NewOp();
        op.D = SlotOf(operands[0], bytes);
        op.A = SlotOf(operands[1], bytes);
        op.B = op.C = op.A;
        switch (instruction.Opcode)
        {
            case "shl" or "shr":
                op.B = SlotOf(operands[2], 4);
                Emit(instruction, op, ShiftHandler(instruction.Opcode == "shl", type));
                return true;
            case "bfind":
                op.C = ConstantSlotOf(instruction.Has("shiftamt") ? 1u : 0, 4);
                Emit(instruction, op, type switch
                {
                    PtxType.U32 => &LaneScalars.Run<FindHighBit<uint>, uint, uint, uint, uint>,
                    PtxType.S32 => &LaneScalars.Run<FindHighBit<int>, uint, int, uint, uint>,
                    PtxType.U64 => &LaneScalars.Run<FindHighBit<ulong>, uint, ulong, uint, uint>,
                    _ => &LaneScalars.Run<FindHighBit<long>, uint, long, uint, uint>,
                });
                return true;
            case "bfe":
                op.B = SlotOf(operands[2], 4);
                op.C = SlotOf(operands[3], 4);
                Emit(instruction, op, type switch
                {
                    PtxType.U32 => &LaneScalars.Run<ExtractU32, uint, uint, uint, uint>,
                    PtxType.S32 => &LaneScalars.Run<ExtractS32, int, int, uint, uint>,
                    PtxType.U64 => &LaneScalars.Run<ExtractU64, ulong, ulong, uint, uint>,
                    _ => &LaneScalars.Run<ExtractS64, long, long, uint, uint>,
                });
                return true;
            default:
                // bfi has four sources: position and length are joined first.
                var place = NewOp();
                place.D = _scratchValueSlot;
                place.A = SlotOf(operands[3], 4);
                place.B = place.C = SlotOf(operands[4], 4);
                Emit(instruction, place, &LaneScalars.Run<PackFieldPlace, uint, uint, uint, uint>);
                op.B = SlotOf(operands[2], bytes);
                op.C = _scratchValueSlot;
                Emit(instruction, op, bytes == 8 ? &LaneScalars.Run<Insert64, ulong, ulong, ulong, uint> : &LaneScalars.Run<Insert32, uint, uint, uint, uint>);
                return true;
        }
    }

    private static Handler ShiftHandler(bool left, PtxType type) => (left, type.Size(), type.IsSigned()) switch
    {
        (true, 2, _) => &LaneLoops.Binary<WrappedBinary<Move, ShiftLeft, Cut16>, uint>,
        (true, 4, _) => &LaneLoops.Binary<ShiftLeft, uint>,
        (true, _, _) => &LaneLoops.Shift<ShiftLeft, ulong>,
        (false, 2, true) => &LaneLoops.Binary<ShiftRight16, int>,
        (false, 2, false) => &LaneLoops.Binary<ShiftRight16, uint>,
        (false, 4, true) => &LaneLoops.Binary<ShiftRight, int>,
        (false, 4, false) => &LaneLoops.Binary<ShiftRight, uint>,
        (false, _, true) => &LaneLoops.Shift<ShiftRight, long>,
        (false, _, false) => &LaneLoops.Shift<ShiftRight, ulong>,
    };

    private bool DecodeCarry(PtxInstruction instruction)
    {
        var op = Arithmetic(instruction, LaneBytes(instruction.Type));
        bool subtract = instruction.Opcode.StartsWith("sub", StringComparison.Ordinal);
        op.N = (subtract ? 1 : 0) | (instruction.Opcode.EndsWith('c') ? 2 : 0) | (instruction.Has("cc") ? 4 : 0);
        Handler add = instruction.Type.Size() == 8 ? &BitHandlers.Carry<ulong, UInt128> : &BitHandlers.Carry<uint, ulong>;
        if (instruction.Opcode.StartsWith("mad", StringComparison.Ordinal))
            EmitMultiplyAdd(instruction, op, instruction.Has("hi") ? MulHighHandler(instruction.Type) : Binary<Multiply>(instruction.Type), add);
        else
            Emit(instruction, op, add);
        return true;
    }

    /// <summary>lop3, with a predicate behind it that says whether the result has a bit.</summary>
    private void DecodeLogic(PtxInstruction instruction, Op op)
    {
        if (instruction.OneOf("and", "or") is not { } boolean)
        {
            Emit(instruction, op, &BitHandlers.Lop3);
            return;
        }
        if (op.D < 0)
            op.D = _scratchValueSlot;
        var pair = instruction.Operands[0] as PairOperand;
        int result = op.D;
        Emit(instruction, op, &BitHandlers.Lop3);
        var test = NewOp();
        (test.D, test.A, test.B) = (_scratchPredicate, result, ConstantSlotOf(0, 4));
        Emit(instruction, test, &LaneLoops.Compare<Not<Equal>, uint>);
        var combine = NewOp();
        combine.A = _scratchPredicate;
        combine.D = pair is null ? -1 : _registerSlots[pair.Second.Index];
        combine.N = boolean == "and" ? 1 : 2;
        combine.B = SlotOf(instruction.Operands[5], 0);
        combine.Immediate = instruction.Operands[5] is RegisterOperand { Negated: true } ? Lanes.All : 0;
        Emit(instruction, combine, &ControlHandlers.CombinePredicates);
    }

    private bool DecodePredicateLogic(PtxInstruction instruction)
    {
        var op = NewOp();
        op.D = SlotOf(instruction.Operands[0], 0);
        op.A = SlotOf(instruction.Operands[1], 0);
        op.B = instruction.Operands.Count > 2 ? SlotOf(instruction.Operands[2], 0) : op.A;
        Handler handler = instruction.Opcode switch
        {
            "and" => &ControlHandlers.PredicateAnd,
            "or" => &ControlHandlers.PredicateOr,
            "xor" => &ControlHandlers.PredicateXor,
            _ => &ControlHandlers.PredicateNot,
        };
        Emit(instruction, op, handler);
        return true;
    }
}
