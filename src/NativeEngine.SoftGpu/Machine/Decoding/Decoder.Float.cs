namespace NativeEngine.SoftGpu;

/// <content>Floating-point arithmetic.</content>
internal sealed unsafe partial class Decoder
{
    /// <summary>An operation with the sources and destination of an arithmetic instruction, all lanes of <paramref name="bytes"/> bytes.</summary>
    private Op Arithmetic(PtxInstruction instruction, int bytes)
    {
        var op = NewOp();
        var operands = instruction.Operands;
        op.D = SlotOf(operands[0], bytes);
        op.A = SlotOf(operands[1], bytes);
        // Absent sources point at a valid slot: vector loops may read what they do not use.
        op.B = operands.Count > 2 ? SlotOf(operands[2], bytes) : op.A;
        op.C = operands.Count > 3 ? SlotOf(operands[3], bytes) : op.A;
        return op;
    }

    private bool DecodeFloat(PtxInstruction instruction)
    {
        if (instruction.Class == InstructionClass.Float16)
            return DecodeHalf(instruction);
        int bytes = instruction.Type.Size();
        var op = Arithmetic(instruction, bytes);
        bool ftz = instruction.Has("ftz"), sat = instruction.Has("sat");
        if (bytes == 4 && DirectedMode(instruction) is { } mode)
        {
            if (Directed(instruction.Opcode) is not { } operation)
                return false;
            op.N = DirectedFloat.Pack(operation, mode, ftz, sat);
            Emit(instruction, op, &DirectedFloat.Run);
            return true;
        }
        var handler = bytes == 8 ? Float64Handler(instruction.Opcode) : Float32Handler(instruction, ftz, sat);
        if (handler == null)
            return false;
        Emit(instruction, op, handler);
        Perturb(instruction, op.D);
        return true;
    }

    private static RoundingMode? DirectedMode(PtxInstruction instruction) =>
        instruction.OneOf("rz", "rm", "rp") is { } modifier ? Rounding.Parse(modifier) : null;

    private static DirectedOperation? Directed(string opcode) => opcode switch
    {
        "add" => DirectedOperation.Add,
        "sub" => DirectedOperation.Subtract,
        "mul" => DirectedOperation.Multiply,
        "fma" or "mad" => DirectedOperation.Fma,
        "div" => DirectedOperation.Divide,
        "rcp" => DirectedOperation.Reciprocal,
        "sqrt" => DirectedOperation.SquareRoot,
        _ => null,
    };

    private static Handler Float32Handler(PtxInstruction instruction, bool ftz, bool sat)
    {
        switch (instruction.Opcode)
        {
            case "add": return Binary32<AddF32>(ftz, sat);
            case "sub": return Binary32<SubF32>(ftz, sat);
            case "mul": return Binary32<MulF32>(ftz, sat);
            case "div": return Binary32<DivF32>(ftz, sat);
            case "min": return instruction.Has("NaN") ? Binary32<MinNaNF32>(ftz, sat) : Binary32<MinF32>(ftz, sat);
            case "max": return instruction.Has("NaN") ? Binary32<MaxNaNF32>(ftz, sat) : Binary32<MaxF32>(ftz, sat);
            // The second operand gives the magnitude, the first the sign.
            case "copysign": return &Lanes32.Binary<CopySignF32>;
            case "fma" or "mad":
                return ftz
                    ? sat ? &Lanes32.Ternary<SatTernary<FtzTernary<FmaF32>>> : &Lanes32.Ternary<FtzTernary<FmaF32>>
                    : sat ? &Lanes32.Ternary<SatTernary<FmaF32>> : &Lanes32.Ternary<FmaF32>;
            case "abs": return Unary32<AbsF32>(ftz);
            case "neg": return Unary32<NegF32>(ftz);
            case "rcp": return Unary32<RcpF32>(ftz);
            case "sqrt": return Unary32<SqrtF32>(ftz);
            case "rsqrt": return Unary32<Approximate<RsqrtInDouble>>(ftz);
            case "sin": return Unary32<Approximate<SinInDouble>>(ftz);
            case "cos": return Unary32<Approximate<CosInDouble>>(ftz);
            case "lg2": return Unary32<Approximate<Log2InDouble>>(ftz);
            case "ex2": return Unary32<Approximate<Exp2InDouble>>(ftz);
            case "tanh": return Unary32<Approximate<TanhInDouble>>(ftz);
            default: return null;
        }
    }

    private static Handler Unary32<T>(bool ftz) where T : struct, IUnary32 => ftz ? &Lanes32.Unary<FtzUnary<T>> : &Lanes32.Unary<T>;

    private static Handler Binary32<T>(bool ftz, bool sat) where T : struct, IBinary32 => ftz
        ? sat ? &Lanes32.Binary<SatBinary<FtzBinary<T>>> : &Lanes32.Binary<FtzBinary<T>>
        : sat ? &Lanes32.Binary<SatBinary<T>> : &Lanes32.Binary<T>;

    private static Handler Float64Handler(string opcode)
    {
        switch (opcode)
        {
            case "add": return &Lanes64.Binary<AddF64>;
            case "sub": return &Lanes64.Binary<SubF64>;
            case "mul": return &Lanes64.Binary<MulF64>;
            case "div": return &Lanes64.Binary<DivF64>;
            case "min": return &Lanes64.Binary<MinF64>;
            case "max": return &Lanes64.Binary<MaxF64>;
            case "copysign": return &Lanes64.Binary<CopySignF64>;
            case "fma" or "mad": return &Lanes64.Ternary<FmaF64>;
            case "abs": return &Lanes64.Unary<AbsF64>;
            case "neg": return &Lanes64.Unary<NegF64>;
            case "rcp": return &Lanes64.Unary<RcpF64>;
            case "sqrt": return &Lanes64.Unary<SqrtF64>;
            default: return null;
        }
    }

    private bool DecodeHalf(PtxInstruction instruction)
    {
        HalfKind? kind = instruction.Opcode switch
        {
            "add" => HalfKind.Add,
            "sub" => HalfKind.Subtract,
            "mul" => HalfKind.Multiply,
            "fma" => HalfKind.Fma,
            "min" => HalfKind.Min,
            "max" => HalfKind.Max,
            "abs" => HalfKind.Abs,
            "neg" => HalfKind.Negate,
            _ => null,
        };
        if (kind is not { } found)
            return false;
        var op = Arithmetic(instruction, 4);
        bool packed = instruction.Type is PtxType.F16x2 or PtxType.BF16x2;
        bool bfloat = instruction.Type is PtxType.BF16 or PtxType.BF16x2;
        op.N = HalfMath.Pack(found, new HalfMode(instruction.Has("ftz"), instruction.Has("sat"), bfloat), packed);
        Emit(instruction, op, &HalfMath.Run);
        return true;
    }

    /// <summary>Adds an error of the documented size behind an approximate result, when the launch wants that.</summary>
    private void Perturb(PtxInstruction instruction, int slot)
    {
        if (instruction.Class != InstructionClass.Special || !_observers.HasFlag(ObserverSet.PerturbApproximations))
            return;
        var op = NewOp();
        op.D = slot;
        op.N = (int)Perturbation.KindOf(instruction);
        Emit(instruction, op, &Perturbation.Run);
    }
}
