namespace NativeEngine.SoftGpu;

/// <content>Device functions, their prototypes, and calls.</content>
internal sealed partial class PtxParser
{
    private readonly Dictionary<string, PtxFunction> _functions = [];
    private readonly List<PtxFunction> _functionList = [];
    private readonly HashSet<PtxFunction> _addressTaken = [];

    /// <summary>
    /// A function that cannot be understood is kept with its error and skipped: only kernels that use it are refused. Only an error that hides where
    /// the function ends, or what it is called, is one of the module.
    /// </summary>
    private void ReadFunctionOrSkip()
    {
        int start = _at, declarations = _module.Declarations;
        PtxFunction? function = null;
        try
        {
            ReadFunction(ref function);
        }
        catch (PtxException problem) when (function is not null)
        {
            _at = start;
            if (!SkipFunction())
                throw;
            _module.Declarations = declarations;
            function.Problem ??= problem;
            function.Instructions = [];
            function.IsDefined = true;
        }
    }

    /// <summary>Goes behind a function's body, or behind the ';' of a declaration; false when there is no such end.</summary>
    private bool SkipFunction()
    {
        for (int depth = 0; Next.Kind != PtxTokenKind.End;)
        {
            var token = Take();
            if (token.IsMark('{'))
                depth++;
            else if ((token.IsMark('}') && --depth <= 0) || (token.IsMark(';') && depth == 0))
                return depth == 0;
        }
        return false;
    }

    /// <summary><c>.func [(results)] name [(parameters)] [directives] { body }</c> or <c>;</c></summary>
    private void ReadFunction(ref PtxFunction? function)
    {
        StartBody();
        _inFunction = true;
        ReadAttributes();
        int bytes = 0;
        var results = TakeMark('(') ? ReadFormals(ref bytes, ParameterOwner.Function) : [];
        ReadAttributes();
        var token = Next;
        string name = ReadName("a function name");
        if (_entries.Any(entry => entry.Name == name) || _moduleSymbols.ContainsKey(name))
            throw Error(token, $"'{name}' is declared twice");
        bool known = _functions.TryGetValue(name, out function);
        if (!known)
        {
            function = new PtxFunction(name, token.Line, _functionList.Count);
            _functions.Add(name, function);
            _functionList.Add(function);
        }
        var parameters = TakeMark('(') ? ReadFormals(ref bytes, ParameterOwner.Function) : [];
        var signature = new PtxSignature(results, parameters, bytes);
        // What a declaration that could not be read said is not known, so the next one decides.
        if (known && function!.Problem is null && !function.Signature.Fits(signature))
            throw Error(token, $"function '{name}' was declared as {function.Signature}, here it is {signature}");
        function!.Signature = signature;
        function.Parameters = parameters;
        ReadFunctionDirectives();
        if (TakeMark(';'))
        {
            _module.Declarations++;
            return;
        }
        if (function.IsDefined)
            throw Error(token, $"function '{name}' is defined twice");
        function.IsDefined = true;
        function.Line = token.Line;
        _localBytes = bytes;
        Expect('{', "before the body of a function");
        ReadBody();
        FinishBody(function);
    }

    private void ReadFunctionDirectives()
    {
        while (Next.Kind == PtxTokenKind.Dotted)
        {
            var token = Take();
            switch (token.Text)
            {
                // The machine has no registers to save and no caller to promise anything to.
                case "noreturn" or "unique" or "alwaysinline" or "noinline":
                    break;
                case "abi_preserve" or "abi_preserve_control" or "maxnreg" or "local_maxnreg":
                    ExpectInteger("a register count", 0, 255);
                    break;
                case "pragma":
                    _at--;
                    ReadPragma();
                    break;
                default:
                    throw Error(token, $"unknown function directive {token}");
            }
        }
    }

    /// <summary><c>.attribute(.managed, .unified(a, b))</c>: where a host finds the object, which changes nothing here.</summary>
    private void ReadAttributes()
    {
        while (TakeDotted("attribute"))
        {
            Expect('(', "after .attribute");
            for (int depth = 1; depth > 0;)
            {
                var token = Take();
                if (token.Kind == PtxTokenKind.End)
                    throw Error(token, "an attribute has no end: ')' is missing");
                depth += token.IsMark('(') ? 1 : token.IsMark(')') ? -1 : 0;
            }
        }
    }

