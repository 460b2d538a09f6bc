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

    /// <summary>Analyses an entry and the functions it may call; order of instructions does not matter, only what flows into what.</summary>
    public static PointerUse Of(PtxEntry entry, IReadOnlySet<PtxFunction> addressTaken) => new Analysis(entry, addressTaken).Run();

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

    private static int[] Offsets(PtxVariable[] pointers, ulong mask) =>
        [.. Enumerable.Range(0, pointers.Length).Where(i => (mask >> i & 1) != 0).Select(i => pointers[i].Offset)];

    /// <summary>One bit for each pointer parameter, flowing through registers and through the parameters of functions.</summary>
    private sealed class Analysis(PtxEntry entry, IReadOnlySet<PtxFunction> addressTaken)
    {
        private readonly PtxVariable[] _pointers = [.. entry.Parameters.Where(static p => p.Bytes == sizeof(ulong)).Take(64)];
        private readonly Dictionary<PtxVariable, ulong> _passed = [];
        private ulong[] _origins = [];
        private ulong _read;
        private ulong _written;
        private bool _changed = true;

        public PointerUse Run()
        {
            var bodies = entry.Calls.Bodies.Select(static body => (body, origins: new ulong[body.Registers.Count])).ToArray();
            while (_changed)
            {
                _changed = false;
                foreach (var (body, origins) in bodies)
                {
                    _origins = origins;
                    foreach (var parameter in body.Parameters)
                        Flow(parameter.Register, _passed.GetValueOrDefault(parameter));
                    foreach (var instruction in body.Instructions)
                        Follow(instruction);
                    foreach (var result in (body as PtxFunction)?.Results ?? [])
                        Pass(result, result.Register is { } register ? origins[register.Index] : 0);
                }
            }
            return new PointerUse(Offsets(_pointers, _read), Offsets(_pointers, _written));
        }

        private void Follow(PtxInstruction instruction)
        {
            var operands = instruction.Operands;
            switch (instruction.Opcode)
            {
                case "ld":
                    if (Symbol(operands[1]) is { Space: PtxSpace.Param } parameter)
                        Flow(operands[0], _passed.GetValueOrDefault(parameter) | Bit(Array.IndexOf(_pointers, parameter)));
                    else
                        _read |= Origin(operands[1]);
                    break;
                case "st":
                    if (Symbol(operands[0]) is { Space: PtxSpace.Param } argument)
                        Pass(argument, Origin(operands[1]));
                    else
                        _written |= Origin(operands[0]);
                    break;
                case "red":
                    _written |= Origin(operands[0]);
                    break;
                case "atom":
                    _written |= Origin(operands[1]);
                    break;
                case "call":
                    FollowCall((CallOperand)operands[0]);
                    break;
                default:
                    if (operands.Count >= 2)
                        Flow(operands[0], operands.Skip(1).Aggregate(0UL, (all, operand) => all | Origin(operand)));
                    break;
            }
        }

        private void FollowCall(CallOperand call)
        {
            if (call.System == SystemFunction.Print)
                _read |= (call.Arguments ?? []).Aggregate(0UL, (all, argument) => all | Given(argument));
            foreach (var target in PtxCallGraph.TargetsOf(call, addressTaken))
            {
                for (int i = 0; i < (call.Arguments?.Count ?? 0) && i < target.Parameters.Count; i++)
                    Pass(target.Parameters[i], Given(call.Arguments![i]));
                for (int i = 0; i < (call.Results?.Count ?? 0) && i < target.Results.Count; i++)
                {
                    ulong sources = _passed.GetValueOrDefault(target.Results[i]);
                    if (call.Results![i] is SymbolOperand symbol)
                        Pass(symbol.Symbol, sources);
                    else
                        Flow(call.Results[i], sources);
                }
            }
        }

        private ulong Given(PtxOperand argument) => argument is SymbolOperand symbol ? _passed.GetValueOrDefault(symbol.Symbol) : Origin(argument);

        private ulong Origin(PtxOperand? operand) => operand switch
        {
            RegisterOperand register => _origins[register.Register.Index],
            AddressOperand address => Origin(address.Base),
            VectorOperand vector => vector.Elements.Aggregate(0UL, (all, element) => all | Origin(element)),
            _ => 0,
        };

        private void Pass(PtxVariable variable, ulong sources)
        {
            ulong before = _passed.GetValueOrDefault(variable);
            _changed |= (before | sources) != before;
            _passed[variable] = before | sources;
        }

        private void Flow(PtxOperand? target, ulong sources)
        {
            if (target is RegisterOperand register)
            {
                Flow(register.Register, sources);
                return;
            }
            foreach (var element in (target as VectorOperand)?.Elements ?? [])
                Flow(element, sources);
        }

        private void Flow(PtxRegister? register, ulong sources)
        {
            if (register is null)
                return;
            _changed |= (_origins[register.Index] | sources) != _origins[register.Index];
            _origins[register.Index] |= sources;
        }
    }

    private static ulong Bit(int index) => index < 0 ? 0 : 1UL << index;

    private static PtxVariable? Symbol(PtxOperand operand) => operand is AddressOperand { Base: SymbolOperand symbol } ? symbol.Symbol : null;
}
