namespace NativeEngine.SoftGpu;

/// <summary>
/// One row of the opcode table: an opcode, the modifiers it takes in order, and the pattern of its operands. See <see cref="OpcodeTable"/> for how a
/// row is written.
/// </summary>
internal sealed class InstructionForm
{
    private readonly Slot[] _slots;

    public InstructionForm(string opcode, string modifiers, string operands, InstructionClass group, int minimumVersion, int minimumTarget)
    {
        Opcode = opcode;
        Class = group;
        MinimumVersion = minimumVersion;
        MinimumTarget = minimumTarget;
        _slots = [.. modifiers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => new Slot(text))];
        Operands = [.. operands.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => new OperandPattern(text))];
        RequiredOperands = Operands.Count(pattern => !pattern.Optional);
    }

    public string Opcode { get; }

    public InstructionClass Class { get; }

    /// <summary>Lowest PTX version times ten that has this form.</summary>
    public int MinimumVersion { get; }

    /// <summary>Lowest target architecture that has this form.</summary>
    public int MinimumTarget { get; }

    public OperandPattern[] Operands { get; }

    public int RequiredOperands { get; }

    /// <summary>
    /// Matches written modifiers from left to right. Returns how many were understood: all of them is a match, fewer says where the form stops
    /// fitting, and one more than written says that something is missing.
    /// </summary>
    public int Match(IReadOnlyList<string> written, out PtxType type, out PtxType second)
    {
        type = second = PtxType.None;
        int at = 0;
        foreach (var slot in _slots)
        {
            if (at < written.Count && slot.Choices.Contains(written[at]))
            {
                if (slot.IsType)
                {
                    PtxTypes.TryParse(written[at], out var found);
                    if (type == PtxType.None)
                        type = found;
                    else
                        second = found;
                }
                at++;
            }
            else if (!slot.Optional)
            {
                return at == written.Count ? written.Count + 1 : at;
            }
        }
        return at;
    }

    /// <summary>Every way to write this form: one modifier list for each combination of choices.</summary>
    public IEnumerable<string[]> Variants()
    {
        IEnumerable<string[]> lists = [[]];
        foreach (var slot in _slots)
        {
            IEnumerable<string?> choices = slot.Optional ? slot.Choices.Prepend(null) : slot.Choices;
            lists = lists.SelectMany(list => choices.Select(choice => choice is null ? list : [.. list, choice])).ToArray();
        }
        return lists;
    }

    /// <summary>One place for a modifier: its choices, and whether it may be left out.</summary>
    private sealed class Slot
    {
        public Slot(string text)
        {
            Optional = text.EndsWith('?');
            Choices = text.TrimEnd('?').Split('|');
            IsType = Choices.All(choice => PtxTypes.TryParse(choice, out _));
        }

        public string[] Choices { get; }

        public bool Optional { get; }

        public bool IsType { get; }
    }
}
