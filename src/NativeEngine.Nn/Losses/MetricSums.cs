namespace NativeEngine.Nn;

/// <summary>Sums over the embeddings of one batch or of many, from which <see cref="MetricHealth"/> is made; sums of parts add up to that of the
/// whole.</summary>
/// <param name="Anchors">Embeddings.</param>
/// <param name="Active">Anchors that the loss still pulls at.</param>
/// <param name="Used">Anchors with both kinds of pairs.</param>
/// <param name="Positive">Sum of their distances to the farthest positive.</param>
/// <param name="Negative">Sum of their distances to the nearest negative.</param>
/// <param name="Spread">Sum of squared distances from the centre of the batch.</param>
/// <param name="Length">Sum of squared lengths.</param>
public readonly record struct MetricSums(long Anchors, long Active, long Used, double Positive, double Negative, double Spread, double Length)
{
    /// <summary>The sums over both.</summary>
    public static MetricSums operator +(MetricSums a, MetricSums b) => new(
        a.Anchors + b.Anchors, a.Active + b.Active, a.Used + b.Used, a.Positive + b.Positive, a.Negative + b.Negative, a.Spread + b.Spread,
            a.Length + b.Length);

    /// <summary>The sums in the order of their names above.</summary>
    public double[] ToArray() => [Anchors, Active, Used, Positive, Negative, Spread, Length];

    /// <summary>What <see cref="ToArray"/> gave, or sums of such.</summary>
    public static MetricSums Of(double[] sums) => new((long)sums[0], (long)sums[1], (long)sums[2], sums[3], sums[4], sums[5], sums[6]);
}
