namespace NativeEngine.SoftGpu;

/// <summary>Recursive-descent parser: one pass over the tokens, every token is consumed by a rule or refused.</summary>
internal sealed partial class PtxParser
{
    private const int HighestVersion = 91;

    /// <summary>Known targets with the first PTX version (times ten) that has them.</summary>
    private static readonly Dictionary<string, (int Architecture, int Version)> Targets = new()
    {
        ["sm_30"] = (30, 30),
        ["sm_32"] = (32, 40),
        ["sm_35"] = (35, 31),
        ["sm_37"] = (37, 41),
        ["sm_50"] = (50, 40),
        ["sm_52"] = (52, 41),
        ["sm_53"] = (53, 42),
        ["sm_60"] = (60, 50),
        ["sm_61"] = (61, 50),
        ["sm_62"] = (62, 50),
        ["sm_70"] = (70, 60),
        ["sm_72"] = (72, 61),
        ["sm_75"] = (75, 63),
        ["sm_80"] = (80, 70),
        ["sm_86"] = (86, 71),
        ["sm_87"] = (87, 74),
        ["sm_88"] = (88, 90),
        ["sm_89"] = (89, 78),
        ["sm_90"] = (90, 78),
        ["sm_90a"] = (90, 80),
        ["sm_100"] = (100, 86),
        ["sm_100a"] = (100, 86),
        ["sm_100f"] = (100, 88),
        ["sm_101"] = (101, 86),
        ["sm_101a"] = (101, 86),
        ["sm_101f"] = (101, 88),
        ["sm_103"] = (103, 88),
        ["sm_103a"] = (103, 88),
        ["sm_103f"] = (103, 88),
        ["sm_110"] = (110, 90),
        ["sm_110a"] = (110, 90),
        ["sm_110f"] = (110, 90),
        ["sm_120"] = (120, 87),
        ["sm_120a"] = (120, 87),
        ["sm_120f"] = (120, 88),
        ["sm_121"] = (121, 88),
        ["sm_121a"] = (121, 88),
        ["sm_121f"] = (121, 88),
    };

    private static readonly HashSet<int> Versions =
        [30, 31, 32, 40, 41, 42, 43, 50, 51, 60, 61, 62, 63, 64, 65, 70, 71, 72, 73, 74, 75, 76, 77, 78, 80, 81, 82, 83, 84, 85, 86, 87, 88, 90,
            HighestVersion];

    private readonly string _file;
    private readonly List<PtxToken> _tokens;
    private readonly PtxModule _module;
    private readonly List<PtxEntry> _entries = [];
    private readonly List<PtxVariable> _variables = [];
    private readonly Dictionary<string, PtxVariable> _moduleSymbols = [];
    private readonly Dictionary<int, string> _sourceFiles = [];
    private int _at;
    private int _moduleSharedBytes;

    public PtxParser(string text, string file)
    {
        _file = file;
        _tokens = new PtxLexer(text, file).ReadAll();
        _module = new PtxModule(file);
    }

    private PtxToken Next => _tokens[_at];

    public PtxModule ParseModule()
    {
        ReadVersion();
        ReadTarget();
        try
        {
            while (Next.Kind != PtxTokenKind.End)
                ReadModuleItem();
        }
        catch (PtxException) when (_entries.Find(entry => entry.Problem is not null) is { } broken)
        {
            // What went wrong first explains best.
            throw broken.Problem!;
        }
        if (_entries.Count > 0 && _entries.TrueForAll(entry => entry.Problem is not null))
            throw _entries[0].Problem!;
        foreach (var entry in _entries)
            FinishEntry(entry);
        _module.Entries = _entries;
        _module.Functions = _functionList;
        _module.AddressTaken = _addressTaken;
        _module.Variables = _variables;
        _module.SourceFiles = _sourceFiles;
        return _module;
    }

    /// <summary>What a kernel needs of shared memory is known when all functions have been read.</summary>
    private void FinishEntry(PtxEntry entry)
    {
        entry.Calls = new PtxCallGraph(entry, _addressTaken);
        int shared = entry.Calls.Bodies.Any(body => body.UsesModuleShared) ? _moduleSharedBytes : 0;
        foreach (var (variable, at) in entry.SharedVariables)
            variable.Offset = Place(variable, ref shared, at);
        entry.SharedBytes = shared;
        entry.DynamicSharedAlignment = entry.Calls.Bodies.Max(body => body.WantedDynamicAlignment);
    }

    private PtxException Error(PtxToken token, string problem) => new(_file, token.Line, token.Column, problem);

    private PtxToken Take() => _tokens[_at].Kind == PtxTokenKind.End ? _tokens[_at] : _tokens[_at++];

    private bool TakeMark(char mark)
    {
        if (!Next.IsMark(mark))
            return false;
        _at++;
        return true;
    }

    private void Expect(char mark, string where)
    {
        if (!TakeMark(mark))
            throw Error(Next, $"expected '{mark}' {where}, found {Next}");
    }

    private bool TakeDotted(string text)
    {
        if (!Next.IsDotted(text))
            return false;
        _at++;
        return true;
    }

    private string ExpectWord(string what)
    {
        if (Next.Kind != PtxTokenKind.Word)
            throw Error(Next, $"expected {what}, found {Next}");
        return Take().Text;
    }

    private long ExpectInteger(string what, long minimum, long maximum)
    {
        var token = Next;
        if (token.Kind != PtxTokenKind.Number || !PtxNumber.TryParse(token.Text, out var number) || number.IsFloat)
            throw Error(token, $"expected {what}, found {token}");
        if (number.Bits > (ulong)maximum || (long)number.Bits < minimum)
            throw Error(token, $"{what} must lie in {minimum}..{maximum}, got {token.Text}");
        Take();
        return (long)number.Bits;
    }

