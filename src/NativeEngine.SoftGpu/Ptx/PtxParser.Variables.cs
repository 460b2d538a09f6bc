namespace NativeEngine.SoftGpu;

/// <content>Variable and parameter declarations.</content>
internal sealed partial class PtxParser
{
    /// <summary>No declared array may be larger: it bounds what a hostile text can make the machine allocate.</summary>
    private const long MaximumVariableBytes = 1L << 28;

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
        if (!_moduleSymbols.TryAdd(variable.Name, variable))
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
            count *= ExpectInteger("an array size", 1, MaximumVariableBytes);
            if (count * type.Size() > MaximumVariableBytes)
                throw Error(nameToken, $"'{name}' is larger than {MaximumVariableBytes} bytes");
            isArray = true;
            Expect(']', "after an array size");
        }
        if (isExtern && !isDynamic)
            throw Error(nameToken, $"'{name}': .extern .shared is supported for unsized arrays only");
        var variable = new PtxVariable(name, space, type, Math.Max(alignment, type.Size() * vector), count, nameToken.Line) { IsArray = isArray, IsDynamic = isDynamic };
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
        int size = variable.Type.Size();
        if (!variable.IsArray)
        {
            WriteInitial(bytes, 0, variable.Type);
            return bytes;
        }
        Expect('{', "before the initial values of an array");
        long index = 0;
        do
        {
            if (index >= variable.Count)
                throw Error(Next, $"'{variable.Name}' has {variable.Count} elements but more initial values");
            WriteInitial(bytes, (int)(index++ * size), variable.Type);
        }
        while (TakeMark(','));
        Expect('}', "after the initial values of an array");
        return bytes;
    }

    private void WriteInitial(byte[] bytes, int offset, PtxType type)
    {
        if (Next.Kind == PtxTokenKind.Word)
            throw Error(Next, "initial values that are addresses are not supported");
        ulong value = ReadConstant(type);
        for (int i = 0; i < type.Size(); i++)
            bytes[offset + i] = (byte)(value >> (8 * i));
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
