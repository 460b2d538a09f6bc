namespace NativeEngine.SoftGpu;

/// <content>Variable and parameter declarations.</content>
internal sealed partial class PtxParser
{
    /// <summary>No declared array may be larger: it bounds what a hostile text can make the machine allocate.</summary>
    private const long MaximumVariableBytes = 1L << 28;

    private const int MaximumDimensions = 16;

    private void ReadModuleVariable(bool isExtern)
    {
        var token = Take();
        var space = token.Text switch
        {
            "global" => PtxSpace.Global,
            "const" => PtxSpace.Const,
            _ => PtxSpace.Shared,
        };
        var variable = ReadVariable(space, isExtern);
        if (_functions.ContainsKey(variable.Name) || !_moduleSymbols.TryAdd(variable.Name, variable))
            throw Error(token, $"'{variable.Name}' is declared twice");
        if (space == PtxSpace.Shared)
        {
            if (!variable.IsDynamic)
                variable.Offset = Place(variable, ref _moduleSharedBytes, token);
        }
        else
        {
            _variables.Add(variable);
        }
    }

    /// <summary>Reads <c>[.align N] [.v2|.v4] .type name [dims] [= initial];</c> after the state space.</summary>
    private PtxVariable ReadVariable(PtxSpace space, bool isExtern)
    {
        int alignment = ReadAlignment();
        var type = ReadElementType(out int vector);
        var nameToken = Next;
        string name = ReadName("a variable name");
        long count = vector;
        bool isArray = false, isDynamic = false;
        var extents = new List<long>();
        while (TakeMark('['))
        {
            if (TakeMark(']'))
            {
                if (!isExtern || isArray)
                    throw Error(nameToken, $"'{name}' needs a size: only .extern .shared arrays go without");
                isArray = isDynamic = true;
                count = 0;
                break;
            }
            if (extents.Count == MaximumDimensions)
                throw Error(nameToken, $"'{name}' has more than {MaximumDimensions} dimensions");
            extents.Add(ExpectInteger("an array size", 1, MaximumVariableBytes));
            count *= extents[^1];
            if (count * type.Size() > MaximumVariableBytes)
                throw Error(nameToken, $"'{name}' is larger than {MaximumVariableBytes} bytes");
            isArray = true;
            Expect(']', "after an array size");
        }
        if (isExtern && !isDynamic)
            throw Error(nameToken, $"'{name}': .extern .shared is supported for unsized arrays only");
        var variable = new PtxVariable(name, space, type, Math.Max(alignment, type.Size() * vector), count, nameToken.Line)
        {
            IsArray = isArray,
            IsDynamic = isDynamic,
            IsInFrame = space is PtxSpace.Local or PtxSpace.Param,
            Extents = vector > 1 ? [.. extents, vector] : extents,
        };
        if (TakeMark('='))
            variable.Initial = ReadInitial(variable);
        Expect(';', "after a declaration");
        _module.Declarations++;
        return variable;
    }

    private int ReadAlignment()
    {
        if (!TakeDotted("align"))
            return 1;
        var token = Next;
        long alignment = ExpectInteger("an alignment", 1, 1024);
        if ((alignment & (alignment - 1)) != 0)
            throw Error(token, $"the alignment must be a power of two, got {alignment}");
        return (int)alignment;
    }

    private PtxType ReadElementType(out int vector)
    {
        vector = TakeDotted("v2") ? 2 : TakeDotted("v4") ? 4 : 1;
        var token = Take();
        if (token.Kind != PtxTokenKind.Dotted || !PtxTypes.TryParse(token.Text, out var type) || type.Size() == 0)
            throw Error(token, $"expected a memory type such as .f32, found {token}");
        return type;
    }

    private string ReadName(string what)
    {
        var token = Next;
        string name = ExpectWord(what);
        if (name.StartsWith('%'))
            throw Error(token, $"expected {what}, found the register name '{name}'");
        return name;
    }

    private byte[] ReadInitial(PtxVariable variable)
    {
        var token = Next;
        if (variable.Space is not (PtxSpace.Global or PtxSpace.Const))
            throw Error(token, $"'{variable.Name}' is in {variable.Space.ToString().ToLowerInvariant()} memory, which takes no initial value");
        byte[] bytes = new byte[variable.Bytes];
        var relocations = new List<PtxRelocation>();
        long index = 0;
        if (!variable.IsArray && !Next.IsMark('{'))
            WriteInitial(bytes, 0, variable.Type, relocations);
        else
            ReadInitialList(variable, bytes, ref index, 0, relocations);
        variable.Relocations = relocations;
        return bytes;
    }

    /// <summary>Values in braces; braces inside them stand for a row, whose missing values are zeros.</summary>
    private void ReadInitialList(PtxVariable variable, byte[] bytes, ref long index, int depth, List<PtxRelocation> relocations)
    {
        Expect('{', "before the initial values of an array");
        int size = variable.Type.Size();
        long row = depth + 1 < variable.Extents.Count ? variable.Extents.Skip(depth + 1).Aggregate(1L, (product, extent) => product * extent) : 1;
        if (TakeMark('}'))
            return;
        do
        {
            if (index >= variable.Count)
                throw Error(Next, $"'{variable.Name}' has {variable.Count} elements but more initial values");
            if (Next.IsMark('{') && depth < variable.Extents.Count)
            {
                long start = index;
                ReadInitialList(variable, bytes, ref index, depth + 1, relocations);
                if (index > start + row)
                    throw Error(Next, $"a row of '{variable.Name}' has {row} elements but more initial values");
                index = start + row;
                continue;
            }
            WriteInitial(bytes, (int)(index++ * size), variable.Type, relocations);
        }
        while (TakeMark(','));
        Expect('}', "after the initial values of an array");
    }

