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
        if (instruction.Type is PtxType.F16 or PtxType.F16x2 or PtxType.BF16 or PtxType.BF16x2)
            return DecodeHalf(instruction);
        int bytes = instruction.Type.Size();
        var op = Arithmetic(instruction, bytes);
        bool ftz = instruction.Has("ftz"), sat = instruction.Has("sat");
        if (DirectedMode(instruction) is { } mode)
        {
            if (Directed(instruction.Opcode) is not { } operation)
                return false;
            op.N = DirectedFloat.Pack(operation, mode, ftz, sat);
            Emit(instruction, op, bytes == 8 ? &DirectedDouble.Run : &DirectedFloat.Run);
            return true;
        }
        if (instruction.Opcode is "min" or "max" && (instruction.Has("abs") || instruction.Operands.Count > 3))
        {
            EmitExtreme(instruction, op, ftz);
            return true;
        }
        if (bytes == 8 && instruction.Class == InstructionClass.Special)
        {
            Handler approximate = instruction.Opcode == "rcp" ? &LaneScalars.Run<GrossReciprocal, ulong, ulong, ulong, ulong>
                : ftz ? &LaneScalars.Run<GrossReciprocalRoot, ulong, ulong, ulong, ulong> : &LaneScalars.Run<ReciprocalRoot, double, double, double, double>;
            Emit(instruction, op, approximate);
            return true;
        }
        var handler = bytes == 8 ? FloatHandler<double>(instruction, ftz, sat) : FloatHandler<float>(instruction, ftz, sat);
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

    /// <summary>The loop of an instruction on float or double lanes. The functions that exist for f32 alone are refused for f64 by the parser.</summary>
    private static Handler FloatHandler<T>(PtxInstruction instruction, bool ftz, bool sat) where T : unmanaged
    {
        switch (instruction.Opcode)
        {
            case "add": return FloatBinary<Add, T>(ftz, sat);
            case "sub": return FloatBinary<Subtract, T>(ftz, sat);
            case "mul": return FloatBinary<Multiply, T>(ftz, sat);
            case "div": return FloatBinary<Divide, T>(ftz, sat);
            case "min": return instruction.Has("NaN") ? FloatBinary<Minimum, T>(ftz, sat) : FloatBinary<MinimumNumber, T>(ftz, sat);
            case "max": return instruction.Has("NaN") ? FloatBinary<Maximum, T>(ftz, sat) : FloatBinary<MaximumNumber, T>(ftz, sat);
            // The second operand gives the magnitude, the first the sign.
            case "copysign": return &LaneLoops.Binary<CopySign, T>;
            case "fma" or "mad": return FloatTernary<FusedMultiplyAdd, T>(ftz, sat);
            case "abs": return SignUnary<Absolute, T>(ftz);
            case "neg": return SignUnary<Negate, T>(ftz);
            case "rcp": return FloatUnary<Reciprocal, T>(ftz);
            case "sqrt": return FloatUnary<SquareRoot, T>(ftz);
            case "rsqrt": return FloatUnary<Approximate<RsqrtInDouble>, T>(ftz);
            case "sin": return FloatUnary<Approximate<SinInDouble>, T>(ftz);
            case "cos": return FloatUnary<Approximate<CosInDouble>, T>(ftz);
            case "lg2": return FloatUnary<Approximate<Log2InDouble>, T>(ftz);
            case "ex2": return FloatUnary<Approximate<Exp2InDouble>, T>(ftz);
            case "tanh": return FloatUnary<Approximate<TanhInDouble>, T>(ftz);
            default: return null;
        }
    }

    private static Handler FloatUnary<TOperator, T>(bool ftz) where TOperator : struct, IUnary where T : unmanaged =>
        SignUnary<WrappedUnary<Move, TOperator, Canonical>, T>(ftz);

    /// <summary>Operators that keep NaN as it is.</summary>
    private static Handler SignUnary<TOperator, T>(bool ftz) where TOperator : struct, IUnary where T : unmanaged =>
        ftz ? &LaneLoops.Unary<WrappedUnary<Flush, TOperator, Flush>, T> : &LaneLoops.Unary<TOperator, T>;

    private static Handler FloatBinary<TOperator, T>(bool ftz, bool sat) where TOperator : struct, IBinary where T : unmanaged => (ftz, sat) switch
    {
        (false, false) => &LaneLoops.Binary<WrappedBinary<Move, TOperator, Canonical>, T>,
        (false, true) => &LaneLoops.Binary<WrappedBinary<Move, TOperator, Saturate>, T>,
        (true, false) => &LaneLoops.Binary<WrappedBinary<Flush, TOperator, WrappedUnary<Move, Canonical, Flush>>, T>,
        (true, true) => &LaneLoops.Binary<WrappedBinary<Flush, TOperator, WrappedUnary<Move, Flush, Saturate>>, T>,
    };

    private static Handler FloatTernary<TOperator, T>(bool ftz, bool sat) where TOperator : struct, ITernary where T : unmanaged => (ftz, sat) switch
    {
        (false, false) => &LaneLoops.Ternary<WrappedTernary<Move, TOperator, Canonical>, T>,
        (false, true) => &LaneLoops.Ternary<WrappedTernary<Move, TOperator, Saturate>, T>,
        (true, false) => &LaneLoops.Ternary<WrappedTernary<Flush, TOperator, WrappedUnary<Move, Canonical, Flush>>, T>,
        (true, true) => &LaneLoops.Ternary<WrappedTernary<Flush, TOperator, WrappedUnary<Move, Flush, Saturate>>, T>,
    };

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
            "ex2" => HalfKind.Exp2,
            "tanh" => HalfKind.Tanh,
            _ => null,
        };
        if (kind is not { } found)
            return false;
        var op = Arithmetic(instruction, 4);
        op.N = (int)found | (int)HalfMath.ModeOf(instruction);
        Emit(instruction, op, &HalfMath.Run);
        return true;
    }

    /// <summary>Minimum and maximum of float magnitudes, or of three floats: <c>.xorsign.abs</c> keeps the product of the signs.</summary>
    private void EmitExtreme(PtxInstruction instruction, Op op, bool ftz)
    {
        bool maximum = instruction.Opcode == "max", nan = instruction.Has("NaN"), abs = instruction.Has("abs");
        Handler run = (maximum, nan) switch
        {
            (false, false) => Extreme<MinimumNumber>(ftz, abs),
            (false, true) => Extreme<Minimum>(ftz, abs),
            (true, false) => Extreme<MaximumNumber>(ftz, abs),
            (true, true) => Extreme<Maximum>(ftz, abs),
        };
        if (!instruction.Has("xorsign"))
        {
            // The third source of a two-source form is the second again: it changes nothing.
            if (instruction.Operands.Count == 3)
                op.C = op.B;
            Emit(instruction, op, run);
            return;
        }
        var magnitude = op;
        magnitude.C = op.B;
        magnitude.D = _scratchValueSlot;
        Emit(instruction, magnitude, run);
        op.C = _scratchValueSlot;
        Emit(instruction, op, &LaneLoops.Ternary<ProductOfSigns, float>);
    }

    private static Handler Extreme<T>(bool ftz, bool abs) where T : struct, IBinary => (ftz, abs) switch
    {
        (false, false) => &LaneLoops.Ternary<WrappedTernary<Move, Fold<T>, Canonical>, float>,
        (false, true) => &LaneLoops.Ternary<WrappedTernary<Absolute, Fold<T>, Canonical>, float>,
        (true, false) => &LaneLoops.Ternary<WrappedTernary<Flush, Fold<T>, WrappedUnary<Move, Canonical, Flush>>, float>,
        (true, true) => &LaneLoops.Ternary<WrappedTernary<WrappedUnary<Flush, Absolute, Move>, Fold<T>, WrappedUnary<Move, Canonical, Flush>>, float>,
    };

    /// <summary>Adds an error of the documented size behind an approximate result, when the launch wants that.</summary>
    private void Perturb(PtxInstruction instruction, int slot)
    {
        if (instruction.Class != InstructionClass.Special || instruction.Type != PtxType.F32 || !_observers.HasFlag(ObserverSet.PerturbApproximations))
            return;
        var op = NewOp();
        op.D = slot;
        op.N = (int)Perturbation.KindOf(instruction);
        Emit(instruction, op, &Perturbation.Run);
    }
}
