namespace NativeEngine.SoftGpu;

/// <summary>
/// One row of the opcode table: an opcode, the modifiers it takes in order, and the pattern of its operands. See <see cref="OpcodeTable"/> for how a
/// row is written.
/// </summary>
internal sealed class InstructionForm
{
    private readonly Slot[] _slots;

    public InstructionForm(string opcode, string modifiers, string operands, InstructionClass group, FormLimits limits)
    {
        Opcode = opcode;
        Class = group;
        Limits = limits;
        _slots = [.. ReadSlots(modifiers)];
        Operands = [.. operands.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => new OperandPattern(text))];
    }

    public string Opcode { get; }

    public InstructionClass Class { get; }

    /// <summary>Versions and targets that have this form.</summary>
    public FormLimits Limits { get; }

    /// <summary>Patterns of all operands; those that depend on a modifier stand last.</summary>
    public OperandPattern[] Operands { get; }

    /// <summary>The patterns of the operands that go with these modifiers.</summary>
    public OperandPattern[] OperandsFor(IEnumerable<string> modifiers) =>
        Operands.All(pattern => pattern.Condition is null) ? Operands
            : [.. Operands.Where(pattern => pattern.Condition is null || modifiers.Contains(pattern.Condition))];

    /// <summary>
    /// Matches written modifiers from left to right. Returns how many were understood: all of them is a match, fewer says where the form stops
    /// fitting, and one more than written says that something is missing.
    /// </summary>
    public int Match(IReadOnlyList<string> written, out PtxType type, out PtxType second)
    {
        type = second = PtxType.None;
        int at = 0;
        for (int first = 0; first < _slots.Length; first = _slots[first].GroupEnd)
        {
            // Slots of a group are filled in any order; most groups are of one slot.
            ulong filled = 0;
            for (int found; at < written.Count && (found = Find(first, filled, written[at])) >= 0; at++)
            {
                filled |= 1UL << found;
                if (!_slots[found].IsType)
                    continue;
                PtxTypes.TryParse(written[at], out var named);
                if (type == PtxType.None)
                    type = named;
                else
                    second = named;
            }
            for (int slot = first; slot < _slots[first].GroupEnd; slot++)
            {
                if (!_slots[slot].Optional && (filled >> slot & 1) == 0)
                    return at == written.Count ? written.Count + 1 : at;
            }
        }
        return at;
    }

    private int Find(int first, ulong filled, string modifier)
    {
        for (int slot = first; slot < _slots[first].GroupEnd; slot++)
        {
            if ((filled >> slot & 1) == 0 && _slots[slot].Choices.Contains(modifier))
                return slot;
        }
        return -1;
    }

    /// <summary>
    /// Every way to write this form: one modifier list for each combination of choices. Hints, which change no result, take turns instead: each of
    /// their choices occurs, but not with every other.
    /// </summary>
    public IEnumerable<string[]> Variants()
    {
        int turns = _slots.Where(slot => slot.IsHint).Select(slot => slot.Choices.Length + 1).DefaultIfEmpty(1).Max();
        IEnumerable<string[]> lists = [[]];
        foreach (var slot in _slots.Where(slot => !slot.IsHint))
        {
            IEnumerable<string?> choices = slot.Optional ? slot.Choices.Prepend(null) : slot.Choices;
            // A placeholder keeps the slot's place among the hints.
            lists = lists.SelectMany(list => choices.Select(choice => (string[])[.. list, choice ?? ""])).ToArray();
        }
        var fixedLists = lists.ToArray();
        int count = Math.Max(fixedLists.Length, turns);
        for (int i = 0; i < count; i++)
        {
            var plain = new Queue<string>(fixedLists[i % fixedLists.Length]);
            yield return [.. _slots.Select(slot => slot.IsHint ? slot.Turn(i) : plain.Dequeue()).Where(choice => choice.Length > 0)];
        }
    }

    private static IEnumerable<Slot> ReadSlots(string modifiers)
    {
        string[] words = modifiers.Replace("(", " ( ").Replace(")", " ) ").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int count = 0;
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "(")
            {
                int close = Array.IndexOf(words, ")", i);
                int end = count + close - i - 1;
                for (i++; i < close; i++, count++)
                    yield return new Slot(words[i], end);
            }
            else
            {
                yield return new Slot(words[i], ++count);
            }
        }
    }

    /// <summary>One place for a modifier: its choices, and whether it may be left out.</summary>
    private sealed class Slot
    {
        public Slot(string text, int groupEnd)
        {
            IsHint = text.EndsWith('^');
            Optional = IsHint || text.EndsWith('?');
            Choices = text.TrimEnd('?', '^').Split('|');
            IsType = Choices.All(choice => PtxTypes.TryParse(choice, out _));
            GroupEnd = groupEnd;
        }

        public string[] Choices { get; }

        public bool Optional { get; }

        /// <summary>True for an optional modifier without influence on results.</summary>
        public bool IsHint { get; }

        public bool IsType { get; }

        /// <summary>Index behind the last slot of the group that is filled in any order.</summary>
        public int GroupEnd { get; }

        public string Turn(int number) => number % (Choices.Length + 1) is > 0 and var choice ? Choices[choice - 1] : "";
    }
}
