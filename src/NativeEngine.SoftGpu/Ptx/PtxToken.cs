namespace NativeEngine.SoftGpu;

internal enum PtxTokenKind : byte
{
    /// <summary>A name: register, label, symbol or the head of an opcode.</summary>
    Word,

    /// <summary>A word after a dot: a directive, an opcode modifier or a register component. The text has no dot.</summary>
    Dotted,

    Number,
    String,

    /// <summary>One character of punctuation.</summary>
    Mark,
    End,
}

internal readonly record struct PtxToken(PtxTokenKind Kind, string Text, int Line, int Column)
{
    public bool IsMark(char mark) => Kind == PtxTokenKind.Mark && Text[0] == mark;

    public bool IsDotted(string text) => Kind == PtxTokenKind.Dotted && Text == text;

    public override string ToString() => Kind switch
    {
        PtxTokenKind.End => "the end of the text",
        PtxTokenKind.Dotted => "'." + Text + "'",
        PtxTokenKind.String => "\"" + Text + "\"",
        _ => "'" + Text + "'",
    };
}
