namespace NativeEngine.SoftGpu;

/// <content>Loads, stores and atomics.</content>
internal sealed unsafe partial class Decoder
{
    private bool DecodeMemory(PtxInstruction instruction)
    {
        if (instruction.Opcode is "ldmatrix" or "stmatrix")
            return DecodeMatrixMove(instruction);
        if (instruction.Opcode == "cp")
            return DecodeAsyncCopy(instruction);
        bool load = instruction.Opcode is "ld" or "ldu";
        var type = instruction.Type;
        var space = SpaceOf(instruction, (AddressOperand)instruction.Operands[load ? 1 : 0]);
        var value = instruction.Operands[load ? 0 : 1];
        var elements = value is VectorOperand vector ? vector.Elements : [value];
        int registerBytes = elements.OfType<RegisterOperand>().Select(register => register.Register.Type.Size()).DefaultIfEmpty(Math.Max(2, type.Size()))
            .First();
        var op = AddressedOp(instruction, (AddressOperand)instruction.Operands[load ? 1 : 0]);
        op.N = elements.Length;
        // A 64-bit register and a narrower element: the loops move 32-bit lanes, the widths are matched before or after.
        bool bridged = registerBytes == 8 && type.Size() < 8;
        int laneBytes = type.Size() == 8 ? 8 : 4;
        Span<int> slots = stackalloc int[8];
        slots.Fill(-1);
        for (int i = 0; i < elements.Length; i++)
        {
            slots[i] = bridged || elements[i] is null ? _scratchValueSlot + i * Lanes.Bytes64 : SlotOf(elements[i], laneBytes);
            if (bridged && !load)
                EmitBridge(instruction, SlotOf(elements[i], 8), slots[i], &LaneWidths.Truncate, 0);
        }
        (op.D, op.D1, op.D2, op.D3) = (slots[0], slots[1], slots[2], slots[3]);
        var extension = !type.IsSigned() ? Extension.Zero : registerBytes == 2 ? Extension.SignTo16 : Extension.Sign;
        if (elements.Length == 8)
            EmitEight(instruction, op, slots, space, AccessHandlers(load, type.Size(), extension, 4));
        else
            EmitAccess(instruction, op, space, AccessHandlers(load, type.Size(), extension, elements.Length));
        for (int i = 0; bridged && load && i < elements.Length; i++)
        {
            if (elements[i] is not null)
                EmitBridge(instruction, slots[i], SlotOf(elements[i], 8), &LaneWidths.Extend, type.IsSigned() ? 1 : 0);
        }
        return true;
    }

    /// <summary>Eight elements are two times four; their common alignment is looked at first.</summary>
    private void EmitEight(PtxInstruction instruction, Op op, ReadOnlySpan<int> slots, PtxSpace space, GenericHandlers handlers)
    {
        int half = 4 * instruction.Type.Size();
        op.N = 2 * half;
        Emit(instruction, op, &MemoryHandlers.CheckAlignment);
        op.N = 4;
        EmitAccess(instruction, op, space, handlers);
        int observed = _accessAt;
        op.Immediate += half;
        (op.D, op.D1, op.D2, op.D3) = (slots[4], slots[5], slots[6], slots[7]);
        EmitAccess(instruction, op, space, handlers);
        _accessAt = observed;
    }

    private enum Extension
    {
        Zero,
        Sign,
        SignTo16,
    }

    private void EmitBridge(PtxInstruction instruction, int from, int to, Handler run, int n)
    {
        var op = NewOp();
        op.A = from;
        op.D = to;
        op.N = n;
        Emit(instruction, op, run);
    }

