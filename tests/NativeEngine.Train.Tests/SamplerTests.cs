using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

/// <summary>Batches of P classes with K images, and wrong labels on purpose.</summary>
internal sealed class SamplerTests
{
    [Test]
    public void Every_batch_holds_p_classes_with_k_images_and_an_epoch_all_images()
    {
        int[] labels = [.. Enumerable.Range(0, 60).Select(i => i % 5)];
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var plan = EpochPlan.PerClass(labels, 12, 4, seed: 3, epoch);
            Assert.That(plan.Batches, Is.EqualTo(5));
            var seen = new List<int>();
            for (int b = 0; b < plan.Batches; b++)
            {
                int[] batch = [.. plan.Batch(b)];
                Assert.That(batch.GroupBy(i => labels[i]).Select(g => g.Distinct().Count()), Is.EqualTo(new[] { 4, 4, 4 }));
                seen.AddRange(batch);
            }

            Assert.That(seen, Is.Unique.And.Count.EqualTo(60));
        }

        var (first, again) = (Order(labels, 0), Order(labels, 0));
        Assert.That(again, Is.EqualTo(first).And.Not.EqualTo(Order(labels, 1)));
    }

    [Test]
    public void Uneven_classes_fill_up_their_last_group_and_every_epoch_has_as_many_batches()
    {
        int[] labels = [.. Enumerable.Repeat(0, 9), .. Enumerable.Repeat(1, 2), .. Enumerable.Repeat(2, 5), 7];
        for (int epoch = 0; epoch < 5; epoch++)
        {
            var plan = EpochPlan.PerClass(labels, 6, 3, seed: 1, epoch);
            Assert.That(plan.Batches, Is.EqualTo(3), "groups 3, 1, 2, 1: two at a time");
            for (int b = 0; b < plan.Batches; b++)
                Assert.That(plan.Batch(b).ToArray().GroupBy(i => labels[i]).Select(g => g.Count()), Is.EqualTo(new[] { 3, 3 }));
        }

        Assert.That(() => EpochPlan.PerClass(labels, 15, 3, 1, 0),
            Throws.TypeOf<UsageException>().With.Message.Contains("takes 5 classes, but the training images have 4; choose batch_size 12"));
        Assert.That(() => EpochPlan.PerClass(labels, 7, 3, 1, 0), Throws.TypeOf<UsageException>().With.Message.Contains("a divisor of batch_size 7"));
    }

    [Test]
    public void A_run_with_pairs_and_wrong_labels_resumes_to_the_bit()
    {
        using var lab = new Lab();
        var options = lab.Options with { Loss = "ce+triplet", Sampler = Sampling.Pk, SamplesPerClass = 4, BatchSize = 12, LabelNoise = 0.2 };
        var whole = lab.Train(options);
        string run = lab.TrainUntil(7, options).RunPath;
        Assert.That(() => Lab.Resume(run, options with { Sampler = Sampling.Shuffle }),
            Throws.TypeOf<UsageException>().With.Message.Contains("sampler pk, samples_per_class 4"));
        Assert.That(Lab.Resume(run, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        Assert.That(whole.WeightsHash, Is.Not.EqualTo(lab.Train(options with { LabelNoise = 0 }).WeightsHash));
        Assert.That((options with { BatchSize = 15 }).Validate, Throws.TypeOf<UsageException>().With.Message.Contains("samples_per_class 4"));
        Assert.That((options with { LabelNoise = 1.5 }).Validate, Throws.TypeOf<UsageException>().With.Message.Contains("label_noise 1.5"));
    }

    [Test]
    public void Label_noise_changes_its_share_evenly_and_only_labels()
    {
        var data = SyntheticData.Create(4000, 4, (1, 8, 8), seed: 3);
        var noisy = NoisyDataset.Of(data, 0.3, seed: 5);
        var moves = Enumerable.Range(0, data.Count).Select(i => (noisy.Label(i) - data.Label(i) + 4) % 4).ToList();
        Assert.That(noisy.Changed, Is.EqualTo(moves.Count(m => m != 0)).And.InRange(1100, 1300));
        for (int m = 1; m < 4; m++)
            Assert.That(moves.Count(x => x == m), Is.InRange(330, 470));
        Assert.That(Enumerable.Range(0, data.Count).Select(NoisyDataset.Of(data, 0.3, seed: 5).Label),
            Is.EqualTo(Enumerable.Range(0, data.Count).Select(noisy.Label)));
        Assert.That(NoisyDataset.Of(data, 1, 5).Changed, Is.EqualTo(4000));
        var (a, b) = (new byte[64], new byte[64]);
        data.Read(17, a);
        noisy.Read(17, b);
        Assert.That(b, Is.EqualTo(a));
    }

    private static int[] Order(int[] labels, int epoch) =>
        [.. Enumerable.Range(0, 5).SelectMany(b => EpochPlan.PerClass(labels, 12, 4, 3, epoch).Batch(b).ToArray())];
}
