using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>A frozen backbone: its features are computed once, nothing below the cut changes, and no gradient is kept there.</summary>
internal sealed class FeatureCacheTests
{
    private static IEnumerable<TestCaseData> Runs()
    {
        TestCaseData Case(string name, Func<TrainOptions, TrainOptions> change) => new TestCaseData(change).SetArgDisplayNames(name);
        yield return Case("smallcnn, dropout in front of the head", o => o);
        yield return Case("resnet18_cifar", o => o with { Model = "resnet18_cifar", Epochs = 2, Opt = "sgd", Drop = 0.3 });
        yield return Case("lenet, average, accumulation",
            o => o with { Model = "lenet", ModelEma = 0.9, GradAccumSteps = 2, BatchSize = 8, Sched = "plateau" });
        yield return Case("smallcnn, sam and a metric term", o => o with { Opt = "sam_sgd", Loss = "ce+0.1*triplet(soft_margin=true)" });
        yield return Case("classes in every batch, weighted", o => o with { Sampler = Sampling.Pk, ClassWeight = "balanced", BatchSize = 12, SamplesPerClass = 3 });
        yield return Case("second of two stages",
            o => o with { FreezeBackbone = false, Stages = "[{\"epochs\": 1, \"hflip\": 0.5}, {\"freeze_backbone\": true, \"epochs\": 2}]" });
    }

    [TestCaseSource(nameof(Runs))]
    public void Cached_features_give_the_bits_of_computing_them_in_every_epoch(Func<TrainOptions, TrainOptions> change)
    {
        using var lab = new Lab();
        var options = change(Frozen(lab));
        var data = options.Model == "lenet"
            ? new DatasetPair(SyntheticData.Create(70, 4, (1, 14, 14), 3), SyntheticData.Create(40, 4, (1, 14, 14), 3, part: 1)) : Lab.Data;
        var plain = lab.Train(options with { CacheFeatures = false }, data);
        var cached = lab.Train(options, data);
        Assert.That(Log(plain), Does.Not.Contain("features of the frozen backbone"));
        Assert.That(Log(cached), Does.Contain("features of the frozen backbone: "));
        Assert.That(cached.WeightsHash, Is.EqualTo(plain.WeightsHash));
        Assert.That((cached.Eval! with { Seconds = 0 }, cached.Best, cached.BestEpoch),
            Is.EqualTo((plain.Eval! with { Seconds = 0 }, plain.Best, plain.BestEpoch)));
        Assert.That(Weights(cached, CheckpointPair.Best), Is.EqualTo(Weights(plain, CheckpointPair.Best)), "best checkpoint");
        static IEnumerable<string> Losses(TrainResult r) => File.ReadLines(Path.Combine(r.RunPath, "metrics.jsonl")).Select(l => l.Split(",\"img_s\"")[0]);
        Assert.That(Losses(cached), Is.EqualTo(Losses(plain)), "every update has the same loss");
        var part = lab.Train(options with { MaxSteps = cached.Step - 2 }, data);
        Assert.That(Lab.Resume(part.RunPath, options, data).WeightsHash, Is.EqualTo(cached.WeightsHash), "resumed");
    }

    [Test]
    public void Below_the_cut_there_is_no_gradient_and_nothing_changes([Values(false, true)] bool cached)
    {
        using var lab = new Lab();
        var options = Frozen(lab) with { Model = "mini_resnet_basic", Epochs = 1, CacheFeatures = cached, ModelEma = 0.9, WeightDecay = 0.1 };
        using var engine = Lab.Engine();
        var watch = new Gradients();
        var trainer = Trainer.Create(engine, options, Lab.Data, watch);
        watch.Model = trainer.Model;
        var before = trainer.Model.StateDict();
        var result = trainer.Fit();
        Assert.That(watch.Steps, Is.EqualTo(5));
        Assert.That(watch.Found, Is.EquivalentTo(new[] { "fc.weight", "fc.bias" }), "parameters that ever had a gradient buffer");
        var best = CheckpointPair.ReadWeights(RunFolder.FindWeights(result.RunPath, lab.Output)).Tensors;
        var after = trainer.Model.StateDict();
        foreach (var (name, tensor) in before)
        {
            bool head = name.StartsWith("fc.", StringComparison.Ordinal);
            Assert.That(after[name].Bytes.Span.SequenceEqual(tensor.Bytes.Span), Is.EqualTo(!head), name);
            Assert.That(best[name].Bytes.Span.SequenceEqual(tensor.Bytes.Span), Is.EqualTo(!head), $"{name} of the best checkpoint, an average");
        }
    }

