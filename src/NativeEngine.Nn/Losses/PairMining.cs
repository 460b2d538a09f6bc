using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Which pairs of a batch of embeddings [B, D] a <see cref="MetricLoss"/> takes, decided without recording.</summary>
internal static class PairMining
{
    /// <summary>Smallest squared distance; below, the gradient is 0.</summary>
    private const double SmallestSquare = 1e-12;

    /// <summary>Stands for "never" in a search for the largest.</summary>
    private const double Never = 3e38;

    /// <summary>Positives more alike than this are taken for copies of the anchor.</summary>
    private const double Copy = 1 - 1e-5;

    /// <summary>
    /// The pairs multi-similarity keeps: negatives more alike than the least alike positive less <paramref name="eps"/>, positives less alike than the most
    /// alike
    /// negative and <paramref name="eps"/>, each marked in [B, B], and 1 where an anchor keeps both kinds, [B].
    /// </summary>
    public static (Tensor Positives, Tensor Negatives, Tensor Active) Informative(Tensor x, Tensor target, Tensor similarity, double eps)
    {
        int rows = x.Shape[0];
        using var _ = x.Engine.NoGrad();
        var s = similarity.Detach();
        var positives = Alone(x, [rows, rows], () => Same(x, target, withSelf: false) * Positive(s.Affine(-1, Copy)));
        var negatives = Alone(x, [rows, rows], () => Different(x, target));
        var least = Alone(x, [rows, 1], () => Masked(s.Neg(), positives).Max([1], keepDim: true).Neg());
        var most = Alone(x, [rows, 1], () => Masked(s, negatives).Max([1], keepDim: true));
        negatives = Alone(x, [rows, rows], () => negatives * Positive(s - least + eps));
        positives = Alone(x, [rows, rows], () => positives * Positive(most - s + eps));
        return (positives, negatives, Any(positives) * Any(negatives));
    }

    /// <summary>The hardest pairs of each anchor by Euclidean distance: rows Int32 [B], and 1 where the anchor has both kinds.</summary>
    public static (Tensor Positive, Tensor Negative, Tensor Active) HardestByDistance(Tensor x, Tensor target, bool selfIsPositive = true) => Hardest(
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
    public static (Tensor Positive, Tensor Negative, Tensor Active) Hardest(Tensor x, Tensor target, Func<Tensor> distances, bool selfIsPositive)
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
    public static Tensor Distance(Tensor a, Tensor b)
    {
        var difference = a - b;
        return (difference * difference).Sum([1]).Clamp(SmallestSquare, double.MaxValue).Sqrt();
    }

    /// <summary>Rows of length 1; a zero row stays zero and passes no gradient.</summary>
    public static Tensor Normalize(Tensor x)
    {
        var length = (x * x).Sum([1], keepDim: true).Sqrt();
        Tensor some;
        using (x.Engine.NoGrad())
            some = Positive(length.Detach());
        return x / (length + some.Affine(-1, 1)) * some;
    }

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
}
