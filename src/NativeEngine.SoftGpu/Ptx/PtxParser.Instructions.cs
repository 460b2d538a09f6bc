namespace NativeEngine.SoftGpu;

/// <content>Instructions and their operands.</content>
internal sealed partial class PtxParser
{
    private const int MaximumInstructions = 1 << 20;

    private void ReadInstruction()
    {
        var guard = ReadGuard();
        var head = Next;
        string opcode = ExpectWord("an instruction");
        var forms = OpcodeTable.FormsOf(opcode);
        var tokens = new List<PtxToken>();
        var modifiers = new List<string>();
        while (Next.Kind == PtxTokenKind.Dotted)
        {
            modifiers.Add(Next.Text);
            tokens.Add(Take());
        }
        if (OutOfScope.ReasonFor(opcode, modifiers) is { } reason)
            throw Error(head, $"'{Spell(opcode, modifiers)}' is not supported: {reason}");
        if (forms.IsEmpty)
            throw Error(head, $"unknown instruction '{opcode}'");
        int operandsAt = _at;
        PtxException? failure = null, refusal = null;
        InstructionForm? nearest = null;
        int reached = -1;
        foreach (var form in forms)
        {
            int matched = form.Match(modifiers, out var type, out var second);
            if (matched != modifiers.Count)
            {
                int depth = Math.Min(matched, modifiers.Count);
                if (depth > reached)
                    (reached, nearest) = (depth, form);
                continue;
            }
            _at = operandsAt;
            try
            {
                var operands = ReadOperands(form, head, modifiers, type, second);
                if (form.Limits.Refusal(_module) is { } limit)
                {
                    refusal ??= Error(head, $"'{Spell(opcode, modifiers)}' {limit}");
                    continue;
                }
                Add(new PtxInstruction(form, [.. modifiers], type, second, operands)
                {
                    Guard = guard,
                    File = _file,
                    Line = head.Line,
                    Column = head.Column,
                    SourceFile = _sourceFile,
                    SourceLine = _sourceLine,
                });
                return;
            }
            catch (PtxException error) when (forms.Length > 1)
            {
                // Another form with the same modifiers may take these operands; the error that got furthest explains best.
                if (failure is null || error.Line > failure.Line || (error.Line == failure.Line && error.Column > failure.Column))
                    failure = error;
            }
        }
        throw refusal ?? failure ?? ModifierError(head, opcode, tokens, modifiers, reached);
    }

    private void Add(PtxInstruction instruction)
    {
        if (_instructions.Count >= MaximumInstructions)
            throw new PtxException(_file, instruction.Line, instruction.Column, $"the kernel has more than {MaximumInstructions} instructions");
        _instructions.Add(instruction);
    }

    private PtxException ModifierError(PtxToken head, string opcode, List<PtxToken> tokens, List<string> modifiers, int reached) =>
        reached < tokens.Count
            ? Error(tokens[reached], $"'{Spell(opcode, modifiers)}': modifier {tokens[reached]} is unknown, misplaced or not supported here")
            : Error(head, $"'{Spell(opcode, modifiers)}': a modifier or type is missing");

    private static string Spell(string opcode, List<string> modifiers) => modifiers.Count == 0 ? opcode : opcode + "." + string.Join('.', modifiers);

    private RegisterOperand? ReadGuard()
    {
        var token = Next;
        if (!TakeMark('@'))
            return null;
        bool negated = TakeMark('!');
        var nameToken = Next;
        string name = ExpectWord("a guard predicate");
        var register = FindRegister(name) ?? throw Error(nameToken, $"register '{name}' is not declared");
        if (register.Type != PtxType.Pred)
            throw Error(nameToken, $"the guard '{name}' is .{register.Type.Spelling()}, a predicate is wanted");
        return new RegisterOperand(register, negated, token.Line, token.Column);
    }