    private List<PtxVariable> ReadFormals(ref int bytes, ParameterOwner owner)
    {
        var formals = new List<PtxVariable>();
        while (!TakeMark(')'))
        {
            if (formals.Count > 0)
                Expect(',', "between parameters");
            formals.Add(ReadParameter(ref bytes, owner));
        }
        return formals;
    }

    private PtxRegister DeclareParameterRegister(string name, PtxType type, PtxToken token)
    {
        if (!_scopes[0].Declare(name, type, -1))
            throw Error(token, $"register '{name}' is declared twice");
        return _scopes[0].Find(name, _registers)!;
    }

    /// <summary><c>.alias name, function;</c></summary>
    private void ReadAlias()
    {
        Take();
        var token = Next;
        var alias = ExpectFunction();
        Expect(',', "between an alias and its function");
        var target = ExpectFunction().Target;
        if (alias == target || alias.IsDefined || alias.AliasOf is not null)
            throw Error(token, $"'{alias.Name}' cannot become an alias: it is defined already");
        if (!alias.Signature.Fits(target.Signature))
            throw Error(token, $"'{alias.Name}' takes and gives {alias.Signature}, '{target.Name}' {target.Signature}");
        alias.AliasOf = target;
        Expect(';', "after an alias");
        _module.Declarations++;
    }

    private PtxFunction ExpectFunction()
    {
        var token = Next;
        return _functions.TryGetValue(ReadName("a function name"), out var function) ? function : throw Error(token, $"function {token} is not declared");
    }

    /// <summary>The directives behind a label: <c>.branchtargets a, b;</c> <c>.calltargets f, g;</c> <c>.callprototype (results) _ (parameters);</c></summary>
    private void ReadTargetList(string name, PtxToken token)
    {
        object list;
        string kind = Take().Text;
        if (kind == "callprototype")
        {
            list = ReadPrototype();
        }
        else if (kind == "calltargets")
        {
            var functions = new List<PtxFunction>();
            do
            {
                functions.Add(ExpectFunction());
            }
            while (TakeMark(','));
            list = functions;
        }
        else
        {
            list = ReadBranchTargets();
        }
        Expect(';', $"after .{kind}");
        if (_scopes[^1].Labels.ContainsKey(name) || !_scopes[^1].Lists.TryAdd(name, list))
            throw Error(token, $"label '{name}' is declared twice");
        _module.Declarations++;
    }

    private List<LabelOperand> ReadBranchTargets()
    {
        var labels = new List<LabelOperand>();
        do
        {
            var token = Next;
            string name = ReadName("a label");
            int count = 1;
            if (TakeMark('<'))
            {
                count = (int)ExpectInteger("a label count", 1, 1 << 12);
                Expect('>', "after a label count");
            }
            for (int i = 0; i < count; i++)
                labels.Add(new LabelOperand(count == 1 ? name : name + i, token.Line, token.Column));
        }
        while (TakeMark(','));
        foreach (var label in labels)
            _branches.Add((label, _scopes[^1]));
        return labels;
    }

    private PtxSignature ReadPrototype()
    {
        int bytes = 0;
        var results = TakeMark('(') ? ReadFormals(ref bytes, ParameterOwner.Prototype) : [];
        var token = Next;
        if (ExpectWord("the '_' of a prototype") != "_")
            throw Error(token, $"expected '_' in a prototype, found {token}");
        var parameters = TakeMark('(') ? ReadFormals(ref bytes, ParameterOwner.Prototype) : [];
        ReadFunctionDirectives();
        return new PtxSignature(results, parameters, bytes);
    }

