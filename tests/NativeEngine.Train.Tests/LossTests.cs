using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Losses of a run: every one trains, sums and weights mean what they say, metric losses tell how the embeddings are.</summary>
internal sealed class LossTests
{
    private static IEnumerable<string> Trained => LossFunction.Catalogue.Names.Except(["cross_entropy"]).Append("ce+0.5*triplet(margin=0.5)");

    [TestCaseSource(nameof(Trained))]
    public void Every_loss_lowers_itself(string loss)
    {
        using var lab = new Lab();
        var watch = new Watch();
        double lr = loss == "softmax_inverse" ? 1e-4 : 0.003;
        lab.Train(Plain(lab) with { Loss = loss, Epochs = 6, Lr = lr, Sched = "none" }, observer: watch);
        Assert.That(watch.Epochs[^1].TrainLoss, Is.LessThan(0.95 * watch.Epochs[0].TrainLoss));
        Assert.That(watch.Epochs[^1].Facts is not null, Is.EqualTo(LossTerm.ParseSum(loss).Any(t => t.Loss is MetricLoss)));
    }

    [Test]
    public void A_metric_run_reports_its_embeddings_and_resumes_to_the_bit()
    {
        using var lab = new Lab();
        var options = lab.Options with { Loss = "ce+0.5*triplet(margin=0.5)", Drop = 0.2 };
        var watch = new Watch();
        var whole = lab.Train(options, observer: watch);
        string stopped = lab.TrainUntil(7, options).RunPath;
        Assert.That(Lab.Resume(stopped, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        foreach (string run in new[] { whole.RunPath, stopped })
        {
            var lines = File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)
                .Where(l => l.TryGetProperty("loss", out _)).ToList();
            Assert.That(lines.Select(l => l.GetProperty("spread").GetDouble()), Is.All.GreaterThan(0.01));
            Assert.That(lines.Select(l => l.GetProperty("active").GetDouble()), Is.All.InRange(0, 1));
        }

        Assert.That(Health(watch.Epochs[^1].Facts).Margin, Is.EqualTo(0.5));
        Assert.That(File.ReadAllText(Path.Combine(whole.RunPath, "log.txt")), Does.Match(@"embeddings active \d+ %  d\(ap\) "));
        Assert.That(File.ReadAllText(Path.Combine(whole.RunPath, "args.yaml")), Does.Contain("loss: \"ce+0.5*triplet(margin=0.5)\""));
        Assert.That(watch.Notes, Is.Empty);
    }

    [TestCase("triplet(margin=0.5)", 34, 1)]
    [TestCase("ce+0.5*triplet_cosine", 16, 3)]
    [TestCase("multi_similarity", 68, 1)]
    public void The_health_of_an_epoch_is_that_of_all_its_images(string loss, int batch, int accumulate)
    {
        using var lab = new Lab();
        var options = Plain(lab) with { Loss = loss, BatchSize = batch, GradAccumSteps = accumulate, Epochs = 1, Lr = 0, Sched = "none", LogInterval = 1 };
        var watch = new Watch();
        var whole = lab.Train(options, observer: watch);
        double Mean(Func<MetricHealth, double> value) => watch.Steps.Sum(s => value(Health(s.Facts)) * s.Images) / Lab.Images;
        var health = Health(watch.Epochs[0].Facts);
        Assert.That(watch.Steps.Sum(s => s.Images), Is.EqualTo(Lab.Images));
        Assert.That(health.ActiveShare, Is.EqualTo(Mean(h => h.ActiveShare)).Within(1e-12));
        Assert.That(health, Is.Not.EqualTo(Health(watch.Steps[^1].Facts)), "the last, small batch alone");
        Assert.That(health.Spread, Is.GreaterThan(0.05));
        Assert.That(watch.Notes, Has.None.Contains("collapse"));

        var seldom = new Watch();
        Assert.That(lab.Train(options with { LogInterval = 1000 }, observer: seldom).WeightsHash, Is.EqualTo(whole.WeightsHash));
        Assert.That(Health(seldom.Epochs[0].Facts), Is.EqualTo(health), "however often it is logged");
        Assert.That(seldom.Notes, Has.None.Contains("collapse"));
    }

    [Test]
    public void The_health_of_an_epoch_survives_a_stop_inside_it()
    {
        using var lab = new Lab();
        var options = Plain(lab) with { Loss = "triplet", Epochs = 1 };
        Watch whole = new(), rest = new();
        lab.Train(options, observer: whole);
        Lab.Resume(lab.TrainUntil(3, options).RunPath, options, observer: rest);
        Assert.That(Health(rest.Epochs[^1].Facts), Is.EqualTo(Health(whole.Epochs[^1].Facts)));
    }

    [Test]
    public void A_collapse_and_an_untrained_classifier_are_said()
    {
        using var lab = new Lab();
        var same = new byte[Lab.Images * 64];
        var data = MemoryDataset.Create("grey", same, [.. Enumerable.Range(0, Lab.Images).Select(i => i % 4)], (1, 8, 8), ["a", "b", "c", "d"],
            new PixelMoments([0.5f], [0.5f]));
        var watch = new Watch();
        lab.Train(Plain(lab) with { Loss = "triplet", Epochs = 1 }, new DatasetPair(data, data), watch);
        Assert.That(watch.Notes, Has.One.Contains("does not train the classifier fc").And.One.StartsWith("warning: the embeddings collapse: spread 0.0000"));
        Assert.That(watch.Notes, Has.Some.Contains("stays near its margin 0.3"));
    }

    [Test]
    public void Class_weights_are_balanced_listed_or_read()
    {
        using var lab = new Lab();
        var labels = Enumerable.Range(0, 40).Select(i => i < 20 ? 0 : i < 30 ? 1 : i < 38 ? 2 : 3).ToArray();
        var data = MemoryDataset.Create("uneven", SyntheticData.Create(40, 4, (1, 8, 8), 1) is var s ? Pixels(s) : [], labels, (1, 8, 8), ["a", "b", "c", "d"]);
        string file = Path.Combine(lab.Output, "weights.txt"), named = Path.Combine(lab.Output, "named.txt");
        File.WriteAllText(file, "0.5\n1 # second\n\n1.25\n5\n");
        File.WriteAllText(named, "d: 5\nb 1\na,0.5\nc = 1.25\n");
        double[] expected = [0.5, 1, 1.25, 5];
        foreach (string setting in new[] { "balanced", "0.5,1,1.25,5", "[0.5, 1, 1.25, 5]", file, named })
        {
            var loss = TrainingLoss.Create(new TrainOptions { Loss = "ce+focal+ohem", ClassWeight = setting }, data);
            Assert.That(((CrossEntropyLoss)loss.Terms[0].Loss).Weight, Is.EqualTo(expected), setting);
            Assert.That(((FocalLoss)loss.Terms[1].Loss).Alpha, Is.EqualTo(expected), setting);
        }

        Assert.That(TrainingLoss.Create(new TrainOptions { Loss = "class_balanced" }, data).Terms[0].Loss.ClassVectors.Single().Values,
            Is.EqualTo(new double[] { 20, 10, 8, 2 }));
        void Refused(string setting, string message, string loss = "ce") =>
            Assert.That(() => TrainingLoss.Create(new TrainOptions { Loss = loss, ClassWeight = setting.Length == 0 ? null : setting }, data),
                Throws.InstanceOf<EngineException>().With.Message.Contains(message));
        Refused("1,2,3", "3 numbers, expects one for each of the 4 classes");
        Refused("1,2,3,-4", "at least 0");
        File.WriteAllText(named, "a: 1\nbb: 2\n");
        Refused(named, "'bb' is not a class");
        File.WriteAllText(named, "a: 1\nb: 2\nc: 3\n");
        Refused(named, "no line for class d");
        Refused("", "weight has 2 numbers, expects one for each of the 4 classes", "ce(weight=[1,2])");
        Refused("", "loss smooth_pos_neg leaves out images of class 2 (c)", "smooth_pos_neg(ignore_index=2)");
        var some = data.Select("some", Enumerable.Range(0, 30).ToArray());
        Assert.That(() => TrainingLoss.Create(new TrainOptions { ClassWeight = "balanced" }, some),
            Throws.TypeOf<DataException>().With.Message.Contains("class_weight balanced: some has no image of class c"));
    }

    [Test]
    public void A_class_without_images_weighs_nothing_in_class_balanced_and_is_said()
    {
        using var lab = new Lab();
        var some = Lab.Data.Train.Select("some", [.. Enumerable.Range(0, Lab.Images).Where(i => Lab.Data.Train.Label(i) is not (1 or 3))]);
        Assert.That(TrainingLoss.Create(new TrainOptions { Loss = "class_balanced" }, some).Terms[0].Loss.ClassVectors.Single().Values,
            Is.EqualTo(new double[] { Lab.Data.Train.Count / 4 + 1, 0, Lab.Data.Train.Count / 4 + 1, 0 }).Within(1));
        var watch = new Watch();
        lab.Train(Plain(lab) with { Loss = "class_balanced", Epochs = 2 }, new DatasetPair(some, Lab.Data.Eval), watch);
        Assert.That(watch.Notes, Is.EqualTo(new[] { "loss class_balanced: no training image of class class1, class3; such classes weigh 0, the others "
            + "share the weights" }));
        Assert.That(watch.Epochs[^1].TrainLoss, Is.LessThan(watch.Epochs[0].TrainLoss));
    }

    [TestCase("triplet", "recall1")]
    [TestCase("multi_similarity", "recall1")]
    [TestCase("ce+0.5*triplet", "top1")]
    [TestCase("ce", "top1")]
    public void The_best_epoch_of_a_run_without_classifier_is_that_of_the_best_recall(string loss, string metric)
    {
        using var lab = new Lab();
        var watch = new Watch();
        var result = lab.Train(Plain(lab) with { Loss = loss, Epochs = 4, Lr = 0.003 }, observer: watch);
        bool measured = loss != "ce";
        Assert.That(watch.Epochs.Select(e => e.Eval.Values.ContainsKey("recall1")), Is.All.EqualTo(measured));
        Assert.That(result.Best, Is.EqualTo(watch.Epochs.Max(e => e.Eval[metric])));
        using var engine = Lab.Engine();
        var best = TrainedModel.Load(engine, CheckpointPair.WeightsFile(Path.Combine(result.RunPath, "checkpoints"), CheckpointPair.Best));
        Assert.That(best.Card.Metric, Is.EqualTo(metric));
        var eval = best.Evaluate(Lab.Data.Eval, batchSize: 7);
        Assert.That(eval[metric], Is.EqualTo(result.Best));
        Assert.That(File.ReadLines(Path.Combine(result.RunPath, "metrics.jsonl")).Count(l => l.Contains("\"eval_recall1\":")), Is.EqualTo(measured ? 4 : 0));
        Assert.That(File.ReadLines(Path.Combine(result.RunPath, "summary.csv")).Skip(1).Select(l => l.Split(',')[^2].Length > 0), Is.All.EqualTo(measured));
        Assert.That(File.ReadAllText(Path.Combine(result.RunPath, "log.txt")),
            measured ? Does.Match(@"recall@1 \d+\.\d\d \| lr") : Does.Not.Contain("recall@1"));
        if (metric == "recall1")
            Assert.That(result.Best, Is.GreaterThan(60), "four classes: chance is 25");
    }

    [Test]
    public void Accumulated_batches_give_the_gradient_of_the_whole([Values("ce+0.1*squared", "softmax_inverse(reduction=mean)")] string loss)
    {
        using var lab = new Lab();
        var options = Plain(lab) with { Model = "mlp", Loss = loss, Epochs = 1, MaxSteps = 1, Opt = "sgd", Sched = "none", Momentum = 0 };
        var whole = Weights(lab.Train(options with { BatchSize = 70 }));
        var parts = Weights(lab.Train(options with { BatchSize = 25, GradAccumSteps = 3 }));
        Assert.That(whole.Zip(parts, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(2e-6), "batches of 25, 25 and 20");
    }

    private static double[] Weights(TrainResult result) =>
        CheckpointPair.Load(Path.Combine(result.RunPath, "checkpoints"), CheckpointPair.Last).Weights["fc1.weight"].ToDoubles();

    private static byte[] Pixels(MemoryDataset data)
    {
        var pixels = new byte[data.Count * data.ImageBytes];
        for (int i = 0; i < data.Count; i++)
            data.Read(i, pixels.AsSpan(i * data.ImageBytes, data.ImageBytes));
        return pixels;
    }

    private static MetricHealth Health(TrainingFacts? facts) => ((EmbeddingFacts)facts!).Health;

    private static TrainOptions Plain(Lab lab) => lab.Options with { Drop = null, Hflip = 0, RandomShift = 0 };

    private sealed class Watch : ITrainObserver
    {
        public List<EpochReport> Epochs { get; } = [];

        public List<string> Notes { get; } = [];

        public List<StepReport> Steps { get; } = [];

        public void Stepped(in StepReport step) => Steps.Add(step);

        public void EpochEnded(EpochReport epoch) => Epochs.Add(epoch);

        public void Noted(string message) => Notes.Add(message);
    }
}
