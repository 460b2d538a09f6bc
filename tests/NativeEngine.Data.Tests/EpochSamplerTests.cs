using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Which images come how often.</summary>
public sealed class EpochSamplerTests
{
    private static readonly int[] Labels = [.. Enumerable.Repeat(0, 100), .. Enumerable.Repeat(1, 60), .. Enumerable.Repeat(2, 7)];

    [Test]
    public void Oversampling_repeats_by_the_whole_part_of_the_ratio()
    {
        var counts = Counts(EpochPlan.Oversampled(Labels, 10, seed: 3, epoch: 0, dropLast: false));
        Assert.That(counts, Is.EqualTo(new[] { 100, 60, 7 * (100 / 7) }));
    }

    [TestCase(0, 56, 56, 55)]
    [TestCase(1, 100, 60, 7)]
    public void Weights_give_their_share_exactly(double power, params int[] expected)
    {
        var plan = EpochPlan.Weighted(Labels, power, 10, seed: 3, epoch: 1, dropLast: false);
        Assert.That(Counts(plan), Is.EqualTo(expected));
        Assert.That(Samples(plan).Where(i => Labels[i] == 2).CountBy(i => i).Max(c => c.Value) - Samples(plan).Where(i => Labels[i] == 2).CountBy(i => i)
            .Min(c => c.Value),
            Is.LessThanOrEqualTo(1), "a class begins anew when all its images have come");
    }

    [Test]
    public void The_square_root_lies_between()
    {
        var counts = Counts(EpochPlan.Weighted(Labels, 0.5, 10, seed: 3, epoch: 1, dropLast: false));
        double sum = Math.Sqrt(100) + Math.Sqrt(60) + Math.Sqrt(7);
        Assert.That(counts.Select((n, c) => Math.Abs(n - (167 * Math.Sqrt(new[] { 100, 60, 7 }[c]) / sum))), Is.All.LessThan(1));
    }

    [Test]
    public void Repeated_images_come_together_and_are_changed_otherwise_each_time()
    {
        var plan = EpochPlan.Repeated(20, 3, 6, seed: 1, epoch: 0, dropLast: false);
        Assert.That(Samples(plan), Has.Count.EqualTo(20));
        Assert.That(plan.Batch(0).ToArray().Distinct().Count(), Is.EqualTo(2));
        Assert.That(plan.Identities(0, 20).ToArray(), Is.Unique);
        var data = SyntheticData.Create(20, 2, (1, 8, 8), seed: 3);
        using var loader = new BatchLoader(data, plan, new Augmentation(2, 0.5), 5, workers: 0);
        var places = loader.Next()!.Places.ToArray().Chunk(3).Select(p => string.Join(',', p)).ToList();
        Assert.That(places.Take(3).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void Plain_epochs_keep_the_random_numbers_they_had()
    {
        var plan = EpochPlan.Shuffled(20, 6, seed: 1, epoch: 0, dropLast: false);
        Assert.That(plan.Identities(1, 20).ToArray(), Is.EqualTo(plan.Batch(1).ToArray()));
    }

    [Test]
    public void Pair_noise_says_the_next_class()
    {
        var data = SyntheticData.Create(400, 4, (1, 4, 4), seed: 3);
        var noisy = NoisyDataset.Of(data, 0.3, seed: 5, NoiseKind.Pair);
        var changes = noisy.Changes().ToList();
        Assert.That(changes, Has.Count.EqualTo(noisy.Changed).And.Count.InRange(90, 150));
        Assert.That(changes.Select(c => (Array.IndexOf([.. data.Classes], c.Said) - Array.IndexOf([.. data.Classes], c.Class) + 4) % 4), Is.All.EqualTo(1));
    }

    private static List<int> Samples(EpochPlan plan) => [.. Enumerable.Range(0, plan.Batches).SelectMany(b => plan.Batch(b).ToArray())];

    private static int[] Counts(EpochPlan plan) => [.. Samples(plan).GroupBy(i => Labels[i]).OrderBy(g => g.Key).Select(g => g.Count())];
}