    /// <summary>An operation with its address register and offset; 32-bit address registers are widened first.</summary>
    private Op AddressedOp(PtxInstruction instruction, AddressOperand address)
    {
        var op = NewOp();
        op.Immediate = address.Offset;
        if (address.Base is RegisterOperand { Register.Type: var type } && type.Size() == 4)
        {
            EmitBridge(instruction, SlotOf(address.Base, 4), _scratchSlot, &LaneWidths.Extend, 0);
            op.A = _scratchSlot;
        }
        else if (address.Base is SymbolOperand symbol && IsFrameRelative(symbol))
        {
            op.A = _frameSlot;
            op.Immediate += (long)AddressOf(symbol);
        }
        else
        {
            op.A = SlotOf(address.Base, 8);
        }
        return op;
    }

    /// <summary>True for a variable whose address depends on where a function's frame lies.</summary>
    private bool IsFrameRelative(SymbolOperand symbol) => _current.IsFunction && symbol.Symbol.IsInFrame;

    /// <summary>The space that is accessed: parameters of functions and arguments of calls lie in local memory.</summary>
    private PtxSpace SpaceOf(PtxInstruction instruction, AddressOperand address)
    {
        var space = PtxParser.SpaceOf(instruction.Modifiers);
        _accessIsPassed = space == PtxSpace.Param && (address.Base is SymbolOperand symbol ? symbol.Symbol.IsInFrame : _current.IsFunction);
        return _accessIsPassed ? PtxSpace.Local : space;
    }

    private void EmitAccess(PtxInstruction instruction, Op op, PtxSpace space, GenericHandlers handlers)
    {
        _accessAt = _ops.Count;
        switch (space)
        {
            case PtxSpace.Global or PtxSpace.Const:
                Emit(instruction, op, handlers.Global);
                break;
            case PtxSpace.Shared:
                Emit(instruction, op, handlers.Shared);
                break;
            case PtxSpace.Local:
                Emit(instruction, op, handlers.Local);
                break;
            case PtxSpace.Param:
                Emit(instruction, op, handlers.Param);
                break;
            default:
                op.GenericTable = _genericHandlers.Count;
                _genericHandlers.Add(handlers);
                Emit(instruction, op, &GenericMemory.Dispatch);
                break;
        }
    }

    private static GenericHandlers AccessHandlers(bool load, int size, Extension extension, int count) => (size, extension) switch
    {
        (1, Extension.Zero) => AccessHandlers<Element8<ZeroExtended>>(load, count),
        (1, Extension.Sign) => AccessHandlers<Element8<SignExtended>>(load, count),
        (1, _) => AccessHandlers<Element8<SignExtendedTo16>>(load, count),
        (2, Extension.Sign) => AccessHandlers<Element16<SignExtended>>(load, count),
        (2, _) => AccessHandlers<Element16<ZeroExtended>>(load, count),
        (4, _) => AccessHandlers<Element<uint>>(load, count),
        _ => AccessHandlers<Element<ulong>>(load, count),
    };

    private static GenericHandlers AccessHandlers<TElement>(bool load, int count) where TElement : struct, IElement
    {
        if (!load)
            return AccessHandlers<StoreTransfer, TElement>(count);
        var handlers = AccessHandlers<LoadTransfer, TElement>(count);
        // Parameters cannot be written.
        handlers.Param = AccessHandler<LoadTransfer, ParamSpace, TElement>(count);
        return handlers;
    }

    private static GenericHandlers AccessHandlers<TTransfer, TElement>(int count) where TTransfer : struct, ITransfer where TElement : struct, IElement => new()
    {
        Global = AccessHandler<TTransfer, GlobalSpace, TElement>(count),
        Shared = AccessHandler<TTransfer, SharedSpace, TElement>(count),
        Local = &GenericMemory.Local<TTransfer, TElement>,
    };

    private static Handler AccessHandler<TTransfer, TSpace, TElement>(int count)
        where TTransfer : struct, ITransfer
        where TSpace : struct, ISpace
        where TElement : struct, IElement =>
        count > 1 ? &MemoryHandlers.Vector<TTransfer, TSpace, TElement> : &MemoryHandlers.Single<TTransfer, TSpace, TElement>;
}
