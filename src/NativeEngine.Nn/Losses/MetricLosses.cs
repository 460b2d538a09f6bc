using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Losses of embeddings [B, D] that compare all pairs of a batch. Pairs live in [B, B] matrices, never in [B, B, D]. Which pairs count
/// is decided without recording; only what they contribute is differentiated.
/// </summary>
/// <remarks>
/// An anchor without the pairs it needs contributes 0 with zero gradient; all means divide by B, and an empty batch gives 0. Ties take the
/// lowest index. A zero row has similarity 0 to everything and zero gradient.
/// </remarks>
internal static class MetricLosses
{
    /// <summary>Smallest squared distance; below, the gradient is 0.</summary>
    private const double SmallestSquare = 1e-12;

    /// <summary>Stands for "never" in a search for the largest.</summary>
    private const double Never = 3e38;

    /// <summary>Positives more alike than this are taken for copies of the anchor.</summary>
    private const double Copy = 1 - 1e-5;

    /// <summary>
    /// Batch-hard triplets (Hermans et al. 2017): mean of max(0, max d(a, pos) - min d(a, neg) + margin), d = √max(‖a-b‖², 1e-12); the anchor is one of
    /// its own positives. With <paramref name="soft"/> ln(1 + e^(d(ap) - d(an))).
    /// </summary>
    /// <remarks>The distances that are searched come from one matrix product; those of the chosen pairs are computed anew from the rows, so they are exact.</remarks>
    public static Tensor Triplet(Tensor x, Tensor target, double margin, bool soft)
    {
        if (Empty("triplet", x, target) is { } zero)
            return zero;
        var pairs = HardestByDistance(x, target);
        var gap = Distance(x, x.GatherRows(pairs.Positive)) - Distance(x, x.GatherRows(pairs.Negative));
        // Softplus is the binary cross-entropy of logits with target 0.
        var each = soft ? gap.BceWithLogits(x.Engine.Zeros(gap.Shape), reduction: Reduction.None) : (gap + margin).Relu();
        return MeanOver(x, each * pairs.Active);
    }

    /// <summary>Mean of max(0, max s(a, neg) - min s(a, pos) + margin) with cosine similarity s; the anchor is not its own positive.</summary>
    public static Tensor TripletCosine(Tensor x, Tensor target, double margin)
    {
        if (Empty("triplet_cosine", x, target) is { } zero)
            return zero;
        var unit = Normalize(x);
        var pairs = Hardest(x, target, () => unit.Linear(unit).Neg(), selfIsPositive: false);
        var gap = (unit * unit.GatherRows(pairs.Negative)).Sum([1]) - (unit * unit.GatherRows(pairs.Positive)).Sum([1]);
        return MeanOver(x, (gap + margin).Relu() * pairs.Active);
    }

    /// <summary>
    /// Multi-similarity (Wang et al. 2019) with cosine similarity s: negatives with s &gt; min(pos) - eps and positives with s &lt; max(neg) + eps are kept;
    /// (1/a)·ln(1 + Σ e^(-a(s-l))) + (1/b)·ln(1 + Σ e^(b(s-l))) summed over the anchors that keep both kinds, divided by B.
    /// </summary>
    public static Tensor MultiSimilarity(Tensor x, Tensor target, double alpha, double beta, double turn, double eps)
    {
        if (Empty("multi_similarity", x, target) is { } zero)
            return zero;
        var unit = Normalize(x);
        var similarity = unit.Linear(unit);
        int rows = x.Shape[0];
        Tensor positives, negatives, active;
        using (x.Engine.NoGrad())
        {
            var s = similarity.Detach();
            positives = Alone(x, [rows, rows], () => Same(x, target, withSelf: false) * Positive(s.Affine(-1, Copy)));
            negatives = Alone(x, [rows, rows], () => Different(x, target));
            var least = Alone(x, [rows, 1], () => Masked(s.Neg(), positives).Max([1], keepDim: true).Neg());
            var most = Alone(x, [rows, 1], () => Masked(s, negatives).Max([1], keepDim: true));
            negatives = Alone(x, [rows, rows], () => negatives * Positive(s - least + eps));
            positives = Alone(x, [rows, rows], () => positives * Positive(most - s + eps));
            active = Any(positives) * Any(negatives);
        }

        var pull = Logarithm(similarity, positives, -alpha, turn) * (1 / alpha);
        var push = Logarithm(similarity, negatives, beta, turn) * (1 / beta);
        return MeanOver(x, (pull + push) * active);
    }

    /// <summary>The hardest pairs of each anchor by Euclidean distance: rows Int32 [B], and 1 where the anchor has both kinds.</summary>
    internal static (Tensor Positive, Tensor Negative, Tensor Active) HardestByDistance(Tensor x, Tensor target, bool selfIsPositive = true) => Hardest(
        x,
        target,
        () =>
        {
            var norms = (x * x).Sum([1]);
            int rows = x.Shape[0];
            return (norms.Reshape(rows, 1) + norms.Reshape(1, rows) + x.Linear(x) * -2).Clamp(0, double.MaxValue);
        },
        selfIsPositive);

