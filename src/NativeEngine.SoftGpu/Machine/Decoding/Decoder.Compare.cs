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
                Emit(instruction, select, instruction.Type.Size() == 8 ? &Lanes64.Select : &Lanes32.Select);
                return true;
            case "slct":
                DecodeSlct(instruction);
                return true;
            case "testp":
                var test = NewOp();
                test.D = SlotOf(instruction.Operands[0], 0);
                test.A = test.B = SlotOf(instruction.Operands[1], instruction.Type.Size());
                test.N = Array.IndexOf(["finite", "infinite", "number", "notanumber", "normal", "subnormal"], instruction.Modifiers[0]);
                Emit(instruction, test, instruction.Type == PtxType.F64 ? &LaneScalars.Test<TestFloat64, double, double> : &LaneScalars.Test<TestFloat32, float, float>);
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
    private void EmitComparison(PtxInstruction instruction, int slot, PtxType type, PtxOperand a, PtxOperand b)
    {
        var op = NewOp();
        op.D = slot;
        op.A = SlotOf(a, LaneBytes(type));
        op.B = SlotOf(b, LaneBytes(type));
        string comparison = instruction.OneOf(Comparisons)!;
        if (type == PtxType.F16)
        {
            op.A = WidenHalf(instruction, op.A, _scratchValueSlot);
            op.B = WidenHalf(instruction, op.B, _scratchValueSlot + Lanes.Bytes32);
            Emit(instruction, op, Float32Comparison(comparison, false));
            return;
        }
        Emit(instruction, op, type switch
        {
            PtxType.F32 => Float32Comparison(comparison, instruction.Has("ftz")),
            PtxType.F64 => Float64Comparison(comparison),
            _ => IntegerComparison(comparison, type),
        });
    }

    private int WidenHalf(PtxInstruction instruction, int source, int target)
    {
        var op = NewOp();
        op.A = op.B = op.C = source;
        op.D = target;
        Emit(instruction, op, instruction.Has("ftz") ? &Lanes32.Unary<F16ToF32Flushed> : &Lanes32.Unary<F16ToF32>);
        return target;
    }

    private void DecodeSetp(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        string? boolean = instruction.OneOf("and", "or", "xor");
        if (boolean is null && operands[0] is RegisterOperand)
        {
            EmitComparison(instruction, SlotOf(operands[0], 0), instruction.Type, operands[1], operands[2]);
            return;
        }
        EmitComparison(instruction, _scratchPredicate, instruction.Type, operands[1], operands[2]);
        var combine = NewOp();
        combine.A = _scratchPredicate;
        combine.D = SlotOf(operands[0], 0);
        combine.D1 = operands[0] is PairOperand pair ? _registerSlots[pair.Second.Index] : -1;
        combine.N = boolean switch { "and" => 1, "or" => 2, "xor" => 3, _ => 0 };
        if (boolean is not null)
        {
            combine.B = SlotOf(operands[3], 0);
            combine.Immediate = operands[3] is RegisterOperand { Negated: true } ? Lanes.All : 0;
        }
        Emit(instruction, combine, &ControlHandlers.CombinePredicates);
    }

    private void DecodeSet(PtxInstruction instruction)
    {
        EmitComparison(instruction, _scratchPredicate, instruction.SecondType, instruction.Operands[1], instruction.Operands[2]);
        var value = NewOp();
        value.A = _scratchPredicate;
        value.D = SlotOf(instruction.Operands[0], 4);
        value.Immediate = instruction.Type == PtxType.F32 ? 0x3F80_0000 : 0xFFFF_FFFF;
        Emit(instruction, value, &ControlHandlers.PredicateToValue);
    }

    private void DecodeSlct(PtxInstruction instruction)
    {
        var op = Arithmetic(instruction, LaneBytes(instruction.Type));
        op.C = SlotOf(instruction.Operands[3], 4);
        bool wide = instruction.Type.Size() == 8;
        if (instruction.SecondType == PtxType.S32)
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSign<ulong>, ulong, ulong, ulong, int> : &LaneScalars.Run<SelectSign<uint>, uint, uint, uint, int>);
        else if (instruction.Has("ftz"))
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSignFloatFtz<ulong>, ulong, ulong, ulong, float> : &LaneScalars.Run<SelectSignFloatFtz<uint>, uint, uint, uint, float>);
        else
            Emit(instruction, op, wide ? &LaneScalars.Run<SelectSignFloat<ulong>, ulong, ulong, ulong, float> : &LaneScalars.Run<SelectSignFloat<uint>, uint, uint, uint, float>);
    }

    private static Handler IntegerComparison(string comparison, PtxType type) => comparison switch
    {
        "eq" => Compare<Eq32, Eq32, Eq64, Eq64>(type),
        "ne" => Compare<Ne32, Ne32, Ne64, Ne64>(type),
        "lt" or "lo" => Compare<LtU32, LtS32, LtU64, LtS64>(type),
        "le" or "ls" => Compare<LeU32, LeS32, LeU64, LeS64>(type),
        "gt" or "hi" => Compare<GtU32, GtS32, GtU64, GtS64>(type),
        _ => Compare<GeU32, GeS32, GeU64, GeS64>(type),
    };

    private static Handler Compare<TU32, TS32, TU64, TS64>(PtxType type)
        where TU32 : struct, IBinary32
        where TS32 : struct, IBinary32
        where TU64 : struct, IBinary64
        where TS64 : struct, IBinary64 => (type.Size(), type.IsSigned()) switch
        {
            (2, true) => &Lanes32.Compare<Signed16Compare<TS32>>,
            (2 or 4, false) => &Lanes32.Compare<TU32>,
            (4, true) => &Lanes32.Compare<TS32>,
            (8, true) => &Lanes64.Compare<TS64>,
            _ => &Lanes64.Compare<TU64>,
        };

    private static Handler Float32Comparison(string comparison, bool ftz) => comparison switch
    {
        "eq" => Compare32<EqF32>(ftz),
        "ne" => Compare32<NeF32>(ftz),
        "lt" => Compare32<LtF32>(ftz),
        "le" => Compare32<LeF32>(ftz),
        "gt" => Compare32<GtF32>(ftz),
        "ge" => Compare32<GeF32>(ftz),
        "equ" => Compare32<EquF32>(ftz),
        "neu" => Compare32<NeuF32>(ftz),
        "ltu" => Compare32<LtuF32>(ftz),
        "leu" => Compare32<LeuF32>(ftz),
        "gtu" => Compare32<GtuF32>(ftz),
        "geu" => Compare32<GeuF32>(ftz),
        "num" => Compare32<NumF32>(ftz),
        _ => Compare32<NanF32>(ftz),
    };

    private static Handler Compare32<T>(bool ftz) where T : struct, IBinary32 => ftz ? &Lanes32.Compare<FtzCompare<T>> : &Lanes32.Compare<T>;

    private static Handler Float64Comparison(string comparison) => comparison switch
    {
        "eq" => &Lanes64.Compare<EqF64>,
        "ne" => &Lanes64.Compare<NeF64>,
        "lt" => &Lanes64.Compare<LtF64>,
        "le" => &Lanes64.Compare<LeF64>,
        "gt" => &Lanes64.Compare<GtF64>,
        "ge" => &Lanes64.Compare<GeF64>,
        "equ" => &Lanes64.Compare<EquF64>,
        "neu" => &Lanes64.Compare<NeuF64>,
        "ltu" => &Lanes64.Compare<LtuF64>,
        "leu" => &Lanes64.Compare<LeuF64>,
        "gtu" => &Lanes64.Compare<GtuF64>,
        "geu" => &Lanes64.Compare<GeuF64>,
        "num" => &Lanes64.Compare<NumF64>,
        _ => &Lanes64.Compare<NanF64>,
    };
}
