using NativeEngine.Core;

namespace NativeEngine.Data;

public sealed partial class EpochPlan
{
    /// <summary>
    /// Every image of a class of n comes ⌊most / n⌋ times, where most is the size of the largest class; then all are shuffled. Classes become alike, not equal.
    /// </summary>
    /// <param name="labels">Class of every sample.</param>
    /// <param name="batchSize">Samples per batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="dropLast">Leaves out a last batch that would be smaller.</param>
    public static EpochPlan Oversampled(IReadOnlyList<int> labels, int batchSize, ulong seed, int epoch, bool dropLast)
    {
        var sizes = labels.CountBy(l => l).ToDictionary();
        int most = sizes.Values.Max();
        int[] all = [.. Enumerable.Range(0, labels.Count).SelectMany(i => Enumerable.Repeat(i, most / sizes[labels[i]]))];
        int[] order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Shuffle, (uint)epoch), all.Length);
        return Repeating(Make(Array.ConvertAll(order, i => all[i]), batchSize, epoch, dropLast));
    }

    /// <summary>
    /// As many samples as there are images, of classes chosen with a chance of n^power: 0 gives all classes alike, ½ the square root, 1 as they are. A class
    /// gives
    /// its images in random order, and begins anew when all have come.
    /// </summary>
    /// <param name="labels">Class of every sample.</param>
    /// <param name="power">Of the size of a class.</param>
    /// <param name="batchSize">Samples per batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="dropLast">Leaves out a last batch that would be smaller.</param>
    public static EpochPlan Weighted(IReadOnlyList<int> labels, double power, int batchSize, ulong seed, int epoch, bool dropLast)
    {
        var key = new PhiloxKey(seed, RandomStream.Shuffle, (uint)epoch);
        int[][] classes = [.. Philox.Permutation(key, labels.Count).GroupBy(i => labels[i]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        double[] weights = Array.ConvertAll(classes, c => Math.Pow(c.Length, power));
        double sum = weights.Sum();
        // The share of each class is met exactly, up to rounding: no class is left to chance.
        var exact = Array.ConvertAll(weights, w => labels.Count * w / sum);
        var counts = Array.ConvertAll(exact, e => (int)e);
        foreach (int c in Enumerable.Range(0, classes.Length).OrderByDescending(c => exact[c] - counts[c]).ThenBy(c => c).Take(labels.Count - counts.Sum()))
            counts[c]++;
        int[] drawn = [.. classes.SelectMany((images, c) => Enumerable.Range(0, counts[c]).Select(i => images[i % images.Length]))];
        int[] order = Philox.Permutation(key with { Stream = RandomStream.Shuffle + 2 }, drawn.Length);
        return Repeating(Make(Array.ConvertAll(order, i => drawn[i]), batchSize, epoch, dropLast));
    }

    /// <summary>
    /// Repeated augmentation (Hoffer et al. 2020; torchvision's ra-sampler): each image that comes, comes several times, changed otherwise each time; an epoch
    /// keeps
    /// its length, so it has as many images fewer.
    /// </summary>
    /// <param name="count">Samples in the set.</param>
    /// <param name="times">How often an image comes.</param>
    /// <param name="batchSize">Samples per batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="dropLast">Leaves out a last batch that would be smaller.</param>
    public static EpochPlan Repeated(int count, int times, int batchSize, ulong seed, int epoch, bool dropLast)
    {
        int[] order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Shuffle, (uint)epoch), count);
        return Repeating(Make([.. order.SelectMany(i => Enumerable.Repeat(i, times)).Take(count)], batchSize, epoch, dropLast));
    }

    private static EpochPlan Repeating(EpochPlan plan)
    {
        plan._repeats = true;
        return plan;
    }

    /// <summary>
    /// What stands for each sample of a batch in its random numbers: its position in the set, and for one that came before in this epoch a number behind all
    /// positions, so that it is changed otherwise each time.
    /// </summary>
    /// <param name="index">The batch.</param>
    /// <param name="count">Samples in the set.</param>
    internal ReadOnlySpan<int> Identities(int index, int count)
    {
        if (!_repeats)
            return Batch(index);
        if (_identities is null)
        {
            var turns = new Dictionary<int, int>();
            _identities = Array.ConvertAll(_order, sample =>
            {
                int turn = turns.GetValueOrDefault(sample);
                turns[sample] = turn + 1;
                return (int)Math.Min(int.MaxValue, sample + ((long)turn * count));
            });
        }

        int start = index * BatchSize;
        return _identities.AsSpan(start, Math.Min(BatchSize, _order.Length - start));
    }
}
