namespace NativeEngine.SoftGpu;

/// <content>The layout of the register file.</content>
internal sealed unsafe partial class Decoder
{
    private int[] _registerSlots;
    private readonly Dictionary<(ulong Bits, int Size), int> _constantSlots = [];
    private readonly List<ConstantSlot> _constants = [];
    private readonly Dictionary<string, int> _specialSlots = [];
    private readonly List<SpecialSlot> _specials = [];
    private int _bytes;

    private static Op NewOp() => new() { D = -1, D1 = -1, D2 = -1, D3 = -1, B = -1, C = -1, Guard = -1 };

    private static int LaneBytes(PtxType type) => type.Size() == 8 ? 8 : 4;

    private int Reserve(int bytes)
    {
        int slot = _bytes;
        _bytes += bytes;
        return slot;
    }

    /// <summary>The slot of a value: a register's own, or one that holds the constant, special register or address in every lane.</summary>
    private int SlotOf(PtxOperand? operand, int size) => operand switch
    {
        RegisterOperand register => _registerSlots[register.Register.Index],
        ImmediateOperand immediate => ConstantSlotOf(immediate.Bits, size),
        SpecialOperand special => SpecialSlotOf(special.Name),
        SymbolOperand symbol => ConstantSlotOf(AddressOf(symbol), size),
        FunctionOperand function => ConstantSlotOf(Windows.AddressOf(function.Function), size),
        PairOperand { First: { } first } => _registerSlots[first.Index],
        _ => -1,
    };

    /// <summary>The slot of a constant; size 8 and 4 fill lanes of that many bytes, size 0 is a predicate.</summary>
    private int ConstantSlotOf(ulong bits, int size)
    {
        if (size == 4)
            bits &= 0xFFFF_FFFF;
        if (_constantSlots.TryGetValue((bits, size), out int slot))
            return slot;
        // Predicates take a whole vector too, which keeps all slots behind them aligned.
        slot = Reserve(size == 8 ? Lanes.Bytes64 : size == 4 ? Lanes.Bytes32 : 64);
        _constantSlots.Add((bits, size), slot);
        _constants.Add(new ConstantSlot(bits, size, slot));
        return slot;
    }

    private int SpecialSlotOf(string name)
    {
        if (_specialSlots.TryGetValue(name, out int slot))
            return slot;
        SpecialRegisters.TryGetType(name, out var type);
        slot = Reserve(type == PtxType.Pred ? 64 : LaneBytes(type) * 32);
        _specialSlots.Add(name, slot);
        if (!IsClock(name))
            _specials.Add(new SpecialSlot(name, slot));
        return slot;
    }

    private static bool IsClock(string name) => name.StartsWith("%clock", StringComparison.Ordinal)
        || name.StartsWith("%globaltimer", StringComparison.Ordinal);

    /// <summary>The address of a symbol in its own space.</summary>
    private ulong AddressOf(SymbolOperand symbol)
    {
        int alignment = _entry.DynamicSharedAlignment;
        ulong address = symbol.Symbol.Space switch
        {
            PtxSpace.Global or PtxSpace.Const => _function.Module.AddressOf(symbol.Symbol),
            _ when symbol.Symbol.IsDynamic => (ulong)((_entry.SharedBytes + alignment - 1) / alignment * alignment),
            _ => (ulong)symbol.Symbol.Offset,
        };
        return address + (ulong)symbol.Offset;
    }
}