    private void ReadVersion()
    {
        var token = Next;
        if (!TakeDotted("version"))
            throw Error(token, $"PTX starts with .version, found {token}");
        token = Take();
        string[] parts = token.Text.Split('.');
        if (token.Kind != PtxTokenKind.Number || parts.Length != 2 || !int.TryParse(parts[0], out int major) || parts[1].Length != 1
                || !char.IsAsciiDigit(parts[1][0]))
            throw Error(token, $"expected a version such as 6.3, found {token}");
        int version = major is >= 0 and < 100 ? major * 10 + (parts[1][0] - '0') : -1;
        if (!Versions.Contains(version))
            throw Error(token, $"PTX version {token.Text} is not supported (3.0 to {HighestVersion / 10}.{HighestVersion % 10} are)");
        _module.Version = version;
    }

    private void ReadTarget()
    {
        var token = Next;
        if (!TakeDotted("target"))
            throw Error(token, $".version is followed by .target, found {token}");
        token = Next;
        string name = ExpectWord("a target such as sm_70");
        if (!Targets.TryGetValue(name, out var target))
            throw Error(token, $"target '{name}' is not supported (known: {string.Join(", ", Targets.Keys)})");
        if (target.Version > _module.Version)
            throw Error(token, $"target {name} needs PTX version {target.Version / 10}.{target.Version % 10}, the text says "
                + $"{_module.Version / 10}.{_module.Version % 10}");
        _module.Target = target.Architecture;
        while (TakeMark(','))
        {
            token = Next;
            // Texture modes say how textures are addressed; the machine has none.
            if (ExpectWord("a target option") is not ("debug" or "texmode_unified" or "texmode_independent"))
                throw Error(token, $"target option {token} is not supported");
        }
        token = Next;
        if (!TakeDotted("address_size"))
            throw Error(token, $".target is followed by .address_size 64, found {token}");
        token = Next;
        if (ExpectInteger("the address size", 0, 1 << 16) != 64)
            throw Error(token, $".address_size {token.Text} is not supported, only 64 is");
    }

    private void ReadModuleItem()
    {
        var token = Next;
        if (token.Kind != PtxTokenKind.Dotted)
            throw Error(token, $"expected a directive, found {token}");
        switch (token.Text)
        {
            case "file":
                ReadFile();
                return;
            case "section":
                ReadSection();
                return;
            case "pragma":
                ReadPragma();
                return;
        }
        if (token.Text == "alias")
        {
            ReadAlias();
            return;
        }
        string? linkage = token.Text is "visible" or "extern" or "weak" or "common" ? Take().Text : null;
        token = Next;
        switch (token.Kind == PtxTokenKind.Dotted ? token.Text : "")
        {
            case "entry" when linkage != "extern":
                Take();
                ReadEntry();
                return;
            case "func":
                Take();
                ReadFunctionOrSkip();
                return;
            case "global" or "const" when linkage != "extern":
                ReadModuleVariable(false);
                return;
            case "shared":
                ReadModuleVariable(linkage == "extern");
                return;
            case "entry" or "global" or "const":
                throw Error(token, $".extern {token} is not supported: a module is loaded on its own, without a linker");
            default:
                throw Error(token, $"unknown directive {token}");
        }
    }

    /// <summary><c>.file N "name" [, timestamp, size]</c></summary>
    private void ReadFile()
    {
        Take();
        var token = Next;
        int number = (int)ExpectInteger("a file number", 0, int.MaxValue);
        if (Next.Kind != PtxTokenKind.String)
            throw Error(Next, $"expected a file name in quotes, found {Next}");
        if (!_sourceFiles.TryAdd(number, Take().Text))
            throw Error(token, $"file number {number} is declared twice");
        if (TakeMark(','))
        {
            ExpectInteger("a timestamp", 0, long.MaxValue);
            Expect(',', "between timestamp and size");
            ExpectInteger("a file size", 0, long.MaxValue);
        }
    }

    /// <summary>Debug sections hold data only; their grammar is checked and their contents are not needed.</summary>
    private void ReadSection()
    {
        Take();
        if (Next.Kind is not (PtxTokenKind.Dotted or PtxTokenKind.Word))
            throw Error(Next, $"expected a section name, found {Next}");
        Take();
        Expect('{', "to open the section");
        while (!TakeMark('}'))
        {
            var token = Take();
            if (token.Kind == PtxTokenKind.Word)
            {
                Expect(':', "after a label in a section");
                continue;
            }
            if (token.Kind != PtxTokenKind.Dotted || token.Text is not ("b8" or "b16" or "b32" or "b64"))
                throw Error(token, $"expected data in a section, found {token}");
            do
            {
                ReadSectionValue();
            }
            while (TakeMark(','));
        }
    }

    private void ReadSectionValue()
    {
        TakeMark('-');
        var token = Take();
        if (token.Kind is not (PtxTokenKind.Number or PtxTokenKind.Word or PtxTokenKind.Dotted))
            throw Error(token, $"expected a value in a section, found {token}");
        if (TakeMark('+') || TakeMark('-'))
        {
            token = Take();
            if (token.Kind is not (PtxTokenKind.Number or PtxTokenKind.Word or PtxTokenKind.Dotted))
                throw Error(token, $"expected a value in a section, found {token}");
        }
    }

    /// <summary>Pragmas are hints to a compiler: by the language's definition none of them changes what a program means.</summary>
    private void ReadPragma()
    {
        Take();
        do
        {
            var token = Take();
            if (token.Kind != PtxTokenKind.String)
                throw Error(token, $"expected a pragma in quotes, found {token}");
        }
        while (TakeMark(','));
        Expect(';', "after a pragma");
        _module.Declarations++;
    }
}
