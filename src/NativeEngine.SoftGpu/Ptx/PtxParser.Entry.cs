namespace NativeEngine.SoftGpu;

/// <content>Kernels: header and launch limits.</content>
internal sealed partial class PtxParser
{
    private const int MaximumParameterBytes = 4096;

    private void ReadEntry()
    {
        var nameToken = Next;
        string name = ReadName("a kernel name");
        if (_entries.Any(e => e.Name == name) || _functions.ContainsKey(name))
            throw Error(nameToken, $"kernel '{name}' is declared twice");
        var entry = new PtxEntry(name, nameToken.Line);
        StartBody();
        if (TakeMark('('))
            ReadParameters(entry);
        ReadEntryDirectives(entry);
        int start = _at, declarations = _module.Declarations;
        Expect('{', "before the body of a kernel");
        try
        {
            ReadBody();
            FinishBody(entry);
            entry.SharedVariables = [.. _bodyShared];
        }
        catch (PtxException problem)
        {
            // The kernel is kept with its error, as functions are: the others of the file can run.
            _at = start;
            if (!SkipFunction())
                throw;
            _module.Declarations = declarations;
            entry.Problem = problem;
            entry.Instructions = [];
        }
        _entries.Add(entry);
    }

    private void ReadParameters(PtxEntry entry)
    {
        var parameters = new List<PtxVariable>();
        int bytes = 0;
        while (!TakeMark(')'))
        {
            if (parameters.Count > 0)
                Expect(',', "between parameters");
            var token = Next;
            var parameter = ReadParameter(ref bytes, ParameterOwner.Kernel);
            if (bytes > MaximumParameterBytes)
                throw Error(token, $"the parameters of '{entry.Name}' take more than {MaximumParameterBytes} bytes");
            parameters.Add(parameter);
        }
        entry.Parameters = parameters;
        entry.ParameterBytes = bytes;
    }

    /// <summary>Reads <c>.param [.align N] .type [.ptr ...] name [[count]]</c> and gives it its place.</summary>
    private PtxVariable ReadParameter(ref int bytes, ParameterOwner owner)
    {
        var token = Next;
        bool isKernel = owner == ParameterOwner.Kernel;
        bool isRegister = !isKernel && TakeDotted("reg");
        if (!isRegister && !TakeDotted("param"))
            throw Error(token, $"expected .param, found {token}");
        int alignment = ReadAlignment();
        var type = ReadElementType(out int vector);
        if (vector != 1)
            throw Error(token, "vector parameters are not supported");
        if (isRegister && !type.IsRegister())
            throw Error(token, $"expected a register type, found .{type.Spelling()}");
        if (TakeDotted("ptr"))
        {
            _ = TakeDotted("global") || TakeDotted("shared") || TakeDotted("const") || TakeDotted("local");
            ReadAlignment();
        }
        token = Next;
        string name = isRegister && token.Kind == PtxTokenKind.Word ? Take().Text : ReadName("a parameter name");
        long count = 1;
        bool isArray = !isRegister && TakeMark('[');
        if (isArray)
        {
            count = ExpectInteger("an array size", 1, MaximumParameterBytes);
            Expect(']', "after an array size");
        }
        bool isNamed = owner != ParameterOwner.Prototype && name != "_";
        var register = isRegister && isNamed ? DeclareParameterRegister(name, type, token) : null;
        var parameter = new PtxVariable(name, PtxSpace.Param, type, Math.Max(alignment, type.Size()), count, token.Line)
        {
            IsArray = isArray,
            IsInFrame = !isKernel,
            Register = register,
        };
        parameter.Offset = Place(parameter, ref bytes, token);
        if (!isKernel && bytes > MaximumParameterBytes)
            throw Error(token, $"the parameters take more than {MaximumParameterBytes} bytes");
        if (!isKernel)
            _frameAlignment = Math.Max(_frameAlignment, parameter.Alignment);
        if (register is null && isNamed && !_parameters.TryAdd(name, parameter))
            throw Error(token, $"parameter '{name}' is declared twice");
        return parameter;
    }

    private void ReadEntryDirectives(PtxEntry entry)
    {
        while (Next.Kind == PtxTokenKind.Dotted)
        {
            var token = Take();
            switch (token.Text)
            {
                case "maxntid":
                    entry.MaxThreads = ReadExtent();
                    break;
                case "reqntid":
                    entry.RequiredThreads = ReadExtent();
                    break;
                case "minnctapersm":
                    entry.MinBlocksPerMultiprocessor = (int)ExpectInteger("a block count", 1, 64);
                    break;
                case "maxnreg":
                    entry.MaxRegisters = (int)ExpectInteger("a register count", 1, 255);
                    break;
                case "pragma":
                    _at--;
                    ReadPragma();
                    break;
                default:
                    throw Error(token, $"unknown kernel directive {token}");
            }
        }
    }

    private Dim3 ReadExtent()
    {
        int x = (int)ExpectInteger("a thread count", 1, 1024), y = 1, z = 1;
        if (TakeMark(','))
        {
            y = (int)ExpectInteger("a thread count", 1, 1024);
            if (TakeMark(','))
                z = (int)ExpectInteger("a thread count", 1, 1024);
        }
        return new Dim3(x, y, z);
    }

    /// <summary>Whose parameters are read: those of a prototype have names that mean nothing.</summary>
    private enum ParameterOwner
    {
        Kernel,
        Function,
        Prototype,
    }
}
