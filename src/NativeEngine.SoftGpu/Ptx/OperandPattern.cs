namespace NativeEngine.SoftGpu;

internal enum OperandKind : byte
{
    /// <summary>A register, constant or special register of a type.</summary>
    Value,

    /// <summary>A predicate that may be negated.</summary>
    Predicate,

    /// <summary>A destination predicate, or two of them as <c>p|q</c>.</summary>
    PredicatePair,

    /// <summary>A destination with an optional second predicate destination.</summary>
    ValueAndPredicate,

    /// <summary>Source or destination of a move: a value, a symbol's address, or braces that pack and unpack.</summary>
    Move,

    /// <summary>A value, or a braced vector when the instruction has <c>.v2</c> or <c>.v4</c>.</summary>
    Vector,

    Memory,
    Label,

    /// <summary>Everything behind <c>call</c>.</summary>
    Call,

    /// <summary>The label of a <c>.branchtargets</c> list.</summary>
    BranchTable,

    /// <summary>An integer constant of 8 bits: a table, or one of a list.</summary>
    Constant,

    /// <summary>The registers of a matrix fragment.</summary>
    Fragment,
}

internal enum OperandTyping : byte
{
    /// <summary>The instruction's first type.</summary>
    First,

    /// <summary>The instruction's second type.</summary>
    Second,

    /// <summary>Twice the width of the first type.</summary>
    Widened,

    /// <summary>A type named in the pattern.</summary>
    Fixed,
}

/// <summary>One operand of a form: what may stand there and of which type. See <see cref="OpcodeTable"/> for the notation.</summary>
internal sealed class OperandPattern
{
    public OperandPattern(string text)
    {
        if (text.IndexOf('@') is >= 0 and var at)
        {
            Condition = text[(at + 1)..];
            text = text[..at];
        }
        Optional = text.EndsWith('?');
        text = text.TrimEnd('?');
        IsDestination = text.StartsWith('=');
        AllowsSink = IsDestination && text.EndsWith('_');
        text = text.TrimEnd('_');
        text = text.TrimStart('=');
        AllowsWider = text.EndsWith('~');
        text = text.TrimEnd('~');
        if (text.EndsWith("|P", StringComparison.Ordinal))
        {
            Kind = OperandKind.ValueAndPredicate;
            text = text[..^2];
        }
        else
        {
            Kind = text switch
            {
                "P" => IsDestination ? OperandKind.PredicatePair : OperandKind.Predicate,
                "X" => OperandKind.Move,
                "V" or "V32" => OperandKind.Vector,
                "M" or "M:shared" or "M:global" => OperandKind.Memory,
                "L" => OperandKind.Label,
                "C" => OperandKind.Call,
                "B" => OperandKind.BranchTable,
                "I" => OperandKind.Constant,
                _ when text.StartsWith("I:", StringComparison.Ordinal) => OperandKind.Constant,
                "FA" or "FB" or "FC" or "FD" or "FM" => OperandKind.Fragment,
                _ => OperandKind.Value,
            };
        }
        if (PtxTypes.TryParse(text, out var type))
        {
            FixedType = type;
            Typing = OperandTyping.Fixed;
        }
        else
        {
            Typing = text switch
            {
                "U" => OperandTyping.Second,
                "W" => OperandTyping.Widened,
                "P" => OperandTyping.Fixed,
                _ => OperandTyping.First,
            };
            FixedType = text == "P" ? PtxType.Pred : PtxType.None;
        }
        AllowsWider |= Kind == OperandKind.Vector;
        MaximumBytes = text == "V32" ? 32 : 16;
        if (Kind == OperandKind.Fragment)
            Matrix = text[1];
        if (Kind == OperandKind.Constant && text.Length > 2)
            Allowed = [.. text[2..].Split('/').Select(ulong.Parse)];
        Space = text switch { "M:shared" => PtxSpace.Shared, "M:global" => PtxSpace.Global, _ => null };
    }

    public OperandKind Kind { get; }

    public OperandTyping Typing { get; }

    public PtxType FixedType { get; }

    public bool IsDestination { get; }

    public bool Optional { get; }

    /// <summary>True where a register wider than the type may stand (loads, stores, conversions).</summary>
    public bool AllowsWider { get; }

    /// <summary>True where <c>_</c> may stand for the destination.</summary>
    public bool AllowsSink { get; }

    /// <summary>The modifier without which this operand is not there, or null.</summary>
    public string? Condition { get; }

    /// <summary>Most bytes that a vector moves for each lane.</summary>
    public int MaximumBytes { get; }

    /// <summary>Which matrix a fragment belongs to: 'A' to 'D' of a product, 'M' as many registers as the <c>.x</c> modifier says.</summary>
    public char Matrix { get; }

    /// <summary>The constants that may stand here; empty for all of 8 bits.</summary>
    public ulong[] Allowed { get; } = [];

    /// <summary>The space of an address where the modifiers name more than one; null takes theirs.</summary>
    public PtxSpace? Space { get; }

    /// <summary>The operand's type in an instruction of these types.</summary>
    public PtxType TypeFor(PtxType first, PtxType second) => Typing switch
    {
        OperandTyping.First => first,
        OperandTyping.Second => second,
        OperandTyping.Widened => first.Widened(),
        _ => FixedType,
    };
}
