using System.Globalization;

namespace NativeEngine.SoftGpu;

/// <content>Moves, address conversions, and type conversions.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeMove(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        if (instruction.Opcode == "cvta")
        {
            DecodeCvta(instruction);
            return true;
        }
        if (instruction.Opcode == "createpolicy")
        {
            // Policies are opaque, and caches have no influence on results.
            var policy = NewOp();
            policy.D = SlotOf(operands[0], 8);
            policy.A = policy.B = policy.C = ConstantSlotOf(0, 8);
            Emit(instruction, policy, &LaneLoops.Unary<Move, ulong>);
            return true;
        }
        if (operands[1] is VectorOperand packed)
        {
            DecodePack(instruction, packed);
            return true;
        }
        if (operands[0] is VectorOperand unpacked)
        {
            DecodeUnpack(instruction, unpacked);
            return true;
        }
        var op = NewOp();
        int bytes = instruction.Type == PtxType.Pred ? 0 : LaneBytes(instruction.Type);
        op.D = SlotOf(operands[0], bytes);
        if (operands[1] is SymbolOperand symbol && IsFrameRelative(symbol))
        {
            int address = EmitFrameAddress(instruction, symbol);
            if (bytes == 4)
                EmitBridge(instruction, address, op.D, &LaneWidths.Truncate, 0);
            else
                EmitBridge(instruction, address, op.D, &LaneLoops.Unary<Move, ulong>, 0);
            return true;
        }
        op.A = op.B = op.C = SlotOf(operands[1], bytes);
        Emit(instruction, op, bytes == 0 ? &ControlHandlers.PredicateMove : bytes == 8 ? &LaneLoops.Unary<Move, ulong> : &LaneLoops.Unary<Move, uint>);
        return true;
    }

    private void DecodePack(PtxInstruction instruction, VectorOperand vector)
    {
        var op = NewOp();
        op.D = SlotOf(instruction.Operands[0], instruction.Type.Size());
        int size = instruction.Type.Size() / vector.Elements.Length;
        op.A = SlotOf(vector.Elements[0], 4);
        op.B = SlotOf(vector.Elements[1], 4);
        if (vector.Elements.Length == 4)
        {
            op.C = SlotOf(vector.Elements[2], 4);
            op.Immediate = SlotOf(vector.Elements[3], 4);
            Emit(instruction, op, &ControlHandlers.Pack64From16);
            return;
        }
        Emit(instruction, op, size == 4 ? &ControlHandlers.Pack64 : &ControlHandlers.Pack32);
    }

    private void DecodeUnpack(PtxInstruction instruction, VectorOperand vector)
    {
        var op = NewOp();
        op.A = SlotOf(instruction.Operands[1], instruction.Type.Size());
        op.D = SlotOf(vector.Elements[0], 4);
        op.D1 = SlotOf(vector.Elements[1], 4);
        if (vector.Elements.Length == 4)
        {
            op.D2 = SlotOf(vector.Elements[2], 4);
            op.D3 = SlotOf(vector.Elements[3], 4);
            Emit(instruction, op, &ControlHandlers.Unpack64To16);
            return;
        }
        Emit(instruction, op, instruction.Type == PtxType.B64 ? &ControlHandlers.Unpack64 : &ControlHandlers.Unpack32);
    }

    /// <summary>To or from generic addresses: adding or subtracting the base of the space's window.</summary>
    private void DecodeCvta(PtxInstruction instruction)
    {
        var op = NewOp();
        op.D = SlotOf(instruction.Operands[0], 8);
        op.A = instruction.Operands[1] is SymbolOperand symbol && IsFrameRelative(symbol) ? EmitFrameAddress(instruction, symbol)
            : SlotOf(instruction.Operands[1], 8);
        ulong window = Windows.BaseOf(PtxParser.SpaceOf(instruction.Modifiers));
        if (window == 0)
        {
            Emit(instruction, op, &LaneLoops.Unary<Move, ulong>);
            return;
        }
        op.B = ConstantSlotOf(window, 8);
        Emit(instruction, op, instruction.Has("to") ? &LaneLoops.Binary<Subtract, ulong> : &LaneLoops.Binary<Add, ulong>);
    }

    /// <summary>Puts the address of a variable of a function's frame into the scratch slot.</summary>
    private int EmitFrameAddress(PtxInstruction instruction, SymbolOperand symbol)
    {
        var op = NewOp();
        op.D = _scratchSlot;
        op.A = _frameSlot;
        op.B = ConstantSlotOf(AddressOf(symbol), 8);
        Emit(instruction, op, &LaneLoops.Binary<Add, ulong>);
        return _scratchSlot;
    }

    private bool DecodeConvert(PtxInstruction instruction)
    {
        var (to, from) = (instruction.Type, instruction.SecondType);
        var mode = Rounding.Parse(instruction.OneOf("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi"));
        var op = NewOp();
        op.D = SlotOf(instruction.Operands[0], LaneBytes(to));
        op.A = op.B = op.C = SlotOf(instruction.Operands[1], LaneBytes(from));
        if (instruction.Has("pack"))
        {
            DecodeIntegerPack(instruction, op);
            return true;
        }
        int toBytes = RegisterBytes(instruction.Operands[0], to), fromBytes = RegisterBytes(instruction.Operands[1], from);
        bool saturate = instruction.Has("sat");
        var flags = (instruction.Has("ftz") ? ConversionFlags.Ftz : 0)
            | (saturate ? ConversionFlags.Saturate : 0)
            | (instruction.OneOf("rni", "rzi", "rmi", "rpi") is not null ? ConversionFlags.Integral : 0)
            | (instruction.Has("relu") ? ConversionFlags.Relu : 0)
            | (instruction.Has("satfinite") ? ConversionFlags.Finite : 0);
        op.Immediate = new ConversionSpec(to, from, toBytes, fromBytes, mode, flags).Pack();
        if (to is PtxType.F16x2 or PtxType.BF16x2 or PtxType.E4M3x2 or PtxType.E5M2x2)
        {
            if (instruction.Operands.Count > 2)
                op.B = SlotOf(instruction.Operands[2], 4);
            Emit(instruction, op, instruction.Operands.Count > 2 ? &Conversion.RunPacked : &Conversion.RunPairs);
            return true;
        }
        if ((flags & ~ConversionFlags.Integral) == 0 && VectorConversion(to, from, mode, flags.HasFlag(ConversionFlags.Integral)) is var handler
                && handler != null
            && toBytes <= 4 && fromBytes <= 4)
        {
            Emit(instruction, op, handler);
            return true;
        }
        if (!saturate && to.IsInteger() && from.IsInteger())
        {
            EmitIntegerConversion(instruction, op, to, from, toBytes, fromBytes);
            return true;
        }
        Emit(instruction, op, &Conversion.Run);
        return true;
    }

    private void DecodeIntegerPack(PtxInstruction instruction, Op op)
    {
        // The modifiers are pack, sat, the type, s32.
        string type = instruction.Modifiers[2];
        op.N = int.Parse(type[1..], CultureInfo.InvariantCulture) * (type[0] == 's' ? -1 : 1);
        op.B = SlotOf(instruction.Operands[2], 4);
        op.C = instruction.Operands.Count > 3 ? SlotOf(instruction.Operands[3], 4) : -1;
        Emit(instruction, op, &Conversion.RunIntegerPack);
    }

    /// <summary>Bytes of the register an operand names (2, 4 or 8); constants have those of the type.</summary>
    private static int RegisterBytes(PtxOperand operand, PtxType type) => operand is RegisterOperand register ? register.Register.Type.Size()
        : Math.Max(2, type.Size());

    private static Handler VectorConversion(PtxType to, PtxType from, RoundingMode mode, bool integral)
    {
        switch (to, from)
        {
            case (PtxType.F32, PtxType.S32) when mode == RoundingMode.Nearest:
                return &LaneLoops.Convert<S32ToF32, int, float>;
            case (PtxType.F32, PtxType.U32) when mode == RoundingMode.Nearest:
                return &LaneLoops.Convert<U32ToF32, uint, float>;
            case (PtxType.F32, PtxType.F16):
                return &LaneLoops.Convert<F16ToF32, uint, float>;
            case (PtxType.F16, PtxType.F32) when mode == RoundingMode.Nearest:
                return &LaneLoops.Convert<F32ToF16, float, uint>;
            case (PtxType.S32, PtxType.F32):
                return mode switch
                {
                    RoundingMode.Zero => &LaneLoops.Convert<F32ToS32<RoundZero>, float, int>,
                    RoundingMode.Down => &LaneLoops.Convert<F32ToS32<RoundDown>, float, int>,
                    RoundingMode.Up => &LaneLoops.Convert<F32ToS32<RoundUp>, float, int>,
                    _ => &LaneLoops.Convert<F32ToS32<RoundNearest>, float, int>,
                };
            case (PtxType.F32, PtxType.F32) when integral:
                return mode switch
                {
                    RoundingMode.Zero => &LaneLoops.Convert<RoundF32<RoundZero>, float, float>,
                    RoundingMode.Down => &LaneLoops.Convert<RoundF32<RoundDown>, float, float>,
                    RoundingMode.Up => &LaneLoops.Convert<RoundF32<RoundUp>, float, float>,
                    _ => &LaneLoops.Convert<RoundF32<RoundNearest>, float, float>,
                };
            default:
                return null;
        }
    }

    /// <summary>
    /// Between integers: cut the source to its type, cut to the destination's type, extend to the destination's register. Steps that change nothing
    /// are left out; intermediate values go through a scratch slot.
    /// </summary>
    private void EmitIntegerConversion(PtxInstruction instruction, Op op, PtxType to, PtxType from, int toBytes, int fromBytes)
    {
        var steps = new List<(nint Run, int N)>();
        void Step(Handler run, int n = 0) => steps.Add(((nint)run, n));
        bool wide = fromBytes == 8;
        if (from.Size() < 8 && wide)
        {
            Step(&LaneWidths.Truncate);
            wide = false;
        }
        if (from.Size() < 4)
            Step(CutHandler(from));
        if (to.Size() == 8 && !wide)
        {
            Step(&LaneWidths.Extend, from.IsSigned() ? 1 : 0);
            wide = true;
        }
        if (to.Size() < 8 && wide)
        {
            Step(&LaneWidths.Truncate);
            wide = false;
        }
        if (to.Size() < 4)
            Step(CutHandler(to));
        if (to.Size() < 8 && toBytes == 8)
        {
            Step(&LaneWidths.Extend, to.IsSigned() ? 1 : 0);
            wide = true;
        }
        else if (toBytes == 2 && to.IsSigned())
        {
            Step(&LaneLoops.Unary<Cut16, uint>);
        }
        if (steps.Count == 0)
            Step(wide ? &LaneLoops.Unary<Move, ulong> : &LaneLoops.Unary<Move, uint>);
        for (int i = 0; i < steps.Count; i++)
        {
            var part = op;
            part.A = part.B = part.C = i == 0 ? op.A : ScratchStep(i - 1);
            part.D = i == steps.Count - 1 ? op.D : ScratchStep(i);
            part.N = steps[i].N;
            Emit(instruction, part, (Handler)steps[i].Run);
        }
    }

    private int ScratchStep(int step) => _scratchValueSlot + step % 4 * Lanes.Bytes64;

    private static Handler CutHandler(PtxType type) => type switch
    {
        PtxType.U8 or PtxType.B8 => &LaneLoops.Unary<CutTo8, uint>,
        PtxType.S8 => &LaneLoops.Unary<Extend8, int>,
        PtxType.S16 => &LaneLoops.Unary<Extend16, int>,
        _ => &LaneLoops.Unary<Cut16, uint>,
    };
}
