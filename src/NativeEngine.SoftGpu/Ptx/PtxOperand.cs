namespace NativeEngine.SoftGpu;

/// <summary>One operand of an instruction, checked against the instruction's form.</summary>
public abstract record PtxOperand(int Line, int Column);

/// <summary>A declared register, <c>!</c>-negated where a predicate may be.</summary>
public sealed record RegisterOperand(PtxRegister Register, bool Negated, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => (Negated ? "!" : "") + Register.Name;
}

/// <summary>A predefined read-only register such as <c>%tid.x</c>.</summary>
public sealed record SpecialOperand(string Name, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => Name;
}

/// <summary>A constant; <see cref="Bits"/> already has the size and class the instruction wants.</summary>
public sealed record ImmediateOperand(ulong Bits, string Text, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => Text;
}

/// <summary>The address of a variable or parameter, plus a constant.</summary>
public sealed record SymbolOperand(PtxVariable Symbol, long Offset, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => Offset == 0 ? Symbol.Name : $"{Symbol.Name}+{Offset}";
}

/// <summary>A memory operand <c>[base + offset]</c>; the base is a register, a symbol or a constant.</summary>
public sealed record AddressOperand(PtxOperand Base, long Offset, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => Offset == 0 ? $"[{Base}]" : $"[{Base}+{Offset}]";
}

/// <summary>Registers in braces: vector loads and stores, packing and unpacking moves. A null element is the sink <c>_</c>.</summary>
public sealed record VectorOperand(PtxOperand?[] Elements, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => "{" + string.Join(", ", Elements.Select(element => element?.ToString() ?? "_")) + "}";
}

/// <summary>A destination with a second predicate destination: <c>%r1|%p1</c>.</summary>
public sealed record PairOperand(PtxRegister? First, PtxRegister Second, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => $"{First?.Name ?? "_"}|{Second.Name}";
}

/// <summary>The sink <c>_</c>: a result that nobody wants.</summary>
public sealed record SinkOperand(int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => "_";
}

/// <summary>A branch target.</summary>
public sealed record LabelOperand(string Name, int Line, int Column) : PtxOperand(Line, Column)
{
    /// <summary>Index of the target instruction in the entry, filled when the body has been read.</summary>
    public int Target { get; internal set; } = -1;

    public override string ToString() => Name;
}

/// <summary>The address of a device function.</summary>
public sealed record FunctionOperand(PtxFunction Function, int Line, int Column) : PtxOperand(Line, Column)
{
    public override string ToString() => Function.Name;
}

/// <summary>The list of labels that an indexed branch chooses from.</summary>
public sealed record BranchTableOperand(string Name, int Line, int Column) : PtxOperand(Line, Column)
{
    /// <summary>The labels, in order.</summary>
    public IReadOnlyList<LabelOperand> Labels { get; internal set; } = [];

    public override string ToString() => Name;
}

/// <summary>
/// All of a call: its results, what is called (a function, or a register that holds a function's address), its arguments, and the prototype or list of
/// targets of an indirect call. Null lists were not written.
/// </summary>
public sealed record CallOperand(
    IReadOnlyList<PtxOperand>? Results, PtxOperand Callee, IReadOnlyList<PtxOperand>? Arguments, LabelOperand? List, int Line, int Column)
        : PtxOperand(Line, Column)
{
    /// <summary>What is passed, and where.</summary>
    internal PtxSignature Signature { get; set; } = PtxSignature.Empty;

    /// <summary>The functions an indirect call may reach, or null for all whose address is taken.</summary>
    internal IReadOnlyList<PtxFunction>? Targets { get; set; }

    /// <summary>The function that is called, or null when a register says which.</summary>
    internal PtxFunction? Function => (Callee as FunctionOperand)?.Function.Target;

    /// <summary>The machine's own function that is called, if it is one.</summary>
    internal SystemFunction System => Function?.System ?? SystemFunction.None;

    public override string ToString()
    {
        string text = Callee.ToString()!;
        if (Results is not null)
            text = $"({string.Join(", ", Results)}), {text}";
        if (Arguments is not null)
            text += $", ({string.Join(", ", Arguments)})";
        return List is null ? text : $"{text}, {List}";
    }
}
