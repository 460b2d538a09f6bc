namespace NativeEngine.SoftGpu;

/// <content>Comparisons and selections.</content>
internal sealed unsafe partial class Decoder
{
    private static readonly string[] Comparisons =
        ["eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];

    private bool DecodeCompare(PtxInstruction instruction)
    {
        switch (instruction.Opcode)
        {
            case "setp":
                DecodeSetp(instruction);
                return true;
            case "set":
                DecodeSet(instruction);
                return true;
            case "selp":
                var select = Arithmetic(instruction, LaneBytes(instruction.Type));
                select.C = SlotOf(instruction.Operands[3], 0);
                Emit(instruction, select, instruction.Type.Size() == 8 ? &LaneLoops.Select<ulong> : &LaneLoops.Select<uint>);
                return true;
            case "slct":
                DecodeSlct(instruction);
                return true;
            case "testp":
                var test = NewOp();
                test.D = SlotOf(instruction.Operands[0], 0);
                test.A = test.B = SlotOf(instruction.Operands[1], instruction.Type.Size());
                test.N = Array.IndexOf(["finite", "infinite", "number", "notanumber", "normal", "subnormal"], instruction.Modifiers[0]);
                Emit(instruction, test, instruction.Type == PtxType.F64 ? &LaneScalars.Test<TestFloat<double>, double,
                    double> : &LaneScalars.Test<TestFloat<float>, float, float>);
                return true;
            case "isspacep":
                var space = NewOp();
                space.D = SlotOf(instruction.Operands[0], 0);
                space.A = SlotOf(instruction.Operands[1], 8);
                space.N = (int)PtxParser.SpaceOf(instruction.Modifiers);
                Emit(instruction, space, &ControlHandlers.IsSpace);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Emits a comparison of two sources into a predicate slot.</summary>
    private void EmitComparison(PtxInstruction instruction, int slot, PtxType type, PtxOperand a, PtxOperand b, bool high = false)
    {
        var op = NewOp();
        op.D = slot;
        op.A = SlotOf(a, LaneBytes(type));
        op.B = SlotOf(b, LaneBytes(type));
        string comparison = instruction.OneOf(Comparisons)!;
        if (type.Size() == 2 && type.IsFloat() || type is PtxType.F16x2 or PtxType.BF16x2)
        {
            op.A = WidenHalf(instruction, type, op.A, _scratchValueSlot, high);
            op.B = WidenHalf(instruction, type, op.B, _scratchValueSlot + Lanes.Bytes32, high);
            Emit(instruction, op, FloatComparison<float>(comparison, false));
            return;
        }
        Emit(instruction, op, type switch
        {
            PtxType.F32 => FloatComparison<float>(comparison, instruction.Has("ftz")),
            PtxType.F64 => FloatComparison<double>(comparison, false),
            _ => IntegerComparison(comparison, type),
        });
    }

    /// <summary>The low or high 16 bits as a float.</summary>
    private int WidenHalf(PtxInstruction instruction, PtxType type, int source, int target, bool high)
    {
        var op = NewOp();
        op.A = op.B = op.C = source;
        op.D = target;
        if (type.IsBFloat())
        {
            // The bits of a bfloat16 are the upper ones of the float.
            op.B = ConstantSlotOf(high ? 0xFFFF_0000 : 16u, 4);
            Emit(instruction, op, high ? &LaneLoops.Binary<And, uint> : &LaneLoops.Binary<ShiftLeft, uint>);
            return target;
        }
        if (high)
        {
            op.B = ConstantSlotOf(16, 4);
            Emit(instruction, op, &LaneLoops.Binary<ShiftRight, uint>);
            op.A = op.B = target;
        }
        Emit(instruction, op, instruction.Has("ftz") ? &LaneLoops.Convert<F16ToF32Flushed, uint, float> : &LaneLoops.Convert<F16ToF32, uint, float>);
        return target;
    }

    private void DecodeSetp(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        string? boolean = instruction.OneOf("and", "or", "xor");
        if (boolean is null && operands[0] is RegisterOperand && !instruction.Type.IsPair())
        {
            EmitComparison(instruction, SlotOf(operands[0], 0), instruction.Type, operands[1], operands[2]);
            return;
        }
        EmitComparison(instruction, _scratchPredicate, instruction.Type, operands[1], operands[2]);
        var combine = Combination(instruction);
        combine.D = SlotOf(operands[0], 0);
        int second = operands[0] is PairOperand pair ? _registerSlots[pair.Second.Index] : -1;
        // A pair of halves is compared half by half, other sources have the complement as second result.
        combine.D1 = instruction.Type.IsPair() ? -1 : second;
        if (combine.D >= 0 || combine.D1 >= 0)
            Emit(instruction, combine, &ControlHandlers.CombinePredicates);
        if (!instruction.Type.IsPair() || second < 0)
            return;
        EmitComparison(instruction, _scratchPredicate, instruction.Type, operands[1], operands[2], high: true);
        combine.D = second;
        Emit(instruction, combine, &ControlHandlers.CombinePredicates);
    }

    /// <summary>Combines the comparison in the scratch predicate with the fourth operand, where there is one.</summary>
    private Op Combination(PtxInstruction instruction)
    {
        var combine = NewOp();
        combine.A = combine.D = _scratchPredicate;
        combine.B = combine.D1 = -1;
        combine.N = instruction.OneOf("and", "or", "xor") switch { "and" => 1, "or" => 2, "xor" => 3, _ => 0 };
        if (combine.N == 0)
            return combine;
        combine.B = SlotOf(instruction.Operands[3], 0);
        combine.Immediate = instruction.Operands[3] is RegisterOperand { Negated: true } ? Lanes.All : 0;
        return combine;
    }

    /// <summary>All ones or the number 1 where the comparison holds; pairs of halves half by half.</summary>
    private void DecodeSet(PtxInstruction instruction)
    {
        uint holds = instruction.Type switch
        {
            PtxType.F32 => 0x3F80_0000,
            PtxType.F16 or PtxType.F16x2 => 0x3C00,
            PtxType.BF16 or PtxType.BF16x2 => 0x3F80,
            _ when instruction.Type.Size() == 2 || instruction.SecondType.IsPair() => 0xFFFF,
            _ => 0xFFFF_FFFF,
        };
        int to = SlotOf(instruction.Operands[0], 4);
        if (!instruction.SecondType.IsPair())
        {
            EmitSet(instruction, to, holds, high: false);
            return;
        }
        int low = _scratchValueSlot + 4 * Lanes.Bytes64, up = _scratchValueSlot + 5 * Lanes.Bytes64;
        EmitSet(instruction, low, holds, high: false);
        EmitSet(instruction, up, holds << 16, high: true);
        var join = NewOp();
        (join.A, join.B, join.C, join.D) = (low, up, up, to);
        Emit(instruction, join, &LaneLoops.Binary<Or, uint>);
    }

    private void EmitSet(PtxInstruction instruction, int to, uint holds, bool high)
    {
        EmitComparison(instruction, _scratchPredicate, instruction.SecondType, instruction.Operands[1], instruction.Operands[2], high);
        if (Combination(instruction) is { N: > 0 } combine)
            Emit(instruction, combine, &ControlHandlers.CombinePredicates);
        var value = NewOp();
        value.A = _scratchPredicate;
        value.D = to;
        value.Immediate = holds;
        Emit(instruction, value, &ControlHandlers.PredicateToValue);
    }

    private void DecodeSlct(PtxInstruction instruction)
    {
        var op = Arithmetic(instruction, LaneBytes(instruction.Type));
        op.C = SlotOf(instruction.Operands[3], 4);
        bool wide = instruction.Type.Size() == 8;
        if (instruction.SecondType == PtxType.S32)
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSign<ulong>, ulong, ulong, ulong, int> : &LaneScalars.Run<SelectSign<uint>, uint, uint, uint,
                int>);
        else if (instruction.Has("ftz"))
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSignFloatFtz<ulong>, ulong, ulong, ulong, float> : &LaneScalars.Run<SelectSignFloatFtz<uint>,
                uint, uint, uint, float>);
        else
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSignFloat<ulong>, ulong, ulong, ulong, float> : &LaneScalars.Run<SelectSignFloat<uint>, uint,
                uint, uint, float>);
    }

