namespace NativeEngine.SoftGpu.Lab;

/// <summary>
/// Shows that an accepted text was read as written: the tokens of every instruction in the text are the tokens of the instruction that the parser
/// made of them, one by one, so nothing was dropped, added or taken for something else.
/// </summary>
public static class ReadBack
{
    /// <summary>The first instruction that differs from its text, in one sentence, or null.</summary>
    public static string? Problem(string text, PtxModule module)
    {
        var tokens = new PtxLexer(text, module.File).ReadAll();
        var places = new Dictionary<(int, int), int>();
        for (int i = 0; i < tokens.Count; i++)
            places[(tokens[i].Line, tokens[i].Column)] = i;
        int instructions = 0;
        // What was refused was not read to its end.
        if (module.Functions.Any(function => function.Problem is not null) || module.Entries.Any(entry => entry.Problem is not null))
            return null;
        foreach (var body in module.Entries.Concat<PtxBody>(module.Functions))
        {
            foreach (var instruction in body.Instructions)
            {
                if (!places.TryGetValue((instruction.Line, instruction.Column), out int at))
                    return $"line {instruction.Line}: no token where '{instruction}' is said to be";
                if (instruction.Guard is { } guard)
                    at = places[(guard.Line, guard.Column)];
                var made = Normalise(new PtxLexer(instruction.ToString(), module.File).ReadAll());
                int end = at;
                while (end < tokens.Count && !tokens[end].IsMark(';'))
                    end++;
                var written = Normalise(tokens.GetRange(at, end - at + 1));
                if (!made.SequenceEqual(written))
                    return $"line {instruction.Line}: '{string.Join(' ', written)}' was read as '{string.Join(' ', made)}'";
                instructions++;
            }
        }
        // Every ';' ends an instruction or a declaration: none may be left over.
        int ends = tokens.Count(token => token.IsMark(';'));
        return instructions + module.Declarations == ends ? null
            : $"{ends} statements in the text, {instructions} instructions and {module.Declarations} declarations were read";
    }

    /// <summary>Tokens without differences of spelling: numbers by value, <c>+ -4</c> as <c>- 4</c>, no <c>+ 0</c>.</summary>
    private static List<string> Normalise(List<PtxToken> tokens)
    {
        var result = new List<string>();
        foreach (var token in tokens.Where(token => token.Kind != PtxTokenKind.End))
        {
            string text = token.Kind == PtxTokenKind.Dotted ? "." + token.Text : token.Text;
            if (token.Kind == PtxTokenKind.Number && PtxNumber.TryParse(text, out var number) && !number.IsFloat)
                text = number.Bits.ToString();
            if ((text is "]" or "," or ";") && result.Count > 2 && result[^1] == "0" && (result[^2] is "+" or "-"))
                RemoveZeroOffset(result);
            if (text == "-" && result.Count > 0 && result[^1] == "+")
                result.RemoveAt(result.Count - 1);
            result.Add(text);
        }
        return result;
    }

    /// <summary>Drops <c>+ 0</c> or <c>- 0</c> behind an address; <c>-0</c> as a constant of its own stays.</summary>
    private static void RemoveZeroOffset(List<string> result)
    {
        if (result[^3] is not ("," or "[" or "{"))
            result.RemoveRange(result.Count - 2, 2);
    }
}
