namespace NativeEngine.SoftGpu;

/// <content>Kernels: header, body, scopes and labels.</content>
internal sealed partial class PtxParser
{
    private const int MaximumParameterBytes = 4096;
    private const int MaximumScopes = 64;

    private readonly List<Scope> _scopes = [];
    private readonly List<PtxInstruction> _instructions = [];
    private readonly List<PtxRegister> _registers = [];
    private readonly List<(LabelOperand Label, Scope From)> _branches = [];
    private readonly List<(string Name, int Instruction)> _labels = [];
    private readonly List<(PtxVariable Variable, PtxToken At)> _entryShared = [];
    private Dictionary<string, PtxVariable> _parameters = [];
    private bool _usesModuleShared;
    private int _dynamicAlignment;
    private int _localBytes;
    private int _sourceFile;
    private int _sourceLine;

    private void ReadEntry()
    {
        var nameToken = Next;
        string name = ReadName("a kernel name");
        if (_module.Entries.Any(e => e.Name == name) || _entries.Any(e => e.Name == name))
            throw Error(nameToken, $"kernel '{name}' is declared twice");
        var entry = new PtxEntry(name, nameToken.Line);
        _parameters = [];
        if (TakeMark('('))
            ReadParameters(entry);
        ReadEntryDirectives(entry);
        _scopes.Clear();
        _instructions.Clear();
        _registers.Clear();
        _branches.Clear();
        _labels.Clear();
        _entryShared.Clear();
        _usesModuleShared = false;
        _dynamicAlignment = 16;
        _localBytes = _sourceFile = _sourceLine = 0;
        Expect('{', "before the body of a kernel");
        ReadBody();
        FinishEntry(entry);
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
            if (!TakeDotted("param"))
                throw Error(token, $"expected .param, found {token}");
            int alignment = ReadAlignment();
            var type = ReadElementType(out int vector);
            if (vector != 1)
                throw Error(token, "vector parameters are not supported");
            if (TakeDotted("ptr"))
            {
                _ = TakeDotted("global") || TakeDotted("shared") || TakeDotted("const") || TakeDotted("local");
                ReadAlignment();
            }
            token = Next;
            string name = ReadName("a parameter name");
            long count = 1;
            bool isArray = TakeMark('[');
            if (isArray)
            {
                count = ExpectInteger("an array size", 1, MaximumParameterBytes);
                Expect(']', "after an array size");
            }
            var parameter = new PtxVariable(name, PtxSpace.Param, type, Math.Max(alignment, type.Size()), count, token.Line) { IsArray = isArray };
            parameter.Offset = Place(parameter, ref bytes, token);
            if (bytes > MaximumParameterBytes)
                throw Error(token, $"the parameters of '{entry.Name}' take more than {MaximumParameterBytes} bytes");
            if (!_parameters.TryAdd(name, parameter))
                throw Error(token, $"parameter '{name}' is declared twice");
            parameters.Add(parameter);
        }
        entry.Parameters = parameters;
        entry.ParameterBytes = bytes;
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

    private void ReadBody()
    {
        var scope = new Scope(null);
        _scopes.Add(scope);
        while (_scopes.Count > 0)
        {
            var token = Next;
            if (token.Kind == PtxTokenKind.End)
                throw Error(token, "the body of the kernel has no end: '}' is missing");
            if (TakeMark('{'))
            {
                if (_scopes.Count >= MaximumScopes)
                    throw Error(token, $"scopes are nested more than {MaximumScopes} deep");
                _scopes.Add(new Scope(_scopes[^1]));
            }
            else if (TakeMark('}'))
            {
                _scopes.RemoveAt(_scopes.Count - 1);
            }
            else if (token.Kind == PtxTokenKind.Dotted)
            {
                ReadBodyDirective(token);
            }
            else if (token.Kind == PtxTokenKind.Word && _tokens[_at + 1].IsMark(':'))
            {
                string name = ReadName("a label");
                Take();
                if (!_scopes[^1].Labels.TryAdd(name, _instructions.Count))
                    throw Error(token, $"label '{name}' is declared twice");
                _labels.Add((name, _instructions.Count));
            }
            else
            {
                ReadInstruction();
            }
        }
    }

    private void ReadBodyDirective(PtxToken token)
    {
        switch (token.Text)
        {
            case "reg":
                Take();
                ReadRegisters();
                break;
            case "shared" or "local":
                Take();
                ReadBodyVariable(token);
                break;
            case "loc":
                ReadLocation();
                break;
            case "pragma":
                ReadPragma();
                break;
            default:
                throw Error(token, $"unknown directive {token} in a kernel");
        }
    }

    private void ReadBodyVariable(PtxToken token)
    {
        var variable = ReadVariable(token.Text == "shared" ? PtxSpace.Shared : PtxSpace.Local, false);
        if (!_scopes[^1].Variables.TryAdd(variable.Name, variable))
            throw Error(token, $"'{variable.Name}' is declared twice");
        if (variable.Space == PtxSpace.Shared)
            _entryShared.Add((variable, token));
        else
            variable.Offset = Place(variable, ref _localBytes, token);
    }