    private static Handler IntegerComparison(string comparison, PtxType type) => comparison switch
    {
        "eq" => CompareIntegers<Equal>(type),
        "ne" => CompareIntegers<Not<Equal>>(type),
        "lt" or "lo" => CompareIntegers<Less>(type),
        "le" or "ls" => CompareIntegers<LessOrEqual>(type),
        "gt" or "hi" => CompareIntegers<Greater>(type),
        _ => CompareIntegers<GreaterOrEqual>(type),
    };

    private static Handler CompareIntegers<T>(PtxType type) where T : struct, IBinary => (type.Size(), type.IsSigned()) switch
    {
        (2, true) => &LaneLoops.Compare<WrappedBinary<Extend16, T, Move>, int>,
        (2 or 4, false) => &LaneLoops.Compare<T, uint>,
        (4, true) => &LaneLoops.Compare<T, int>,
        (8, true) => &LaneLoops.Compare<T, long>,
        _ => &LaneLoops.Compare<T, ulong>,
    };

    /// <summary>The ordered comparisons are false when a source is NaN, the unordered ones (<c>..u</c>) true: opposites of the ordered complements.</summary>
    private static Handler FloatComparison<T>(string comparison, bool ftz) where T : unmanaged => comparison switch
    {
        "eq" => CompareFloats<Equal, T>(ftz),
        "ne" => CompareFloats<Different, T>(ftz),
        "lt" => CompareFloats<Less, T>(ftz),
        "le" => CompareFloats<LessOrEqual, T>(ftz),
        "gt" => CompareFloats<Greater, T>(ftz),
        "ge" => CompareFloats<GreaterOrEqual, T>(ftz),
        "equ" => CompareFloats<Not<Different>, T>(ftz),
        "neu" => CompareFloats<Not<Equal>, T>(ftz),
        "ltu" => CompareFloats<Not<GreaterOrEqual>, T>(ftz),
        "leu" => CompareFloats<Not<Greater>, T>(ftz),
        "gtu" => CompareFloats<Not<LessOrEqual>, T>(ftz),
        "geu" => CompareFloats<Not<Less>, T>(ftz),
        "num" => CompareFloats<BothNumbers, T>(ftz),
        _ => CompareFloats<Not<BothNumbers>, T>(ftz),
    };

    private static Handler CompareFloats<TComparison, T>(bool ftz) where TComparison : struct, IBinary where T : unmanaged =>
        ftz ? &LaneLoops.Compare<WrappedBinary<Flush, TComparison, Move>, T> : &LaneLoops.Compare<TComparison, T>;
}
