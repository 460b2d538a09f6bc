using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Atomics.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeAtomic(PtxInstruction instruction)
    {
        bool returns = instruction.Opcode == "atom";
        var operands = instruction.Operands;
        int first = returns ? 1 : 0;
        int bytes = instruction.Type.Size();
        var op = AddressedOp(instruction, (AddressOperand)operands[first]);
        var space = PtxParser.SpaceOf(instruction.Modifiers);
        string operation = instruction.OneOf("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec")!;
        var handlers = AtomicHandlers(instruction.Type, operation);
        if (operands[first + 1] is VectorOperand vector)
        {
            EmitVectorAtomic(instruction, op, vector, returns ? ((VectorOperand)operands[0]).Elements : null, handlers);
            return true;
        }
        op.D = returns ? SlotOf(operands[0], bytes) : -1;
        op.B = op.C = SlotOf(operands[first + 1], bytes);
        if (operation == "cas")
            op.C = SlotOf(operands[first + 2], bytes);
        EmitAccess(instruction, op, space, handlers);
        return true;
    }

    /// <summary>A vector atomic is atomic in each of its elements, not as a whole.</summary>
    private void EmitVectorAtomic(PtxInstruction instruction, Op op, VectorOperand sources, PtxOperand?[]? results, GenericHandlers handlers)
    {
        int bytes = instruction.Type.Size(), access = -1;
        op.N = bytes * sources.Elements.Length;
        Emit(instruction, op, &MemoryHandlers.CheckAlignment);
        for (int i = 0; i < sources.Elements.Length; i++)
        {
            op.D = results is null ? -1 : SlotOf(results[i], bytes);
            op.B = op.C = SlotOf(sources.Elements[i], bytes);
            EmitAccess(instruction, op, PtxParser.SpaceOf(instruction.Modifiers), handlers);
            // One access of the whole vector is observed.
            access = access < 0 ? _accessAt : access;
            op.Immediate += bytes;
        }
        _accessAt = access;
    }

    private static GenericHandlers AtomicHandlers(PtxType type, string operation) => type switch
    {
        PtxType.F16 => HalfAtomic<AddHalf, MinHalf, MaxHalf>(operation, false),
        PtxType.F16x2 => HalfAtomic<AddHalf, MinHalf, MaxHalf>(operation, true),
        PtxType.BF16 => HalfAtomic<OnBFloat<AddHalf>, OnBFloat<MinHalf>, OnBFloat<MaxHalf>>(operation, false),
        PtxType.BF16x2 => HalfAtomic<OnBFloat<AddHalf>, OnBFloat<MinHalf>, OnBFloat<MaxHalf>>(operation, true),
        // Only global memory flushes subnormal float32.
        PtxType.F32 => AtomicHandlers<AtomicAdd<float>, float>() with { Global = &MemoryHandlers.Atomic<GlobalSpace, AtomicAddFlushed, float> },
        PtxType.F64 => AtomicHandlers<AtomicAdd<double>, double>(),
        PtxType.S32 => IntegerAtomic<int>(operation),
        PtxType.S64 => IntegerAtomic<long>(operation),
        PtxType.U64 or PtxType.B64 => IntegerAtomic<ulong>(operation),
        PtxType.B16 => AtomicHandlers<AtomicCompareAndSwap<ushort>, ushort>(),
        _ when operation == "inc" => AtomicHandlers<AtomicIncrement, uint>(),
        _ when operation == "dec" => AtomicHandlers<AtomicDecrement, uint>(),
        _ => IntegerAtomic<uint>(operation),
    };

    private static GenericHandlers IntegerAtomic<T>(string operation) where T : unmanaged, IBinaryInteger<T> => operation switch
    {
        "add" => AtomicHandlers<AtomicAdd<T>, T>(),
        "min" => AtomicHandlers<AtomicMin<T>, T>(),
        "max" => AtomicHandlers<AtomicMax<T>, T>(),
        "and" => AtomicHandlers<AtomicAnd<T>, T>(),
        "or" => AtomicHandlers<AtomicOr<T>, T>(),
        "xor" => AtomicHandlers<AtomicXor<T>, T>(),
        "exch" => AtomicHandlers<AtomicExchange<T>, T>(),
        _ => AtomicHandlers<AtomicCompareAndSwap<T>, T>(),
    };

    private static GenericHandlers HalfAtomic<TAdd, TMin, TMax>(string operation, bool pair)
        where TAdd : struct, IHalfAtomic
        where TMin : struct, IHalfAtomic
        where TMax : struct, IHalfAtomic => operation switch
        {
            "add" => HalfAtomic<TAdd>(pair),
            "min" => HalfAtomic<TMin>(pair),
            _ => HalfAtomic<TMax>(pair),
        };

    private static GenericHandlers HalfAtomic<T>(bool pair) where T : struct, IHalfAtomic =>
        pair ? AtomicHandlers<AtomicHalves<T>, uint>() : AtomicHandlers<AtomicHalf<T>, ushort>();

    private static GenericHandlers AtomicHandlers<TAtomic, T>() where TAtomic : struct, IAtomic<T> where T : unmanaged => new()
    {
        Global = &MemoryHandlers.Atomic<GlobalSpace, TAtomic, T>,
        Shared = &MemoryHandlers.Atomic<SharedSpace, TAtomic, T>,
        Local = &GenericMemory.AtomicLocal,
    };
}