    [Test]
    public void Augmentation_turns_the_cache_off_unless_it_is_asked_for()
    {
        using var lab = new Lab();
        var options = Frozen(lab) with { RandomShift = 1, Hflip = 0.5 };
        var plain = lab.Train(options);
        Assert.That(Log(plain), Does.Contain("because random_shift 1 and hflip 0.5 changes the images; --cache-features trains on the images as they are"));
        Assert.That(Log(plain), Does.Not.Contain("computed once in"));
        var asked = lab.Train(options with { CacheFeatures = true });
        Assert.That(Log(asked), Does.Contain("images are used as they are, without random_shift 1 and hflip 0.5").And.Contain("computed once in"));
        Assert.That(asked.WeightsHash, Is.EqualTo(lab.Train(Frozen(lab)).WeightsHash));
        Assert.That(plain.WeightsHash, Is.Not.EqualTo(asked.WeightsHash));
    }

    [Test]
    public void Features_that_change_are_not_cached()
    {
        using var lab = new Lab();
        var options = Frozen(lab) with { CacheFeatures = true };
        Assert.That(() => lab.Train(options with { FreezeBackbone = false }),
            Throws.TypeOf<UsageException>().With.Message.Contains("cache_features: conv1.weight is trained, and only fc may be"));
        Assert.That(() => lab.Train(options with { FreezeBackbone = false, Freeze = "conv?" }),
            Throws.TypeOf<UsageException>().With.Message.Contains("bn1.weight is trained"));
        var colour = new DatasetPair(SyntheticData.Create(20, 4, (3, 32, 32), 3), SyntheticData.Create(8, 4, (3, 32, 32), 3, part: 1));
        Assert.That(() => lab.Train(options with { Model = "efficientnet_b0", BatchSize = 10, DropPath = 0.2 }, colour),
            Throws.TypeOf<UsageException>().With.Message.Contains("draws random numbers in training"));
        Assert.That(() => lab.Train(options with { Model = "squeezenet1_1", BatchSize = 10 }, colour),
            Throws.TypeOf<UsageException>().With.Message.Contains("classifies maps of"));
    }

    [Test]
    public void Features_that_do_not_fit_into_memory_are_said_before_they_are_computed()
    {
        using var engine = Lab.Engine();
        var model = ModelCatalogue.Create("smallcnn", engine, new ModelOptions { ImgSize = 8, InChans = 1, NumClasses = 4 });
        long row = model.DescribeFeatures().Shape.Count * sizeof(float) + 32;
        Assert.That(FeatureCache.MemoryObstacle(model, 1_000_000, 800_000, 1_800_000 * row), Is.Null);
        Assert.That(FeatureCache.MemoryObstacle(model, 1_000_000, 0, 1_000_000 * row - 1),
            Is.EqualTo(FormattableString.Invariant($"64 features of each of 1000000 images take {1e6 * row / (1 << 30):F2} GiB, and {1e6 * row / (1 << 30):F2} GiB of memory are free")));
        Assert.That(FeatureCache.MemoryObstacle(model, 1_000_000, 800_000, -5), Does.Contain("most of them twice").And.Contain("0.00 GiB of memory are free"));
    }

    private static TrainOptions Frozen(Lab lab) => lab.Options with { FreezeBackbone = true, RandomShift = 0, Hflip = 0 };

    private static string Log(TrainResult result) => File.ReadAllText(Path.Combine(result.RunPath, "log.txt"));

    private static string Weights(TrainResult result, string stem) =>
        WeightsHash.Of(CheckpointPair.ReadWeights(CheckpointPair.WeightsFile(Path.Combine(result.RunPath, "checkpoints"), stem)).Tensors);

    private sealed class Gradients : ITrainObserver
    {
        public Network? Model { get; set; }

        public HashSet<string> Found { get; } = [];

        public int Steps { get; private set; }

        public void Stepped(in StepReport report)
        {
            Steps++;
            Found.UnionWith(Model!.NamedParameters().Where(p => p.Tensor.Grad is not null).Select(p => p.Name));
        }
    }
}
