using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Factors on the learning rate by parameter name: <c>layer1=0.1,layer2.*.conv?=0.3</c>. A parameter takes the last that names it; the head's own
/// factor multiplies onto that.
/// </summary>
internal static class LearningRateFactors
{
    /// <summary>Reads the pairs.</summary>
    /// <exception cref="UsageException">A pair that cannot be read.</exception>
    public static IReadOnlyList<(string Pattern, double Factor)> Parse(string? text)
    {
        var pairs = new List<(string, double)>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.LastIndexOf('=');
            if (equals <= 0 || !double.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double factor)
                    || !(factor >= 0 && double.IsFinite(factor)))
                throw new UsageException($"lr_mult '{part}': expects PATTERN=FACTOR with a factor of at least 0, for example layer1=0.1");
            pairs.Add((part[..equals].TrimEnd(), factor));
        }

        return pairs;
    }

    /// <summary>The factor of each parameter of a model.</summary>
    /// <exception cref="UsageException">A pattern that names no parameter.</exception>
    public static Func<Parameter, double> Of(Network model, TrainOptions options)
    {
        var factors = new Dictionary<string, double>();
        foreach (var (pattern, factor) in Parse(options.LrMult))
        {
            foreach (var parameter in model.Matching(pattern, "lr_mult"))
                factors[parameter.Name] = factor;
        }

        string head = $"{model.Head}.";
        return p => factors.GetValueOrDefault(p.Name, 1) * (p.Name.StartsWith(head, StringComparison.Ordinal) ? options.HeadLrMult : 1);
    }
}
