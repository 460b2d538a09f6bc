namespace NativeEngine.SoftGpu.Driver;

/// <summary>
/// Which pointer parameters of a kernel are read through and which written through, from its instructions: an address that was computed
/// from a parameter belongs to it. Pointers loaded from memory are not followed.
/// </summary>
internal sealed class PointerUse
{
    private readonly IReadOnlyList<int> _read;
    private readonly IReadOnlyList<int> _written;

    private PointerUse(IReadOnlyList<int> read, IReadOnlyList<int> written) => (_read, _written) = (read, written);

    /// <summary>Analyses an entry; order of instructions does not matter, only what flows into what.</summary>
    public static PointerUse Of(PtxEntry entry)
    {
        var pointers = entry.Parameters.Where(static p => p.Bytes == sizeof(ulong)).Take(64).ToArray();
        var origins = new ulong[entry.Registers.Count == 0 ? 0 : entry.Registers.Max(static r => r.Index) + 1];
        ulong read = 0, written = 0;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (var instruction in entry.Instructions)
            {
                switch (instruction.Opcode)
                {
                    case "ld":
                        if (Symbol(instruction.Operands[1]) is { Space: PtxSpace.Param } parameter)
                            changed |= Flow(origins, instruction.Operands[0], Bit(Array.IndexOf(pointers, parameter)));
                        else
                            read |= Origin(origins, instruction.Operands[1]);
                        break;
                    case "st":
                        written |= Origin(origins, instruction.Operands[0]);
                        break;
                    case "red":
                        written |= Origin(origins, instruction.Operands[0]);
                        break;
                    case "atom":
                        written |= Origin(origins, instruction.Operands[1]);
                        break;
                    default:
                        if (instruction.Operands.Count < 2)
                            break;
                        ulong sources = 0;
                        for (int i = 1; i < instruction.Operands.Count; i++)
                            sources |= Origin(origins, instruction.Operands[i]);
                        changed |= Flow(origins, instruction.Operands[0], sources);
                        break;
                }
            }
        }
        return new PointerUse(Offsets(pointers, read), Offsets(pointers, written));
    }

    /// <summary>Addresses the launch with these parameters reads through.</summary>
    public ulong[] Read(ReadOnlySpan<byte> parameters) => Values(_read, parameters);

    /// <summary>Addresses the launch with these parameters writes through.</summary>
    public ulong[] Written(ReadOnlySpan<byte> parameters) => Values(_written, parameters);

    private static ulong[] Values(IReadOnlyList<int> offsets, ReadOnlySpan<byte> parameters)
    {
        var values = new ulong[offsets.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = BitConverter.ToUInt64(parameters[offsets[i]..]);
        return values;
    }

    private static int[] Offsets(PtxVariable[] pointers, ulong mask) => [.. Enumerable.Range(0, pointers.Length).Where(i => (mask >> i & 1) != 0).Select(i => pointers[i].Offset)];

    private static ulong Bit(int index) => index < 0 ? 0 : 1UL << index;

    private static PtxVariable? Symbol(PtxOperand operand) => operand is AddressOperand { Base: SymbolOperand symbol } ? symbol.Symbol : null;

    private static ulong Origin(ulong[] origins, PtxOperand? operand) => operand switch
    {
        RegisterOperand register => origins[register.Register.Index],
        AddressOperand address => Origin(origins, address.Base),
        VectorOperand vector => vector.Elements.Aggregate(0UL, (all, element) => all | Origin(origins, element)),
        _ => 0,
    };

    private static bool Flow(ulong[] origins, PtxOperand? target, ulong sources)
    {
        if (sources == 0)
            return false;
        switch (target)
        {
            case RegisterOperand register:
                bool changed = (origins[register.Register.Index] | sources) != origins[register.Register.Index];
                origins[register.Register.Index] |= sources;
                return changed;
            case VectorOperand vector:
                bool any = false;
                foreach (var element in vector.Elements)
                    any |= Flow(origins, element, sources);
                return any;
            default:
                return false;
        }
    }
}