    /// <summary><c>[(results),] function [, (arguments)] [, prototype or targets]</c></summary>
    private CallOperand ReadCall()
    {
        var token = Next;
        List<PtxOperand>? results = null, arguments = null;
        if (TakeMark('('))
        {
            results = ReadActuals(isDestination: true);
            Expect(',', "after the results of a call");
        }
        var callee = ReadCallee();
        LabelOperand? list = null;
        while (TakeMark(','))
        {
            if (arguments is null && TakeMark('('))
            {
                arguments = ReadActuals(isDestination: false);
                continue;
            }
            list = new LabelOperand(ReadName("a prototype or list of targets"), Next.Line, Next.Column);
            break;
        }
        var call = new CallOperand(results, callee, arguments, list, token.Line, token.Column);
        object? described = list is null ? null : FindList(list.Name)
            ?? throw Error(token, $"'{list.Name}' is no prototype and no list of functions that is declared here");
        call.Signature = (callee, described) switch
        {
            (FunctionOperand function, _) => function.Function.Signature,
            (_, PtxSignature prototype) => prototype,
            (_, List<PtxFunction> { Count: > 0 } functions) => functions[0].Signature,
            _ => throw Error(token, "a call through a register needs a prototype or a list of targets"),
        };
        if (described is List<PtxFunction> targets)
            call.Targets = targets;
        CheckActuals(call, token);
        return call;
    }

    private PtxOperand ReadCallee()
    {
        var token = Next;
        string name = ExpectWord("a function or a register");
        if (FindRegister(name) is { } register)
        {
            if (register.Type.Size() != 8 || !register.Type.IsInteger())
                throw Error(token, $"the address of a function takes 64 bits, '{name}' is .{register.Type.Spelling()}");
            return new RegisterOperand(register, false, token.Line, token.Column);
        }
        return _functions.TryGetValue(name, out var function) ? new FunctionOperand(function, token.Line, token.Column)
            : throw Error(token, $"function '{name}' is not declared");
    }

    private List<PtxOperand> ReadActuals(bool isDestination)
    {
        var actuals = new List<PtxOperand>();
        while (!TakeMark(')'))
        {
            if (actuals.Count > 0)
                Expect(',', "between arguments");
            var token = Next;
            if (!isDestination && (token.Kind == PtxTokenKind.Number || token.IsMark('-')))
            {
                actuals.Add(ReadImmediate(PtxType.B64));
                continue;
            }
            string name = ExpectWord("an argument");
            if (FindRegister(name) is { } register)
                actuals.Add(new RegisterOperand(register, false, token.Line, token.Column));
            else if (FindVariable(name) is { Space: PtxSpace.Param, IsInFrame: true } variable)
                actuals.Add(new SymbolOperand(variable, 0, token.Line, token.Column));
            else
                throw Error(token, $"'{name}' is no register and no .param variable of this body");
        }
        return actuals;
    }

    private void CheckActuals(CallOperand call, PtxToken token)
    {
        string name = call.Callee is FunctionOperand function ? $"function '{function.Function.Name}'" : "the prototype";
        Check(call.Results ?? [], call.Signature.Results, "results");
        Check(call.Arguments ?? [], call.Signature.Parameters, "arguments");

        void Check(IReadOnlyList<PtxOperand> actuals, IReadOnlyList<PtxVariable> formals, string what)
        {
            if (actuals.Count != formals.Count)
                throw Error(token, $"{name} has {formals.Count} {what}, the call {actuals.Count}");
            for (int i = 0; i < actuals.Count; i++)
            {
                long bytes = actuals[i] switch
                {
                    SymbolOperand symbol => symbol.Symbol.Bytes,
                    // A register of 32 bits may carry 8 or 16 bits.
                    RegisterOperand { Register: var register } when register.Type != PtxType.Pred && register.Type.Size() >= formals[i].Bytes =>
                        formals[i].Bytes,
                    ImmediateOperand when !formals[i].IsArray => formals[i].Bytes,
                    RegisterOperand { Register: var register } => register.Type.Size(),
                    _ => -1,
                };
                if (bytes != formals[i].Bytes)
                    throw new PtxException(_file, actuals[i].Line, actuals[i].Column,
                        $"{name} has {formals[i].Bytes} bytes as number {i + 1} of its {what}, '{actuals[i]}' has {bytes}");
            }
        }
    }

    private object? FindList(string name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].Lists.TryGetValue(name, out object? list))
                return list;
        }
        return null;
    }
}
