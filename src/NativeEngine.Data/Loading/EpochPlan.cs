using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Which samples form which batch of an epoch: a pure function of (seed, epoch), so a run resumes at any batch by its number.
/// </summary>
public sealed partial class EpochPlan
{
    private readonly int[] _order;
    private bool _repeats;
    private int[]? _identities;

    private EpochPlan(int[] order, int batchSize, int epoch, int batches)
    {
        _order = order;
        BatchSize = batchSize;
        Epoch = epoch;
        Batches = batches;
    }

    /// <summary>Samples per batch; the last batch has the rest.</summary>
    public int BatchSize { get; }

    /// <summary>The epoch, counted from 0.</summary>
    public int Epoch { get; }

    /// <summary>Number of batches.</summary>
    public int Batches { get; }

    /// <summary>Number of samples in all batches.</summary>
    public int Samples => Math.Min(_order.Length, Batches * BatchSize);

    /// <summary>All samples in order, for evaluation.</summary>
    public static EpochPlan InOrder(int count, int batchSize) => Make([.. Enumerable.Range(0, count)], batchSize, 0, dropLast: false);

    /// <summary>All samples in order in batches of exactly one size: the last batch begins earlier, so some samples come twice.</summary>
    /// <param name="count">Samples in the set.</param>
    /// <param name="batchSize">Samples per batch; at most <paramref name="count"/>.</param>
    public static EpochPlan Covering(int count, int batchSize)
    {
        int whole = count / batchSize * batchSize;
        int[] last = count > whole ? [.. Enumerable.Range(count - batchSize, batchSize)] : [];
        return Make([.. Enumerable.Range(0, whole), .. last], batchSize, 0, dropLast: false);
    }

    /// <summary>A random order that differs from epoch to epoch.</summary>
    /// <param name="count">Samples in the set.</param>
    /// <param name="batchSize">Samples per batch; at most <paramref name="count"/>.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="dropLast">Leaves out a last batch that would be smaller.</param>
    /// <exception cref="UsageException">The batch is larger than the set.</exception>
    public static EpochPlan Shuffled(int count, int batchSize, ulong seed, int epoch, bool dropLast)
    {
        if (batchSize > count)
            throw new UsageException($"batch_size {batchSize} is larger than the training set of {count} images; choose at most {count}");
        return Make(Philox.Permutation(new PhiloxKey(seed, RandomStream.Shuffle, (uint)epoch), count), batchSize, epoch, dropLast);
    }

    /// <summary>
    /// Batches of P classes with K images each, as losses that compare pairs need them (Hermans et al. 2017). A class gives its images in random order, K at a
    /// time; the last group is filled up from its first. Classes with the most groups left come first, so an epoch ends when fewer than P have any.
    /// </summary>
    /// <param name="labels">Class of every sample.</param>
    /// <param name="batchSize">P·K.</param>
    /// <param name="perClass">K.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0; every epoch has as many batches.</param>
    /// <exception cref="UsageException">K does not divide the batch, or there are fewer than P classes.</exception>
    public static EpochPlan PerClass(IReadOnlyList<int> labels, int batchSize, int perClass, ulong seed, int epoch)
    {
        if (perClass < 1 || batchSize % perClass != 0)
            throw new UsageException($"samples_per_class {perClass}: expected a divisor of batch_size {batchSize}");
        int together = batchSize / perClass;
        var key = new PhiloxKey(seed, RandomStream.Shuffle, (uint)epoch);
        var classes = Philox.Permutation(key, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        if (classes.Length < together)
            throw new UsageException($"batch_size {batchSize} with samples_per_class {perClass} takes {together} classes, but the training images have "
                + $"{classes.Length}; choose batch_size {classes.Length * perClass} or more samples per class");
        var left = Array.ConvertAll(classes, c => (c.Length + perClass - 1) / perClass);
        var order = new List<int>();
        var ties = key with { Stream = RandomStream.Shuffle + 1 };
        for (ulong draw = 0; left.Count(n => n > 0) >= together; draw += (ulong)classes.Length)
        {
            var chosen = Enumerable.Range(0, classes.Length).OrderByDescending(c => left[c]).ThenBy(c => Philox.Bits(ties, draw + (ulong)c)).ThenBy(c => c)
                .Take(together);
            foreach (int c in chosen.ToArray())
            {
                int first = --left[c] * perClass;
                for (int i = first; i < first + perClass; i++)
                    order.Add(classes[c][i % classes[c].Length]);
            }
        }

        return Make([.. order], batchSize, epoch, dropLast: true);
    }

    /// <summary>The samples of one batch.</summary>
    public ReadOnlySpan<int> Batch(int index)
    {
        int start = index * BatchSize;
        return _order.AsSpan(start, Math.Min(BatchSize, _order.Length - start));
    }

    private static EpochPlan Make(int[] order, int batchSize, int epoch, bool dropLast)
    {
        if (batchSize < 1)
            throw new UsageException($"batch_size {batchSize}: expected at least 1");
        int batches = dropLast ? order.Length / batchSize : (int)(((long)order.Length + batchSize - 1) / batchSize);
        return new EpochPlan(order, batchSize, epoch, batches);
    }
}
