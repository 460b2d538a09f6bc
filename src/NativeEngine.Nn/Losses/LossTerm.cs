using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One term of a weighted sum of losses, <c>0.5*triplet(margin=0.5,soft_margin=true)</c>.</summary>
/// <param name="Factor">The weight, 1 when none is written.</param>
/// <param name="Name">The name it was written by.</param>
/// <param name="Loss">The loss; its parameters are not yet checked.</param>
/// <param name="Given">The parameters that are written; the others have their defaults.</param>
public sealed record LossTerm(double Factor, string Name, LossFunction Loss, IReadOnlySet<string> Given)
{
    /// <summary>Reads a sum: terms <c>name</c>, <c>factor*name</c>, <c>name(key=value,…)</c> with + between them.</summary>
    /// <param name="text">The sum.</param>
    /// <param name="catalogue">The losses there are; by default <see cref="LossFunction.Catalogue"/>.</param>
    /// <exception cref="UsageException">An empty term, a factor that is no number, an unknown name or parameter (with the nearest).</exception>
    public static IReadOnlyList<LossTerm> ParseSum(string text, RecordCatalogue<LossFunction>? catalogue = null)
    {
        int depth = 0;
        foreach (char c in text)
        {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth is < 0 or > 1)
                break;
        }

        if (depth != 0)
            throw new UsageException($"loss '{text}': the parentheses do not match; expects terms like ce+0.5*triplet(margin=0.5)");
        return [.. OptionText.SplitOutside(text, '+', "([", ")]", i => IsExponent(text, i))
            .Select(term => Parse(term.Trim(), text, catalogue ?? LossFunction.Catalogue))];
    }

    private static LossTerm Parse(string term, string text, RecordCatalogue<LossFunction> catalogue)
    {
        if (term.Length == 0)
            throw new UsageException($"loss '{text}': a term is empty; expects terms like ce+0.5*triplet(margin=0.5)");
        int open = term.IndexOf('(');
        string head = open < 0 ? term : term[..open], arguments = "";
        if (open >= 0)
        {
            if (term[^1] != ')')
                throw new UsageException($"loss '{text}': '{term[(term.LastIndexOf(')') + 1)..].Trim()}' stands behind the parentheses of {head.Trim()}; "
                    + "terms are joined by +");
            arguments = term[(open + 1)..^1];
        }

        string[] parts = head.Split('*', StringSplitOptions.TrimEntries);
        string name = parts[^1];
        double factor = 1;
        if (parts.Length > 2 || (parts.Length == 2 && !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out factor)))
            throw new UsageException($"loss '{text}': '{head.Trim()}': expects name or factor*name, for example 0.5*triplet");
        if (!(factor >= 0 && double.IsFinite(factor)))
            throw new UsageException($"loss '{text}': factor {parts[0]} of {name}: expects a number of at least 0");
        if (name.Length == 0)
            throw new UsageException($"loss '{text}': '{term}' names no loss; expects factor*name, for example 0.5*triplet");
        var loss = catalogue.Find(name).Parse(arguments, out var given);
        return new LossTerm(factor, name, loss, given);
    }

    // The + of 1e+3.
    private static bool IsExponent(string text, int plus) =>
        plus >= 2 && plus + 1 < text.Length && text[plus - 1] is 'e' or 'E' && char.IsDigit(text[plus + 1])
            && (char.IsDigit(text[plus - 2]) || text[plus - 2] == '.');
}
