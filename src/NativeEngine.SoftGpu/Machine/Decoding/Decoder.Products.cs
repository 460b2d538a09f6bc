using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Integer instructions on parts of words: short products, dot products, masks, pairs.</content>
internal sealed unsafe partial class Decoder
{
    /// <summary>A product into a scratch slot, then an addition of the third source.</summary>
    private void EmitMultiplyAdd(PtxInstruction instruction, Op op, Handler multiply, Handler add)
    {
        var product = op;
        product.D = _scratchValueSlot;
        Emit(instruction, product, multiply);
        (op.A, op.B) = (_scratchValueSlot, op.C);
        Emit(instruction, op, add);
    }

    private static Handler Multiply24Handler(PtxType type, bool high) => (type.IsSigned(), high) switch
    {
        (false, false) => &LaneScalars.Run<Multiply24<uint>, uint, uint, uint, uint>,
        (false, true) => &LaneScalars.Run<Multiply24High<uint>, uint, uint, uint, uint>,
        (true, false) => &LaneScalars.Run<Multiply24<int>, int, int, int, int>,
        (true, true) => &LaneScalars.Run<Multiply24High<int>, int, int, int, int>,
    };

    private static Handler PartHandler(PtxInstruction instruction, PtxType type)
    {
        bool high = instruction.Has("hi"), signed = type.IsSigned(), clamp = instruction.Has("clamp");
        switch (instruction.Opcode)
        {
            case "mul24": return Multiply24Handler(type, high);
            case "sad": return DifferenceHandler(type);
            case "dp4a":
                return (signed, instruction.SecondType.IsSigned()) switch
                {
                    (false, false) => Words<Dot4<byte, byte>>(),
                    (false, true) => Words<Dot4<byte, sbyte>>(),
                    (true, false) => Words<Dot4<sbyte, byte>>(),
                    (true, true) => Words<Dot4<sbyte, sbyte>>(),
                };
            case "dp2a":
                return (signed, instruction.SecondType.IsSigned()) switch
                {
                    (false, false) => Dot2Handler<ushort, byte>(high),
                    (false, true) => Dot2Handler<ushort, sbyte>(high),
                    (true, false) => Dot2Handler<short, byte>(high),
                    (true, true) => Dot2Handler<short, sbyte>(high),
                };
            case "bmsk": return clamp ? Words<BitMaskClamped>() : Words<BitMask>();
            case "szext" when signed: return clamp ? Words<SignExtendClamped>() : Words<SignExtend>();
            case "szext": return clamp ? Words<ZeroExtendClamped>() : Words<ZeroExtend>();
            case "fns": return Words<FindNthSet>();
            case "add" or "min" or "max" when type.IsPair() || instruction.Has("relu"): return PairHandler(instruction, type);
            default: return null;
        }
    }

    private static Handler Words<T>() where T : struct, IScalar<uint, uint, uint, uint> => &LaneScalars.Run<T, uint, uint, uint, uint>;

    private static Handler Dot2Handler<TA, TB>(bool high) where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB> =>
        high ? Words<Dot2High<TA, TB>>() : Words<Dot2<TA, TB>>();

    private static Handler DifferenceHandler(PtxType type) => type switch
    {
        PtxType.U16 => &LaneScalars.Run<AddDifference<ushort, uint>, uint, uint, uint, uint>,
        PtxType.S16 => &LaneScalars.Run<AddDifference<short, uint>, uint, uint, uint, uint>,
        PtxType.U32 => &LaneScalars.Run<AddDifference<uint, uint>, uint, uint, uint, uint>,
        PtxType.S32 => &LaneScalars.Run<AddDifference<int, uint>, uint, uint, uint, uint>,
        PtxType.U64 => &LaneScalars.Run<AddDifference<ulong, ulong>, ulong, ulong, ulong, ulong>,
        _ => &LaneScalars.Run<AddDifference<long, ulong>, ulong, ulong, ulong, ulong>,
    };

    /// <summary>Two 16-bit integers in a word, and minima and maxima whose negative results become zero.</summary>
    private static Handler PairHandler(PtxInstruction instruction, PtxType type)
    {
        bool relu = instruction.Has("relu");
        return (instruction.Opcode, type) switch
        {
            ("min", PtxType.S32) => &LaneLoops.Binary<WrappedBinary<Move, Minimum, NotNegative>, int>,
            ("max", PtxType.S32) => &LaneLoops.Binary<WrappedBinary<Move, Maximum, NotNegative>, int>,
            ("add", _) => &LaneLoops.Binary<OfHalves<Add, ushort, Move>, uint>,
            ("min", PtxType.U16x2) => &LaneLoops.Binary<OfHalves<Minimum, ushort, Move>, uint>,
            ("max", PtxType.U16x2) => &LaneLoops.Binary<OfHalves<Maximum, ushort, Move>, uint>,
            ("min", _) => relu ? &LaneLoops.Binary<OfHalves<Minimum, short, NotNegative>, uint> : &LaneLoops.Binary<OfHalves<Minimum, short, Move>, uint>,
            _ => relu ? &LaneLoops.Binary<OfHalves<Maximum, short, NotNegative>, uint> : &LaneLoops.Binary<OfHalves<Maximum, short, Move>, uint>,
        };
    }
}
