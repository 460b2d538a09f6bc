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
        if (instruction.Has("cc") || instruction.Opcode is "addc" or "subc")
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
            if (op.N > 255)
                throw new PtxException(_function.Module.Ptx.File, instruction.Line, instruction.Column, $"lop3 takes a table of 8 bits, got {op.N}");
            Emit(instruction, op, &BitHandlers.Lop3);
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
        var handler = IntegerHandler(instruction, type);
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
            case "add": return instruction.Has("sat") ? &LaneScalars.Run<AddSat, int, int, int, int> : Binary<Add32, Add32, Add64, Add64>(type);
            case "sub": return instruction.Has("sat") ? &LaneScalars.Run<SubSat, int, int, int, int> : Binary<Sub32, Sub32, Sub64, Sub64>(type);
            case "min": return Binary<MinU32, MinS32, MinU64, MinS64>(type);
            case "max": return Binary<MaxU32, MaxS32, MaxU64, MaxS64>(type);
            case "and": return Binary<And32, And32, And64, And64>(type);
            case "or": return Binary<Or32, Or32, Or64, Or64>(type);
            case "xor": return Binary<Xor32, Xor32, Xor64, Xor64>(type);
            case "mul": return high ? MulHighHandler(type) : Binary<Mul32, Mul32, Mul64, Mul64>(type);
            case "mad": return high ? MadHighHandler(type) : type.Size() == 8 ? &Lanes64.Ternary<Mad64> : type.Size() == 4 ? &Lanes32.Ternary<Mad32> : &Lanes32.Ternary<Mad16>;
            case "abs": return Unary<AbsS32, AbsS64>(type);
            case "neg": return Unary<NegS32, NegS64>(type);
            case "not": return Unary<Not32, Not64>(type);
            case "cnot": return Unary<CNot32, CNot64>(type);
            case "popc": return type.Size() == 8 ? &LaneScalars.Run<PopCount64, uint, ulong, uint, uint> : &LaneScalars.Run<PopCount32, uint, uint, uint, uint>;
            case "clz": return type.Size() == 8 ? &LaneScalars.Run<LeadingZeros64, uint, ulong, uint, uint> : &LaneScalars.Run<LeadingZeros32, uint, uint, uint, uint>;
            case "brev": return type.Size() == 8 ? &LaneScalars.Run<BitReverse64, ulong, ulong, uint, uint> : &LaneScalars.Run<BitReverse32, uint, uint, uint, uint>;
            case "shf":
                return instruction.Has("l")
                    ? instruction.Has("wrap") ? &LaneScalars.Run<FunnelLeftWrap, uint, uint, uint, uint> : &LaneScalars.Run<FunnelLeftClamp, uint, uint, uint, uint>
                    : instruction.Has("wrap") ? &LaneScalars.Run<FunnelRightWrap, uint, uint, uint, uint> : &LaneScalars.Run<FunnelRightClamp, uint, uint, uint, uint>;
            default: return null;
        }
    }

    /// <summary>Picks the loop of a binary operator by type: unsigned and signed, 32 and 64 bits; 16-bit types are made of the 32-bit ones.</summary>
    private static Handler Binary<TU32, TS32, TU64, TS64>(PtxType type)
        where TU32 : struct, IBinary32
        where TS32 : struct, IBinary32
        where TU64 : struct, IBinary64
        where TS64 : struct, IBinary64 => (type.Size(), type.IsSigned()) switch
        {
            (2, true) => &Lanes32.Binary<Signed16Binary<TS32>>,
            (2, false) => &Lanes32.Binary<Unsigned16Binary<TU32>>,
            (4, true) => &Lanes32.Binary<TS32>,
            (4, false) => &Lanes32.Binary<TU32>,
            (8, true) => &Lanes64.Binary<TS64>,
            _ => &Lanes64.Binary<TU64>,
        };

    private static Handler Unary<T32, T64>(PtxType type) where T32 : struct, IUnary32 where T64 : struct, IUnary64 => (type.Size(), type.IsSigned()) switch
    {
        (2, true) => &Lanes32.Unary<Signed16<T32>>,
        (2, false) => &Lanes32.Unary<Unsigned16<T32>>,
        (4, _) => &Lanes32.Unary<T32>,
        _ => &Lanes64.Unary<T64>,
    };

    private static Handler MulHighHandler(PtxType type) => type switch
    {
        PtxType.U16 => &Lanes32.Binary<MulHiU16>,
        PtxType.S16 => &Lanes32.Binary<MulHiS16>,
        PtxType.U32 => &Lanes32.Binary<MulHiU32>,
        PtxType.S32 => &LaneScalars.Run<MulHi<int>, int, int, int, int>,
        PtxType.U64 => &LaneScalars.Run<MulHi<ulong>, ulong, ulong, ulong, int>,
        _ => &LaneScalars.Run<MulHi<long>, long, long, long, int>,
    };

    private static Handler MadHighHandler(PtxType type) => type switch
    {
        PtxType.U16 => &Lanes32.Ternary<MadHiU16>,
        PtxType.S16 => &Lanes32.Ternary<MadHiS16>,
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
            Handler multiply = type.IsSigned() ? &Lanes32.Binary<MulWideS16> : &Lanes32.Binary<Mul32>;
            Handler add = type.IsSigned() ? &Lanes32.Ternary<MadWideS16> : &Lanes32.Ternary<Mad32>;
            Emit(instruction, op, mad ? add : multiply);
            return true;
        }
        op.N = type.IsSigned() ? 1 : 0;
        op.C = mad ? SlotOf(instruction.Operands[3], 8) : -1;
        Emit(instruction, op, &Lanes32.MultiplyWide);
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
                    PtxType.U32 => &LaneScalars.Run<FindHighBitU32, uint, uint, uint, uint>,
                    PtxType.S32 => &LaneScalars.Run<FindHighBitS32, uint, int, uint, uint>,
                    PtxType.U64 => &LaneScalars.Run<FindHighBitU64, uint, ulong, uint, uint>,
                    _ => &LaneScalars.Run<FindHighBitS64, uint, long, uint, uint>,
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

    private static Handler ShiftHandler(bool left, PtxType type)
    {
        if (left)
            return type.Size() == 8 ? &Lanes64.Shift<Shl64> : type.Size() == 4 ? &Lanes32.Binary<Shl32> : &Lanes32.Binary<Unsigned16Binary<Shl32>>;
        if (type.IsSigned())
            return type.Size() == 8 ? &Lanes64.Shift<ShrS64> : type.Size() == 4 ? &Lanes32.Binary<ShrS32> : &Lanes32.Binary<Signed16Shift<ShrS32>>;
        return type.Size() == 8 ? &Lanes64.Shift<ShrU64> : type.Size() == 4 ? &Lanes32.Binary<ShrU32> : &Lanes32.Binary<Unsigned16Binary<ShrU32>>;
    }

    private bool DecodeCarry(PtxInstruction instruction)
    {
        var op = Arithmetic(instruction, LaneBytes(instruction.Type));
        bool subtract = instruction.Opcode.StartsWith("sub", StringComparison.Ordinal);
        op.N = (subtract ? 1 : 0) | (instruction.Opcode.EndsWith('c') ? 2 : 0) | (instruction.Has("cc") ? 4 : 0);
        Emit(instruction, op, instruction.Type.Size() == 8 ? &BitHandlers.Carry64 : &BitHandlers.Carry32);
        return true;
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