    private PtxOperand[] ReadOperands(InstructionForm form, PtxToken head, List<string> modifiers, PtxType type, PtxType second)
    {
        var operands = new List<PtxOperand>();
        var patterns = form.OperandsFor(modifiers);
        while (!TakeMark(';'))
        {
            if (operands.Count == patterns.Length)
                throw Error(Next, operands.Count == 0 ? $"'{form.Opcode}' takes no operands, found {Next}"
                    : $"expected ';' after operand {operands.Count} of '{form.Opcode}', found {Next}");
            if (operands.Count > 0)
                Expect(',', "between operands");
            var pattern = patterns[operands.Count];
            operands.Add(ReadOperand(pattern, pattern.TypeFor(type, second), modifiers));
        }
        int required = patterns.Count(pattern => !pattern.Optional);
        if (operands.Count < required)
            throw Error(_tokens[_at - 1], $"'{form.Opcode}' takes {required} operands, found {operands.Count}");
        if (form.Opcode == "st" && SpaceOf(modifiers) == PtxSpace.Param && operands[0] is AddressOperand { Base: var written } && !IsWritableParameter(written))
            throw Error(head, $"{operands[0]} is a parameter of the kernel, which cannot be written");
        if (form.Operands.Any(pattern => pattern.Kind == OperandKind.Move))
            CheckMove(operands, type, head);
        return [.. operands];
    }

    /// <summary>A <c>.param</c> variable of the frame, or in a function an address of one.</summary>
    private bool IsWritableParameter(PtxOperand address) => address is SymbolOperand { Symbol.IsInFrame: true } || (_inFunction && address is RegisterOperand);

    private PtxOperand ReadOperand(OperandPattern pattern, PtxType type, List<string> modifiers)
    {
        var token = Next;
        switch (pattern.Kind)
        {
            case OperandKind.Label:
                var label = new LabelOperand(ReadName("a label"), token.Line, token.Column);
                _branches.Add((label, _scopes[^1]));
                return label;
            case OperandKind.BranchTable:
                return new BranchTableOperand(ReadName("a list of labels"), token.Line, token.Column)
                {
                    Labels = FindList(token.Text) as List<LabelOperand> ?? throw Error(token, $"{token} is no list of labels that is declared here"),
                };
            case OperandKind.Call:
                return ReadCall();
            case OperandKind.Memory:
                return ReadAddress(pattern.Space ?? SpaceOf(modifiers));
            case OperandKind.Constant:
                var table = ReadImmediate(PtxType.U32);
                if (pattern.Allowed.Length > 0)
                    return pattern.Allowed.Contains(table.Bits) ? table
                        : throw Error(token, $"{string.Join(" or ", pattern.Allowed)} is wanted, found {table}");
                return table.Bits <= 255 ? table : throw Error(token, $"a table of 8 bits is wanted, found {table}");
            case OperandKind.Fragment:
                var (registers, register32) = MatrixShape.RegistersOf(pattern.Matrix, modifiers);
                return registers == 1 && !Next.IsMark('{') ? ReadValue(pattern, register32) : ReadVector(pattern, register32, registers);
            case OperandKind.Vector:
                int count = VectorCount(modifiers);
                if (count * type.Size() > pattern.MaximumBytes)
                    throw Error(token, $"a vector access of {count * type.Size()} bytes is more than {pattern.MaximumBytes}");
                return count == 1 && !Next.IsMark('{') ? ReadValue(pattern, type) : ReadVector(pattern, type, count);
            case OperandKind.Move:
                return Next.IsMark('{') ? ReadVector(pattern, PackedElement(type, token), -1) : ReadValue(pattern, type);
            case OperandKind.Predicate:
                bool negated = TakeMark('!');
                var value = ReadValue(pattern, PtxType.Pred);
                if (value is RegisterOperand register)
                    return register with { Negated = negated, Line = token.Line, Column = token.Column };
                if (negated)
                    throw Error(token, "only a predicate register can be negated");
                return value;
            case OperandKind.PredicatePair or OperandKind.ValueAndPredicate:
                return ReadPair(pattern, type);
            default:
                return ReadValue(pattern, type);
        }
    }

    private PtxOperand ReadPair(OperandPattern pattern, PtxType type)
    {
        var token = Next;
        PtxRegister? first = null;
        if (token.Kind == PtxTokenKind.Word && token.Text == "_" && _tokens[_at + 1].IsMark('|'))
            Take();
        else if (ReadValue(pattern, pattern.Kind == OperandKind.PredicatePair ? PtxType.Pred : type) is RegisterOperand register)
            first = register.Register;
        if (!TakeMark('|'))
            return new RegisterOperand(first!, false, token.Line, token.Column);
        var secondToken = Next;
        string name = ExpectWord("a predicate register");
        var second = FindRegister(name) ?? throw Error(secondToken, $"register '{name}' is not declared");
        if (second.Type != PtxType.Pred)
            throw Error(secondToken, $"'{name}' is .{second.Type.Spelling()}, a predicate is wanted");
        return new PairOperand(first, second, token.Line, token.Column);
    }

