using System.Text;

namespace NativeEngine.SoftGpu;

/// <summary>One instruction: its form in the opcode table, the modifiers it was written with, its operands and its place.</summary>
public sealed class PtxInstruction
{
    internal PtxInstruction(InstructionForm form, string[] modifiers, PtxType type, PtxType secondType, PtxOperand[] operands)
    {
        Form = form;
        Modifiers = modifiers;
        Type = type;
        SecondType = secondType;
        Operands = operands;
    }

    internal InstructionForm Form { get; }

    /// <summary>First word of the instruction, for example <c>add</c>.</summary>
    public string Opcode => Form.Opcode;

    /// <summary>Class for the counters.</summary>
    public InstructionClass Class => Form.Class;

    /// <summary>Everything after the dots in written order, types included.</summary>
    public IReadOnlyList<string> Modifiers { get; }

    /// <summary>The first type, or <see cref="PtxType.None"/>.</summary>
    public PtxType Type { get; }

    /// <summary>The second type (source of <c>cvt</c>, <c>set</c>, <c>slct</c>), or <see cref="PtxType.None"/>.</summary>
    public PtxType SecondType { get; }

    public IReadOnlyList<PtxOperand> Operands { get; }

    /// <summary>The guard predicate of <c>@%p</c>, or null.</summary>
    public RegisterOperand? Guard { get; internal init; }

    /// <summary>Name of the PTX text.</summary>
    internal string File { get; init; } = "";

    public int Line { get; internal init; }

    public int Column { get; internal init; }

    /// <summary>File number of the last <c>.loc</c>, 0 when there is none.</summary>
    public int SourceFile { get; internal init; }

    /// <summary>Source line of the last <c>.loc</c>, 0 when there is none.</summary>
    public int SourceLine { get; internal init; }

    /// <summary>True when the instruction was written with this modifier.</summary>
    public bool Has(string modifier)
    {
        foreach (string m in Modifiers)
        {
            if (m == modifier)
                return true;
        }
        return false;
    }

    /// <summary>The first of <paramref name="candidates"/> the instruction was written with, or null.</summary>
    internal string? OneOf(params ReadOnlySpan<string> candidates)
    {
        foreach (string candidate in candidates)
        {
            if (Has(candidate))
                return candidate;
        }
        return null;
    }

    /// <summary>Instructions that it may jump to, beside the next.</summary>
    internal IEnumerable<int> Jumps => Operands is [LabelOperand label] ? [label.Target] : Operands is [_, BranchTableOperand table]
        ? table.Labels.Select(target => target.Target) : [];

    /// <summary>True when the next instruction is not the only one that may follow.</summary>
    internal bool IsJump => Opcode is "bra" or "brx" or "ret" or "exit";

    /// <summary>The instruction as PTX text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Guard is { } guard)
            text.Append('@').Append(guard).Append(' ');
        text.Append(Opcode);
        foreach (string modifier in Modifiers)
            text.Append('.').Append(modifier);
        for (int i = 0; i < Operands.Count; i++)
            text.Append(i == 0 ? " " : ", ").Append(Operands[i]);
        return text.Append(';').ToString();
    }
}
