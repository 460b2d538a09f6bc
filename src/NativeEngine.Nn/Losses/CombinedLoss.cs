using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A weighted sum of losses as written on the command line: <c>ce+0.5*triplet</c>.</summary>
public sealed class CombinedLoss
{
    private readonly List<(double Factor, LossFunction Loss)> _terms;

    private CombinedLoss(string text, List<(double Factor, LossFunction Loss)> terms)
    {
        Text = text;
        _terms = terms;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Factors and losses.</summary>
    public IReadOnlyList<(double Factor, LossFunction Loss)> Terms => _terms;

    /// <summary>True when a term takes embeddings.</summary>
    public bool TakesFeatures => _terms.Exists(t => t.Loss.TakesFeatures);

    /// <summary>True when a term takes logits.</summary>
    public bool TakesLogits => _terms.Exists(t => !t.Loss.TakesFeatures);

    /// <summary>Reads <c>name</c>, <c>factor*name</c>, and sums of them.</summary>
    /// <param name="text">The sum.</param>
    /// <param name="options">The parameters of a loss by its name; null for the defaults.</param>
    /// <exception cref="UsageException">a term that cannot be read, or an unknown loss</exception>
    public static CombinedLoss Parse(string text, Func<string, LossOptions?>? options = null)
    {
        var terms = new List<(double, LossFunction)>();
        foreach (string term in text.Split('+'))
        {
            string[] parts = term.Split('*', StringSplitOptions.TrimEntries);
            double factor = 1;
            if (parts.Length > 2 || (parts.Length == 2 && !(double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out factor) && double.IsFinite(factor))))
                throw new UsageException($"loss '{text}': '{term.Trim()}' is neither a name nor factor*name");
            terms.Add((factor, LossFunction.Create(parts[^1], options?.Invoke(parts[^1]))));
        }

        return new CombinedLoss(text, terms);
    }

    /// <summary>Σ factor·loss.</summary>
    /// <param name="logits">[B, K], or null when no term takes logits</param>
    /// <param name="features">[B, D], or null when no term takes embeddings</param>
    /// <param name="target">Int32 [B]</param>
    public Tensor Compute(Tensor? logits, Tensor? features, Tensor target)
    {
        Tensor? sum = null;
        foreach (var (factor, loss) in _terms)
        {
            var input = (loss.TakesFeatures ? features : logits)
                ?? throw new UsageException($"loss {loss.Name} takes {(loss.TakesFeatures ? "embeddings, which this model does not give" : "logits, which this stage does not compute")}");
            var value = loss.Compute(input, target);
            var scaled = factor == 1 ? value : value * factor;
            sum = sum is null ? scaled : sum + scaled;
        }

        return sum!;
    }
}