    private VectorOperand ReadVector(OperandPattern pattern, PtxType element, int count)
    {
        var token = Next;
        Expect('{', "before a vector operand");
        var elements = new List<PtxOperand?>();
        do
        {
            if (pattern.IsDestination && Next.Kind == PtxTokenKind.Word && Next.Text == "_")
            {
                Take();
                elements.Add(null);
            }
            else
            {
                elements.Add(ReadValue(pattern, element));
            }
        }
        while (TakeMark(','));
        Expect('}', "after a vector operand");
        if (count > 0 && elements.Count != count)
            throw Error(token, $"the vector operand has {elements.Count} elements, the instruction moves {count}");
        return new VectorOperand([.. elements], token.Line, token.Column);
    }

    /// <summary>Element type of a packing move: halves of 32 or 64 bits; quarters of 64 bits are recognised by their registers in
    /// <see cref="CheckMove"/>.</summary>
    private PtxType PackedElement(PtxType type, PtxToken token)
    {
        if (type is not (PtxType.B32 or PtxType.B64))
            throw Error(token, $"packing works on .b32 and .b64, not on .{type.Spelling()}");
        var first = _tokens[_at + 1];
        bool quarter = type == PtxType.B64 && first.Kind == PtxTokenKind.Word && FindRegister(first.Text) is { } register && register.Type.Size() == 2;
        return type == PtxType.B32 || quarter ? PtxType.B16 : PtxType.B32;
    }

    private void CheckMove(List<PtxOperand> operands, PtxType type, PtxToken head)
    {
        if (operands[0] is VectorOperand && operands[1] is VectorOperand)
            throw Error(head, "a move has braces on one side only");
        foreach (var operand in operands)
        {
            if (operand is not VectorOperand vector)
                continue;
            var register = vector.Elements.OfType<RegisterOperand>().FirstOrDefault() ?? throw Error(head, "a packing move names at least one register");
            int size = register.Register.Type.Size();
            if (vector.Elements.Length * size != type.Size())
                throw Error(head, $"the braces hold {vector.Elements.Length} elements of {size} bytes, .{type.Spelling()} has {type.Size()}");
        }
    }

    private PtxOperand ReadValue(OperandPattern pattern, PtxType type)
    {
        var token = Next;
        if (token.Kind == PtxTokenKind.Number || token.IsMark('-'))
        {
            if (pattern.IsDestination)
                throw Error(token, "a constant cannot be a destination");
            return ReadImmediate(type);
        }
        string name = ExpectWord("an operand");
        if (name == "WARP_SZ" && !pattern.IsDestination && type.IsInteger() && type.Size() > 1)
            return new ImmediateOperand(32, name, token.Line, token.Column);
        if (name == "_" && pattern.AllowsSink)
            return new SinkOperand(token.Line, token.Column);
        if (FindRegister(name) is { } register)
        {
            if (!type.Accepts(register.Type, pattern.AllowsWider))
                throw Error(token, $"register '{name}' is .{register.Type.Spelling()}, .{type.Spelling()} is wanted");
            return new RegisterOperand(register, false, token.Line, token.Column);
        }
        if (name.StartsWith('%'))
            return ReadSpecial(pattern, type, name, token);
        if (pattern.Kind != OperandKind.Move || pattern.IsDestination)
            throw Error(token, $"'{name}' is not a register");
        if (FindVariable(name) is not { } variable)
        {
            if (!_functions.TryGetValue(name, out var function))
                throw Error(token, $"'{name}' is not declared");
            if (type.IsFloat() || type.Size() != 8)
                throw Error(token, $"the address of '{name}' cannot stand where .{type.Spelling()} is wanted");
            _addressTaken.Add(function);
            return new FunctionOperand(function, token.Line, token.Column);
        }
        bool smallWindow = variable.Space is PtxSpace.Shared or PtxSpace.Local or PtxSpace.Param;
        if (type.IsFloat() || (type.Size() != 8 && !(type.Size() == 4 && smallWindow)))
            throw Error(token, $"the address of '{name}' cannot stand where .{type.Spelling()} is wanted");
        return new SymbolOperand(variable, ReadOffset(), token.Line, token.Column);
    }

