using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class LoaderTests
{
    private const ulong Seed = 7;
    private static readonly Augmentation Random = new(2, 0.5);

    private static List<string> Batches(Dataset data, int workers, int batchSize = 7, int epoch = 3, int first = 0)
    {
        var plan = EpochPlan.Shuffled(data.Count, batchSize, Seed, epoch, dropLast: false);
        using var loader = new BatchLoader(data, plan, Random, Seed, workers, first);
        var result = new List<string>();
        while (loader.Next() is { } batch)
        {
            Assert.That(batch.Index, Is.EqualTo(first + result.Count));
            result.Add($"{Convert.ToHexString(batch.Pixels)}|{string.Join(',', ((ClassIds)batch.Targets).Ids.ToArray())}|{string.Join(',', batch.Places.ToArray())}");
        }

        return result;
    }

    [Test]
    public void Batches_do_not_depend_on_the_worker_count([Values(1, 2, 5, 40)] int workers)
    {
        var data = SyntheticData.Create(100, 10, (1, 4, 3), Seed);
        Assert.That(Batches(data, workers), Is.EqualTo(Batches(data, 0)));
    }

    [Test]
    public void A_resumed_epoch_goes_on_with_the_same_batches([Values(0, 2)] int workers)
    {
        var data = SyntheticData.Create(100, 10, (3, 4, 3), Seed);
        var whole = Batches(data, 0);
        for (int first = 0; first <= whole.Count; first++)
            Assert.That(Batches(data, workers, first: first), Is.EqualTo(whole.Skip(first)));
    }

    [Test]
    public void An_epoch_has_every_sample_once_and_epochs_differ()
    {
        var first = EpochPlan.Shuffled(101, 10, Seed, 0, dropLast: false);
        var seen = new List<int>();
        for (int i = 0; i < first.Batches; i++)
            seen.AddRange(first.Batch(i).ToArray());
        Assert.That(first.Batches, Is.EqualTo(11));
        Assert.That(seen.Order(), Is.EqualTo(Enumerable.Range(0, 101)));
        Assert.That(EpochPlan.Shuffled(101, 10, Seed, 1, false).Batch(0).ToArray(), Is.Not.EqualTo(first.Batch(0).ToArray()));
        Assert.That(EpochPlan.Shuffled(101, 10, Seed + 1, 0, false).Batch(0).ToArray(), Is.Not.EqualTo(first.Batch(0).ToArray()));
        var dropped = EpochPlan.Shuffled(101, 10, Seed, 0, dropLast: true);
        Assert.That((dropped.Batches, dropped.Samples), Is.EqualTo((10, 100)));
    }

    [Test]
    public void A_batch_larger_than_the_set_is_a_usage_error() =>
        Assert.That(() => EpochPlan.Shuffled(100, 128, Seed, 0, false),
            Throws.TypeOf<UsageException>().With.Message.Contains("batch_size 128 is larger than the training set of 100 images"));

    [Test]
    public void A_failing_read_reaches_the_consumer([Values(0, 3)] int workers)
    {
        var data = new FailingDataset { Name = "failing", Channels = 1, Height = 1, Width = 1, Classes = ["a"], Mean = [0], Std = [1] };
        using var loader = new BatchLoader(data, EpochPlan.InOrder(data.Count, 2), Augmentation.None, Seed, workers);
        Assert.That(
            () =>
            {
                while (loader.Next() is not null)
                {
                }
            },
            Throws.TypeOf<DataException>().With.Message.EqualTo("image 13 is damaged"));
    }

    [Test]
    public void Disposing_in_the_middle_stops_the_workers()
    {
        var data = SyntheticData.Create(1000, 10, (1, 4, 3), Seed);
        var loader = new BatchLoader(data, EpochPlan.InOrder(data.Count, 2), Augmentation.None, Seed, 4);
        loader.Next();
        loader.Dispose();
        Assert.That(() => loader.Next(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Placements_cover_their_range_and_repeat()
    {
        var seen = Enumerable.Range(0, 2000).Select(i => Random.Place(Seed, 1, i)).ToList();
        Assert.That(seen.Select(p => p.Down).Distinct().Order(), Is.EqualTo(new[] { -2, -1, 0, 1, 2 }));
        Assert.That(seen.Select(p => p.Right).Distinct().Order(), Is.EqualTo(new[] { -2, -1, 0, 1, 2 }));
        Assert.That(seen.Count(p => p.Flip), Is.InRange(900, 1100));
        Assert.That(Enumerable.Range(0, 2000).Select(i => Random.Place(Seed, 1, i)), Is.EqualTo(seen));
        Assert.That(Random.Place(Seed, 2, 5) == seen[5] && Random.Place(Seed, 2, 6) == seen[6] && Random.Place(Seed, 2, 7) == seen[7], Is.False);
        Assert.That(Augmentation.None.Place(Seed, 1, 5), Is.EqualTo(default(Placement)));
    }

    [Test]
    public void Made_up_sets_are_checked()
    {
        Assert.That(() => MemoryDataset.Create("x", [], [], (1, 2, 2), ["a"]), Throws.TypeOf<DataException>().With.Message.Contains("no images"));
        Assert.That(() => MemoryDataset.Create("x", new byte[7], [0, 0], (1, 2, 2), ["a"]), Throws.TypeOf<DataException>().With.Message.Contains("7 bytes"));
        Assert.That(() => MemoryDataset.Create("x", new byte[8], [0, 1], (1, 2, 2), ["a"]),
            Throws.TypeOf<DataException>().With.Message.Contains("label 1 of image 1"));
        var constant = MemoryDataset.Create("x", [9, 9, 9, 9], [0], (1, 2, 2), ["a"]);
        Assert.That(constant.Std[0], Is.GreaterThan(0), "a constant set must not divide by zero");
    }

    [Test]
    public void Moments_are_per_channel()
    {
        var moments = PixelMoments.Of([0, 10, 255, 0, 30, 255], 3);
        Assert.That(moments.Mean, Is.EqualTo(new[] { 0f, 20 / 255f, 1f }).Within(1e-7));
        Assert.That(moments.Std[1], Is.EqualTo(10 / 255f).Within(1e-7));
    }

    private sealed class FailingDataset : Dataset
    {
        public override int Count => 40;

        public override int Label(int index) => 0;

        public override void Read(int index, Span<byte> pixels)
        {
            if (index == 13)
                throw new DataException("image 13 is damaged");
        }
    }
}