    /// <summary>The farthest positive and the nearest negative of each anchor. The matrices of the search are freed before it returns.</summary>
    private static (Tensor Positive, Tensor Negative, Tensor Active) Hardest(Tensor x, Tensor target, Func<Tensor> distances, bool selfIsPositive)
    {
        var engine = x.Engine;
        int rows = x.Shape[0];
        Tensor positive = engine.Empty([rows], DType.Int32), negative = engine.Empty([rows], DType.Int32), active = engine.Empty([rows], x.DType);
        using var _ = engine.NoGrad();
        using var search = engine.BeginStep();
        var all = Alone(x, [rows, rows], distances);

        // A mask at a time, and nothing but its answer stays.
        using (engine.BeginStep())
        {
            var same = Alone(x, [rows, rows], () => Same(x, target, selfIsPositive));
            engine.Backend.ArgMax(Masked(all, same), positive);
            engine.Backend.Copy(Any(same), active, GradMode.Overwrite);
        }

        using (engine.BeginStep())
        {
            var different = Alone(x, [rows, rows], () => Different(x, target));
            engine.Backend.ArgMax(Masked(all.Neg(), different), negative);
            engine.Backend.Binary(BinaryOp.Mul, active, Any(different), active);
        }

        return (positive, negative, active);
    }

    /// <summary>√max(‖a - b‖², 1e-12) per row.</summary>
    internal static Tensor Distance(Tensor a, Tensor b)
    {
        var difference = a - b;
        return (difference * difference).Sum([1]).Clamp(SmallestSquare, double.MaxValue).Sqrt();
    }

    /// <summary>Rows of length 1; a zero row stays zero and passes no gradient.</summary>
    internal static Tensor Normalize(Tensor x)
    {
        var length = (x * x).Sum([1], keepDim: true).Sqrt();
        Tensor some;
        using (x.Engine.NoGrad())
            some = Positive(length.Detach());
        return x / (length + some.Affine(-1, 1)) * some;
    }

    /// <summary>ln(1 + Σ e^(factor·(s - turn))) over the marked pairs of each row.</summary>
    private static Tensor Logarithm(Tensor similarity, Tensor marked, double factor, double turn) =>
        (similarity.Affine(factor, -factor * turn).Exp() * marked).Sum([1]).Affine(1, 1).Log();

    /// <summary>A result whose intermediate matrices are freed at once instead of with the step.</summary>
    private static Tensor Alone(Tensor x, Shape shape, Func<Tensor> compute)
    {
        var result = x.Engine.Empty(shape, x.DType);
        using (x.Engine.BeginStep())
            x.Engine.Backend.Copy(compute(), result, GradMode.Overwrite);
        return result;
    }

    /// <summary>[B, B]: 1 where the labels are equal, but for a row and itself unless <paramref name="withSelf"/>; else 0.</summary>
    private static Tensor Same(Tensor x, Tensor target, bool withSelf)
    {
        var same = Different(x, target).Affine(-1, 1);
        return withSelf ? same : same * Unequal(x.Engine.From(Enumerable.Range(0, x.Shape[0]).ToArray(), [x.Shape[0]]).Cast(x.DType));
    }

    /// <summary>[B, B]: 1 where the labels are different, else 0.</summary>
    private static Tensor Different(Tensor x, Tensor target) => Unequal(target.Cast(x.DType));

    /// <summary>1 where v[i] ≠ v[j], for whole numbers.</summary>
    private static Tensor Unequal(Tensor v) => (v.Reshape(v.Shape[0], 1) - v.Reshape(1, v.Shape[0])).Abs().Clamp(0, 1);

    /// <summary>1 where x &gt; 0, else 0.</summary>
    private static Tensor Positive(Tensor x) => x.Affine(1e30).Clamp(0, 1);

    /// <summary>Values where marked, elsewhere lower than any value.</summary>
    private static Tensor Masked(Tensor values, Tensor marked) => values * marked + marked.Affine(Never, -Never);

    /// <summary>Per row 1 when something is marked.</summary>
    private static Tensor Any(Tensor marked) => marked.Max([1]);

    private static Tensor MeanOver(Tensor x, Tensor each) => each.Sum() * (1.0 / x.Shape[0]);

    /// <summary>Checks the arguments; a loss of 0 for an empty batch, which still lets gradients flow.</summary>
    private static Tensor? Empty(string op, Tensor x, Tensor target)
    {
        if (x.Shape.Rank != 2)
            throw new ShapeException(op, $"input {x.Shape}: expects embeddings [B, D]");
        if (target.Shape.Rank != 1 || target.Shape[0] != x.Shape[0] || target.DType.IsFloat())
            throw new ShapeException(op, $"target {target.DType} {target.Shape}: expects one class id per row of input {x.Shape}");
        return x.Shape[0] == 0 ? x.Sum() : null;
    }
}