    /// <summary><c>.loc file line column [, function_name label [+ n], inlined_at file line column]</c></summary>
    private void ReadLocation()
    {
        Take();
        var token = Next;
        _sourceFile = (int)ExpectInteger("a file number", 0, int.MaxValue);
        _sourceLine = (int)ExpectInteger("a source line", 0, int.MaxValue);
        ExpectInteger("a source column", 0, int.MaxValue);
        if (!TakeMark(','))
            return;
        if (ExpectWord("function_name") != "function_name")
            throw Error(token, "expected 'function_name' in .loc");
        ExpectWord("a label");
        if (TakeMark('+'))
            ExpectInteger("an offset", 0, int.MaxValue);
        Expect(',', "before inlined_at");
        if (ExpectWord("inlined_at") != "inlined_at")
            throw Error(token, "expected 'inlined_at' in .loc");
        for (int i = 0; i < 3; i++)
            ExpectInteger("a source position", 0, int.MaxValue);
    }

    /// <summary><c>.reg .type name, name&lt;count&gt;, ...;</c></summary>
    private void ReadRegisters()
    {
        var token = Take();
        if (token.Kind != PtxTokenKind.Dotted || !PtxTypes.TryParse(token.Text, out var type) || !type.IsRegister())
            throw Error(token, $"expected a register type, found {token}");
        do
        {
            token = Next;
            string name = ExpectWord("a register name");
            int count = -1;
            if (TakeMark('<'))
            {
                count = (int)ExpectInteger("a register count", 1, 1 << 20);
                Expect('>', "after a register count");
            }
            if (SpecialRegisters.TryGetType(name, out _))
                throw Error(token, $"'{name}' is a predefined register");
            if (!_scopes[^1].Declare(name, type, count))
                throw Error(token, $"register '{name}' is declared twice");
        }
        while (TakeMark(','));
        Expect(';', "after a register declaration");
        _module.Declarations++;
    }

    private PtxRegister? FindRegister(string name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].Find(name, _registers) is { } register)
                return register;
        }
        return null;
    }

    private PtxVariable? FindVariable(string name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].Variables.TryGetValue(name, out var variable))
                return variable;
        }
        if (_parameters.TryGetValue(name, out var parameter))
            return parameter;
        if (!_moduleSymbols.TryGetValue(name, out var symbol))
            return null;
        _usesModuleShared |= symbol.Space == PtxSpace.Shared && !symbol.IsDynamic;
        if (symbol.IsDynamic)
            _dynamicAlignment = Math.Max(_dynamicAlignment, symbol.Alignment);
        return symbol;
    }

    private void FinishEntry(PtxEntry entry)
    {
        foreach (var (label, from) in _branches)
        {
            var scope = from;
            while (scope is not null && !scope.Labels.ContainsKey(label.Name))
                scope = scope.Outer;
            if (scope is null)
                throw new PtxException(_file, label.Line, label.Column, $"label '{label.Name}' is not declared here");
            label.Target = scope.Labels[label.Name];
        }
        int shared = _usesModuleShared ? _moduleSharedBytes : 0;
        foreach (var (variable, at) in _entryShared)
            variable.Offset = Place(variable, ref shared, at);
        entry.SharedBytes = shared;
        entry.DynamicSharedAlignment = _dynamicAlignment;
        entry.LocalBytes = (_localBytes + 15) & ~15;
        entry.Registers = [.. _registers];
        entry.Instructions = [.. _instructions];
        entry.Labels = [.. _labels];
    }

    /// <summary>Names declared between a pair of braces. Register ranges stay ranges until one of their registers is used.</summary>
    private sealed class Scope(Scope? outer)
    {
        private readonly Dictionary<string, PtxRegister?> _named = [];
        private readonly Dictionary<string, (PtxType Type, int Count)> _ranges = [];
        private readonly Dictionary<string, PtxType> _single = [];

        public Scope? Outer { get; } = outer;

        public Dictionary<string, int> Labels { get; } = [];

        public Dictionary<string, PtxVariable> Variables { get; } = [];

        public bool Declare(string name, PtxType type, int count) => count < 0 ? _single.TryAdd(name, type) : _ranges.TryAdd(name, (type, count));

        public PtxRegister? Find(string name, List<PtxRegister> used)
        {
            if (_named.TryGetValue(name, out var register))
                return register;
            if (!_single.TryGetValue(name, out var type))
            {
                int digits = name.Length;
                while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
                    digits--;
                if (!FindInRange(name, digits, out type))
                    return null;
            }
            register = new PtxRegister(name, type, used.Count);
            used.Add(register);
            _named[name] = register;
            return register;
        }

        /// <summary>A range <c>%r&lt;4&gt;</c> declares %r0 to %r3; the prefix itself may end in digits, so every split is tried.</summary>
        private bool FindInRange(string name, int digits, out PtxType type)
        {
            for (int split = digits; split < name.Length; split++)
            {
                bool leadingZero = name[split] == '0' && split + 1 < name.Length;
                if (!leadingZero && _ranges.TryGetValue(name[..split], out var range) && int.TryParse(name.AsSpan(split), out int number) && number < range.Count)
                {
                    type = range.Type;
                    return true;
                }
            }
            type = PtxType.None;
            return false;
        }
    }
}
