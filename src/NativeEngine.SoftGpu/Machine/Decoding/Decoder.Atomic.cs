using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Atomics.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeAtomic(PtxInstruction instruction)
    {
        if (instruction.Opcode is "mbarrier" or "cp")
            return DecodeMbarrier(instruction);
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

    private bool DecodeMbarrier(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        if (instruction.Has("pending_count"))
        {
            var count = NewOp();
            count.D = SlotOf(operands[0], 4);
            count.A = SlotOf(operands[1], 8);
            Emit(instruction, count, &Mbarriers.PendingCount);
            return true;
        }
        int at = operands[0] is AddressOperand ? 0 : 1;
        if (instruction.Opcode == "cp")
        {
            // The copies may complete at any time, so they do it here; then the barrier hears of it. Without .noinc an arrival was added before.
            var wait = NewOp();
            wait.N = -1;
            Emit(instruction, wait, &AsyncCopies.Wait);
            if (!instruction.Has("noinc"))
                return true;
        }
        var op = AddressedOp(instruction, (AddressOperand)operands[at]);
        var operation = instruction.OneOf("init", "inval", "arrive_drop", "noComplete", "arrive", "parity") switch
        {
            "init" => MbarrierOperation.Initialise,
            "inval" => MbarrierOperation.Invalidate,
            "arrive_drop" => MbarrierOperation.ArriveAndDrop,
            "noComplete" => MbarrierOperation.ArriveWithoutEnd,
            "arrive" => MbarrierOperation.Arrive,
            "parity" => MbarrierOperation.TestParity,
            _ => MbarrierOperation.TestState,
        };
        op.N = (int)operation;
        op.C = PtxParser.SpaceOf(instruction.Modifiers) == PtxSpace.Generic ? 1 : 0;
        op.D = at == 1 ? SlotOf(operands[0], 8) : -1;
        op.B = operands.Count > at + 1 ? SlotOf(operands[at + 1], operation == MbarrierOperation.TestState ? 8 : 4) : -1;
        _accessAt = _ops.Count;
        Emit(instruction, op, &Mbarriers.Run);
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