    /// <summary>A constant, or an address: <c>name</c>, <c>name+4</c>, <c>generic(name)</c>, and <c>0xFF00(name)</c> for one byte of an address.</summary>
    private void WriteInitial(byte[] bytes, int offset, PtxType type, List<PtxRelocation> relocations)
    {
        var token = Next;
        int shift = 0;
        bool masked = token.Kind == PtxTokenKind.Number && _tokens[_at + 1].IsMark('(');
        if (masked)
        {
            if (!PtxNumber.TryParse(Take().Text, out var mask) || System.Numerics.BitOperations.TrailingZeroCount(mask.Bits) % 8 is not 0 || mask.Bits == 0
                    || mask.Bits >> System.Numerics.BitOperations.TrailingZeroCount(mask.Bits) != 0xFF)
                throw Error(token, $"a mask of one byte such as 0xFF00 is wanted, found {token}");
            shift = System.Numerics.BitOperations.TrailingZeroCount(mask.Bits);
            Take();
        }
        if (masked || Next.Kind == PtxTokenKind.Word)
        {
            int size = masked ? 1 : 8;
            if (type.Size() != size)
                throw Error(token, $"an address takes 64 bits, the elements have .{type.Spelling()}");
            relocations.Add(ReadInitialAddress(offset, size, shift));
            if (masked)
                Expect(')', "after an address");
            return;
        }
        ulong value = ReadConstant(type);
        for (int i = 0; i < type.Size(); i++)
            bytes[offset + i] = (byte)(value >> (8 * i));
    }

    private PtxRelocation ReadInitialAddress(int at, int size, int shift)
    {
        var token = Next;
        string name = ReadName("an address");
        bool generic = name == "generic" && TakeMark('(');
        if (generic)
        {
            token = Next;
            name = ReadName("a variable name");
            Expect(')', "after a generic address");
        }
        long offset = ReadOffset();
        if (_functions.TryGetValue(name, out var function))
        {
            _addressTaken.Add(function);
            return new PtxRelocation(at, size, null, function, offset, shift);
        }
        if (!_moduleSymbols.TryGetValue(name, out var variable))
            throw Error(token, $"'{name}' is not declared");
        if (variable.Space is not (PtxSpace.Global or PtxSpace.Const))
            throw Error(token, $"'{name}' is in {variable.Space.ToString().ToLowerInvariant()} memory, whose addresses are not known before the launch");
        return new PtxRelocation(at, size, variable, null, offset, shift);
    }

    /// <summary>Gives a variable its offset in a window that is filled up to <paramref name="used"/> bytes.</summary>
    private int Place(PtxVariable variable, ref int used, PtxToken at)
    {
        long offset = ((long)used + variable.Alignment - 1) & -(long)variable.Alignment;
        if (offset + variable.Bytes > MaximumVariableBytes)
            throw Error(at, $"'{variable.Name}' does not fit: this memory would exceed {MaximumVariableBytes} bytes");
        used = (int)(offset + variable.Bytes);
        return (int)offset;
    }

    /// <summary>Reads a possibly negated number as the bits of a constant of <paramref name="type"/>.</summary>
    private ulong ReadConstant(PtxType type)
    {
        bool negative = TakeMark('-');
        var token = Take();
        if (token.Kind != PtxTokenKind.Number || !PtxNumber.TryParse(token.Text, out var number))
            throw Error(token, $"expected a constant, found {token}");
        if (number.IsFloat)
            return FloatConstant(number, negative, type, token);
        if (type == PtxType.Pred)
        {
            if (number.Bits > 1)
                throw Error(token, $"a predicate constant is 0, 1 or -1, got {token.Text}");
            return number.Bits;
        }
        if (type.IsFloat())
            throw Error(token, $"a .{type.Spelling()} constant is written 0f... or with a decimal point, found {token}");
        int bits = type.Size() * 8;
        ulong limit = negative ? 1UL << (bits - 1) : bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        if (number.Bits > limit)
            throw Error(token, $"{(negative ? "-" : "")}{token.Text} does not fit in .{type.Spelling()}");
        ulong value = negative ? 0UL - number.Bits : number.Bits;
        return bits == 64 ? value : value & ((1UL << bits) - 1);
    }

    private ulong FloatConstant(PtxNumber number, bool negative, PtxType type, PtxToken token)
    {
        if (type is PtxType.F32 or PtxType.B32)
        {
            uint bits = number.Exact == PtxType.F32 ? (uint)number.Bits : BitConverter.SingleToUInt32Bits((float)number.Value);
            return negative ? bits ^ 0x8000_0000u : bits;
        }
        if (type is PtxType.F64 or PtxType.B64)
        {
            ulong bits = number.Exact == PtxType.F64 ? number.Bits : BitConverter.DoubleToUInt64Bits(number.Value);
            return negative ? bits ^ 0x8000_0000_0000_0000u : bits;
        }
        throw Error(token, $"the floating-point constant {token.Text} cannot stand where .{type.Spelling()} is wanted");
    }
}
