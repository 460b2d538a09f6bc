namespace NativeEngine.SoftGpu;

/// <content>Bodies of kernels and functions: declarations, scopes and labels.</content>
internal sealed partial class PtxParser
{
    private const int MaximumScopes = 64;

    private readonly List<Scope> _scopes = [];
    private readonly List<PtxInstruction> _instructions = [];
    private readonly List<PtxRegister> _registers = [];
    private readonly List<(LabelOperand Label, Scope From)> _branches = [];
    private readonly List<(string Name, int Instruction)> _labels = [];
    private readonly List<(PtxVariable Variable, PtxToken At)> _bodyShared = [];
    private readonly List<PtxVariable> _arguments = [];
    private Dictionary<string, PtxVariable> _parameters = [];
    private bool _inFunction;
    private bool _usesModuleShared;
    private int _dynamicAlignment;
    private int _localBytes;
    private int _frameAlignment;
    private int _argumentBytes;
    private int _mostArgumentBytes;
    private int _sourceFile;
    private int _sourceLine;

    /// <summary>Forgets the body before; the outermost scope holds register parameters and what the body declares.</summary>
    private void StartBody()
    {
        _scopes.Clear();
        _scopes.Add(new Scope(null));
        _instructions.Clear();
        _registers.Clear();
        _branches.Clear();
        _labels.Clear();
        _bodyShared.Clear();
        _arguments.Clear();
        _parameters = [];
        _inFunction = _usesModuleShared = false;
        _dynamicAlignment = 16;
        _frameAlignment = 1;
        _localBytes = _argumentBytes = _mostArgumentBytes = _sourceFile = _sourceLine = 0;
    }

    private void ReadBody()
    {
        int depth = _scopes.Count - 1;
        while (_scopes.Count > depth)
        {
            var token = Next;
            if (token.Kind == PtxTokenKind.End)
                throw Error(token, "the body has no end: '}' is missing");
            if (TakeMark('{'))
            {
                if (_scopes.Count >= MaximumScopes)
                    throw Error(token, $"scopes are nested more than {MaximumScopes} deep");
                _scopes.Add(new Scope(_scopes[^1]) { ArgumentBytes = _argumentBytes });
            }
            else if (TakeMark('}'))
            {
                // Arguments of calls live in the braces around the call: the next call uses their room again.
                _argumentBytes = _scopes[^1].ArgumentBytes;
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
                if (Next.Kind == PtxTokenKind.Dotted && Next.Text is "branchtargets" or "calltargets" or "callprototype")
                {
                    ReadTargetList(name, token);
                    continue;
                }
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
            case "shared" or "local" or "param":
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
                throw Error(token, $"unknown directive {token} in a body");
        }
    }

    private void ReadBodyVariable(PtxToken token)
    {
        var space = token.Text == "shared" ? PtxSpace.Shared : token.Text == "local" ? PtxSpace.Local : PtxSpace.Param;
        var variable = ReadVariable(space, false);
        if (!_scopes[^1].Variables.TryAdd(variable.Name, variable))
            throw Error(token, $"'{variable.Name}' is declared twice");
        if (variable.IsInFrame)
            _frameAlignment = Math.Max(_frameAlignment, variable.Alignment);
        switch (space)
        {
            case PtxSpace.Shared when _inFunction:
                _usesModuleShared = true;
                variable.Offset = Place(variable, ref _moduleSharedBytes, token);
                break;
            case PtxSpace.Shared:
                _bodyShared.Add((variable, token));
                break;
            case PtxSpace.Local:
                variable.Offset = Place(variable, ref _localBytes, token);
                break;
            default:
                variable.Offset = Place(variable, ref _argumentBytes, token);
                _mostArgumentBytes = Math.Max(_mostArgumentBytes, _argumentBytes);
                _arguments.Add(variable);
                break;
        }
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

    /// <summary>Resolves labels and hands the body what was read. Arguments of calls lie behind the local variables of the frame.</summary>
    private void FinishBody(PtxBody body)
    {
        foreach (var (label, from) in _branches)
            label.Target = TargetOf(label, from);
        int alignment = Math.Max(16, _arguments.Select(variable => variable.Alignment).DefaultIfEmpty(1).Max());
        int arguments = _localBytes;
        if (_mostArgumentBytes > 0)
            arguments = (arguments + alignment - 1) & -alignment;
        foreach (var variable in _arguments)
            variable.Offset += arguments;
        if ((long)arguments + _mostArgumentBytes > MaximumVariableBytes)
            throw new PtxException(_file, body.Line, 1, $"'{body.Name}' needs more than {MaximumVariableBytes} bytes of local memory");
        body.FrameBytes = (arguments + _mostArgumentBytes + 15) & ~15;
        body.FrameAlignment = _frameAlignment;
        body.UsesModuleShared = _usesModuleShared;
        body.WantedDynamicAlignment = _dynamicAlignment;
        body.Registers = [.. _registers];
        body.Instructions = [.. _instructions];
        body.Labels = [.. _labels];
    }

    private int TargetOf(LabelOperand label, Scope from)
    {
        for (var scope = from; scope is not null; scope = scope.Outer)
        {
            if (scope.Labels.TryGetValue(label.Name, out int target))
                return target;
        }
        throw new PtxException(_file, label.Line, label.Column, $"label '{label.Name}' is not declared here");
    }

    /// <summary>Names declared between a pair of braces. Register ranges stay ranges until one of their registers is used.</summary>
    private sealed class Scope(Scope? outer)
    {
        private readonly Dictionary<string, PtxRegister?> _named = [];
        private readonly Dictionary<string, (PtxType Type, int Count)> _ranges = [];
        private readonly Dictionary<string, PtxType> _single = [];

        public Scope? Outer { get; } = outer;

        /// <summary>Bytes of arguments that were in use where the scope was opened.</summary>
        public int ArgumentBytes { get; init; }

        public Dictionary<string, int> Labels { get; } = [];

        /// <summary>Lists of branch targets, lists of functions and prototypes, by their labels.</summary>
        public Dictionary<string, object> Lists { get; } = [];

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
                if (!leadingZero && _ranges.TryGetValue(name[..split], out var range) && int.TryParse(name.AsSpan(split), out int number)
                        && number < range.Count)
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
