using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A weighted sum of losses as written on the command line, <c>ce+0.5*triplet(margin=0.5)</c>: Σ factor·loss. Losses of class ids and of float
/// targets take the logits, the latter against one-hot rows; metric losses take the embeddings; <c>nll</c> takes the logits' log-softmax.
/// </summary>
public sealed class CombinedLoss
{
    private readonly List<(double Factor, LossFunction Loss)> _terms;
    private Tensor? _identity;

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
    public bool TakesFeatures => _terms.Exists(t => t.Loss is MetricLoss);

    /// <summary>True when a term takes logits.</summary>
    public bool TakesLogits => _terms.Exists(t => t.Loss is not MetricLoss);

    /// <summary>Reads a sum, see <see cref="LossTerm.ParseSum"/>.</summary>
    /// <param name="text">The sum.</param>
    /// <param name="complete">Fills in what a term's parameters owe to the data: class weights, counts; null for nothing.</param>
    /// <param name="catalogue">The losses there are; by default <see cref="LossFunction.Catalogue"/>.</param>
    /// <exception cref="UsageException">A term that cannot be read, an unknown loss or parameter, a value out of range.</exception>
    public static CombinedLoss Parse(string text, Func<LossTerm, LossFunction>? complete = null, RecordCatalogue<LossFunction>? catalogue = null)
    {
        var terms = new List<(double, LossFunction)>();
        foreach (var term in LossTerm.ParseSum(text, catalogue))
        {
            var loss = complete?.Invoke(term) ?? term.Loss;
            loss.Validate();
            if (!loss.IsScalar)
                throw new UsageException($"loss {term.Name}: reduction none leaves no single number to train on; expects mean or sum");
            terms.Add((term.Factor, loss));
        }

        return new CombinedLoss(text, terms);
    }

    /// <summary>Σ factor·loss.</summary>
    /// <param name="logits">[B, K], or null when no term takes logits</param>
    /// <param name="features">[B, D], or null when no term takes embeddings</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="share">
    /// The batch's share of an update that adds up the gradients of several, each times its share: terms that sum over rows instead of averaging
    /// are divided by it, so they add up to the sum over all rows.
    /// </param>
    /// <param name="rows">[B, K]: shares of the classes of mixed images, in the place of the target; null where no image is mixed</param>
    public Tensor Compute(Tensor? logits, Tensor? features, Tensor target, double share = 1, Tensor? rows = null)
    {
        Tensor? sum = null;
        foreach (var (factor, loss) in _terms)
        {
            var input = (loss is MetricLoss ? features : logits)
                ?? throw new UsageException($"loss {loss.Name} takes {(loss is MetricLoss ? "embeddings" : "logits")}, which were not computed");
            if (loss.TakesLogProbabilities)
                input = input.LogSoftmax();
            var answer = rows is not null && (loss.TakesFloatTarget || loss.TakesProbabilities) ? rows
                : loss.TakesFloatTarget ? OneHot(target, input.Shape[1]) : target;
            var value = loss.Compute(input, answer);
            double scale = loss.Sums ? factor / share : factor;
            var scaled = scale == 1 ? value : value * scale;
            sum = sum is null ? scaled : sum + scaled;
        }

        return sum!;
    }

    /// <summary>[B, K] with 1 at the class: rows of the identity, which stays on the device.</summary>
    private Tensor OneHot(Tensor target, int classes)
    {
        var engine = target.Engine;
        if (_identity?.Engine != engine || _identity.Shape[0] != classes)
        {
            var values = new float[(long)classes * classes];
            for (long i = 0; i < classes; i++)
                values[i * (classes + 1)] = 1;
            _identity = engine.EmptyPersistent([classes, classes]);
            _identity.CopyFrom<float>(values);
        }

        return _identity.GatherRows(target);
    }
}