    private SpecialOperand ReadSpecial(OperandPattern pattern, PtxType type, string name, PtxToken token)
    {
        if (Next.Kind == PtxTokenKind.Dotted && SpecialRegisters.TryGetType(name + "." + Next.Text, out _))
            name += "." + Take().Text;
        if (!SpecialRegisters.TryGetType(name, out var special))
            throw Error(token, $"register '{name}' is not declared");
        if (pattern.IsDestination)
            throw Error(token, $"'{name}' is read-only");
        if (!type.Accepts(special))
            throw Error(token, $"'{name}' is .{special.Spelling()}, .{type.Spelling()} is wanted");
        return new SpecialOperand(name, token.Line, token.Column);
    }

    /// <summary>An optional <c>+ n</c>, <c>+ -n</c> or <c>- n</c> after an address base.</summary>
    private long ReadOffset()
    {
        bool plus = TakeMark('+');
        bool minus = TakeMark('-');
        if (!plus && !minus)
            return 0;
        long offset = ExpectInteger("an offset", 0, int.MaxValue);
        return minus ? -offset : offset;
    }

    /// <summary>A constant with its sign; the text is kept as it was written.</summary>
    private ImmediateOperand ReadImmediate(PtxType type)
    {
        var token = Next;
        string sign = token.IsMark('-') ? "-" : "";
        ulong bits = ReadConstant(type);
        return new ImmediateOperand(bits, sign + _tokens[_at - 1].Text, token.Line, token.Column);
    }

    private AddressOperand ReadAddress(PtxSpace space)
    {
        var token = Next;
        Expect('[', "before an address");
        var baseToken = Next;
        PtxOperand address;
        if (baseToken.Kind == PtxTokenKind.Number)
        {
            address = ReadImmediate(PtxType.U64);
        }
        else
        {
            string name = ExpectWord("an address");
            if (FindRegister(name) is { } register)
            {
                bool narrowAllowed = space is PtxSpace.Shared or PtxSpace.Local or PtxSpace.Const or PtxSpace.Param;
                if (register.Type.Size() != 8 && !(narrowAllowed && register.Type.Size() == 4) || !register.Type.IsInteger())
                    throw Error(baseToken, $"address register '{name}' is .{register.Type.Spelling()}, .u64 is wanted");
                address = new RegisterOperand(register, false, baseToken.Line, baseToken.Column);
            }
            else
            {
                var variable = FindVariable(name) ?? throw Error(baseToken, $"'{name}' is not declared");
                if (variable.Space != space && !(space == PtxSpace.Generic && variable.Space is PtxSpace.Global or PtxSpace.Const))
                    throw Error(baseToken, $"'{name}' is in {variable.Space.ToString().ToLowerInvariant()} memory, the instruction accesses "
                        + $"{space.ToString().ToLowerInvariant()} memory");
                address = new SymbolOperand(variable, 0, baseToken.Line, baseToken.Column);
            }
        }
        long offset = ReadOffset();
        Expect(']', "after an address");
        return new AddressOperand(address, offset, token.Line, token.Column);
    }

    /// <summary>Elements that a vector access moves for each lane.</summary>
    internal static int VectorCount(IEnumerable<string> modifiers)
    {
        foreach (string modifier in modifiers)
        {
            switch (modifier)
            {
                case "v2": return 2;
                case "v4": return 4;
                case "v8": return 8;
            }
        }
        return 1;
    }

    /// <summary>The state space among an instruction's modifiers.</summary>
    internal static PtxSpace SpaceOf(IEnumerable<string> modifiers)
    {
        foreach (string modifier in modifiers)
        {
            switch (modifier)
            {
                case "global": return PtxSpace.Global;
                case "shared" or "shared::cta": return PtxSpace.Shared;
                case "local": return PtxSpace.Local;
                case "const": return PtxSpace.Const;
                case "param" or "param::entry" or "param::func": return PtxSpace.Param;
            }
        }
        return PtxSpace.Generic;
    }
}
