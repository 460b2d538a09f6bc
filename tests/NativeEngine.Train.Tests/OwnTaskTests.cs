using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>A task, a metric, a model and data of one's own: several classes in an image, trained by the trainer as it is.</summary>
internal sealed class OwnTaskTests
{
    [Test]
    public void An_own_task_model_and_metrics_are_trained_reported_and_resumed_to_the_bit()
    {
        using var lab = new Lab();
        var options = lab.Options with { Epochs = 6, Patience = 5, Hflip = 0, RandomShift = 0 };
        var data = new DatasetPair(Marks.Create(96, 1), Marks.Create(40, 2));
        var watch = new Watch();
        var whole = Run(lab, options, data, watch);
        Assert.That(whole.Eval!["subset"], Is.GreaterThan(90), "all three marks of an image right");
        Assert.That(whole.Best, Is.EqualTo(watch.Epochs.Max(e => e.Eval["subset"])));
        string[] summary = File.ReadAllLines(Path.Combine(whole.RunPath, "summary.csv"));
        Assert.That(summary[0], Is.EqualTo("epoch,train_loss,train_subset,eval_hamming,eval_subset,lr,time_s,img_s,mem_mb,eval_most,stage"));
        Assert.That(summary[^1].Split(',')[^2], Is.Empty, "nobody asked for it");
        Assert.That(File.ReadAllText(Path.Combine(whole.RunPath, "log.txt")), Does.Match(@"eval hamming \d\.\d{4} subset \d+\.\d \| lr"));
        var step = JsonDocument.Parse(File.ReadLines(Path.Combine(whole.RunPath, "metrics.jsonl")).First()).RootElement;
        Assert.That(step.TryGetProperty("train_subset", out _), Is.True);

        using var stop = new CancellationTokenSource();
        var part = Run(lab, options, data, new Watch { StopAt = (8, stop) }, stop.Token);
        Assert.That(part.Stopped, Is.EqualTo(StopReason.Cancelled));
        using var engine = Lab.Engine();
        var resumed = Trainer.Resume(new Marker(engine), new MarksTask(), options, RunFolder.Open(part.RunPath), data).Fit();
        Assert.That(resumed.WeightsHash, Is.EqualTo(whole.WeightsHash));
    }

    [TestCase("hamming", false)]
    [TestCase("most", true)]
    public void Any_metric_of_the_task_decides(string metric, bool higher)
    {
        using var lab = new Lab();
        var watch = new Watch();
        var result = Run(lab, lab.Options with { Epochs = 3, EvalMetric = metric }, new DatasetPair(Marks.Create(96, 1), Marks.Create(40, 2)), watch);
        var values = watch.Epochs.Select(e => e.Eval[metric]);
        Assert.That(result.Best, Is.EqualTo(higher ? values.Max() : values.Min()));
        Assert.That(result.Deciding.Name, Is.EqualTo(metric));
    }

    [Test]
    public void A_metric_of_ones_own_is_one_record()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var task = new ClassificationTask { Catalogues = Catalogues.Default with { Metrics = Metric.Catalogue.With<Map3Metric>() } };
        var watch = new Watch();
        var model = ModelCatalogue.Create("smallcnn", engine, TrainingTask.SizesOf(lab.Options, Lab.Data.Train));
        var result = Trainer.Create(model, task, lab.Options with { EvalMetric = "map3" }, Lab.Data, watch).Fit();
        Assert.That(result.Best, Is.EqualTo(watch.Epochs.Max(e => e.Eval["map3"])));
        Assert.That(watch.Epochs.Select(e => (100 * e.Eval["map3"]) - e.Eval["top1"]), Is.All.InRange(0, 50));
        string[] summary = File.ReadAllLines(Path.Combine(result.RunPath, "summary.csv"));
        Assert.That(summary[0], Does.EndWith("mem_mb,eval_map3,eval_recall1,stage"));
        Assert.That(summary[1].Split(',')[^3], Is.Not.Empty);
        Assert.That(File.ReadAllText(Path.Combine(result.RunPath, "log.txt")), Does.Match(@"top5 100\.00 map@3 0\.\d{4} \| lr"));
    }

    [Test]
    public void What_the_task_does_not_know_is_said()
    {
        using var lab = new Lab();
        var data = new DatasetPair(Marks.Create(96, 1), Marks.Create(40, 2));
        Assert.That(() => Run(lab, lab.Options with { EvalMetric = "top1" }, data, new Watch()),
            Throws.TypeOf<UsageException>().With.Message.EqualTo("unknown eval_metric 'top1'; known are auto, hamming, subset, most"));
        using var engine = Lab.Engine();
        Assert.That(() => Trainer.Create(new Plain(engine), TrainingTask.Default, lab.Options, Lab.Data),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("plain is no classifier"));
    }

    [Test]
    public void Views_number_the_classes_of_multi_hot_rows_anew()
    {
        var data = Marks.Create(20, 3);
        var view = data.Select("some", [4, 7]).OnlyClasses(["right", "left"]);
        float[] own = new float[3], row = new float[2];
        for (int i = 0; i < view.Count; i++)
        {
            view.ReadRow(i, row);
            data.ReadRow(i == 0 ? 4 : 7, own);
            Assert.That(row, Is.EqualTo(new[] { own[2], own[0] }));
        }

        float[] hot = new float[Lab.Classes];
        Lab.Data.Train.ReadRow(5, hot);
        Assert.That(hot, Is.EqualTo(Enumerable.Range(0, Lab.Classes).Select(c => c == Lab.Data.Train.Label(5) ? 1f : 0)));
    }

    [Test]
    public void Boxes_reach_the_device_with_their_classes_and_images()
    {
        using var engine = Lab.Engine();
        using var scope = engine.BeginStep();
        var targets = new BoxTargets();
        targets.Fill(Marks.Create(20, 3), [3, 4, 5]);
        var copy = targets.Copy();
        targets.Fill(Marks.Create(20, 3), [6]);
        var sent = copy.Send(engine);
        var expected = Enumerable.Range(3, 3).SelectMany((sample, image) => Marks.Create(20, 3).Boxes(sample).Select(b => (b, image))).ToList();
        Assert.That(copy.Count, Is.EqualTo(3));
        Assert.That(sent[0].ToArray<float>(), Is.EqualTo(expected.SelectMany(e => new[] { e.b.Left, e.b.Top, e.b.Right, e.b.Bottom })));
        Assert.That(sent[1].ToArray<int>(), Is.EqualTo(expected.Select(e => e.b.Class)));
        Assert.That(sent[2].ToArray<int>(), Is.EqualTo(expected.Select(e => e.image)));
    }

    /// <summary>Mean over images of 1 / place of the class among the first three guesses, 0 behind them.</summary>
    public sealed record Map3Metric : Metric<ClassOutputs>
    {
        public override string Title => "map@3";

        public override string Format => "F4";

        public override IMeasurement<ClassOutputs> Start(Engine engine) =>
            new MeanOverImages<ClassOutputs>(o => o.Ranks.Sum(r => r is >= 0 and < 3 ? 1.0 / (r + 1) : 0), o => o.Count);
    }

    private static TrainResult Run(Lab lab, TrainOptions options, DatasetPair data, ITrainObserver watch, CancellationToken stop = default)
    {
        using var engine = Lab.Engine();
        return Trainer.Create(new Marker(engine), new MarksTask(), options with { Output = lab.Output }, data, watch).Fit(stop);
    }

    /// <summary>Images with any of three marks in them: a bright square left, in the middle, right.</summary>
    private sealed class Marks(bool[][] marks) : Dataset
    {
        public override int Count => marks.Length;

        public override bool IsMultiLabel => true;

        public static Marks Create(int count, ulong seed)
        {
            var key = new PhiloxKey(seed, RandomStream.Split, 0);
            bool[][] marks = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, 3).Select(c => Philox.Uniform(key, (ulong)((3 * i) + c)) < 0.5).ToArray())];
            return new Marks(marks)
            {
                Name = "marks", Channels = 1, Height = 12, Width = 12, Classes = ["left", "middle", "right"], Mean = [0.2f], Std = [0.4f],
            };
        }

        public override int Label(int index) => Math.Max(0, Array.IndexOf(marks[index], true));

        public override void ReadRow(int index, Span<float> row)
        {
            for (int i = 0; i < row.Length; i++)
                row[i] = marks[index][i] ? 1 : 0;
        }

        public override IReadOnlyList<Box> Boxes(int index) =>
            [.. marks[index].Index().Where(m => m.Item).Select(m => new Box(4 * m.Index, 4, (4 * m.Index) + 3, 8, m.Index))];

        public override void Read(int index, Span<byte> pixels)
        {
            pixels.Clear();
            foreach (var box in Boxes(index))
            {
                for (int y = (int)box.Top; y < box.Bottom; y++)
                    pixels.Slice((y * Width) + (int)box.Left, 3).Fill(255);
            }
        }
    }

    /// <summary>A network with two outputs, neither of the catalogue nor a classifier.</summary>
    private sealed class Marker : Network
    {
        private readonly Linear _hidden, _marks, _count;

        public Marker(Engine engine)
            : base(engine, new ModelSettings(3, 1, 12, 0, 0))
        {
            _hidden = Child("hidden", new Linear(engine, 144, 32));
            _marks = Child("marks", new Linear(engine, 32, 3));
            _count = Child("count", new Linear(engine, 32, 1));
        }

        public override string Head => "marks";

        public override string Stem => "hidden";

        protected override Tensor Compute(Tensor x) => ComputeAll(x)[0];

        protected override IReadOnlyList<Tensor> ComputeAll(Tensor x)
        {
            var hidden = _hidden.Forward(x.Flatten()).Relu();
            return [_marks.Forward(hidden), _count.Forward(hidden)];
        }
    }

    private sealed class Plain : Network
    {
        public Plain(Engine engine)
            : base(engine, new ModelSettings(4, 1, 8, 0, 0)) => Child("fc", new Linear(engine, 64, 4));

        public override string Head => "";

        public override string Stem => "";

        protected override Tensor Compute(Tensor x) => x;
    }

    private sealed record MarkOutputs(Tensor Logits, Tensor Count, DeviceBatch Batch)
    {
        public int Images => Batch.Host.Count;

        public IEnumerable<(bool Said, bool Right)[]> Answers() =>
            Logits.ToArray<float>().Zip(((ClassRows)Batch.Host).Rows.ToArray(), (l, r) => (l > 0, r > 0)).Chunk(3);
    }

    private sealed class MarksTask : TrainingTask<MarkOutputs>
    {
        public override string Name => "marks";

        public override IReadOnlyList<Metric> Metrics => [new HammingMetric(), new SubsetMetric(), new MostMetric()];

        public override Metric Decides(IEnumerable<TrainOptions> stages) => new SubsetMetric();

        public override TargetBatch CreateTargets(Dataset data, int capacity) => new ClassRows(capacity, data.Classes.Count);

        public override MarkOutputs Run(Network model, DeviceBatch batch, IReadOnlyList<Metric> metrics) =>
            model.ForwardAll(batch.Images) is [var logits, var count] ? new(logits, count, batch) : throw new InvalidOperationException();

        public override Objective Begin(Network model, TrainOptions options, Dataset train) => new MarksObjective(this, model);
    }

    private sealed class MarksObjective(MarksTask task, Network model) : Objective
    {
        private readonly SubsetMetric _subset = new();

        public override IReadOnlyList<Metric> Followed => [_subset];

        public override BatchLoss Compute(DeviceBatch batch, double share, bool follow)
        {
            var outputs = task.Run(model, batch, []);
            var rows = batch.Targets[0];
            var miscounted = outputs.Count - rows.Sum([1], keepDim: true);
            var loss = new BceWithLogitsLoss().Compute(outputs.Logits, rows) + ((miscounted * miscounted).Mean() * 0.1);
            return new BatchLoss(loss, follow ? [(_subset.Name, Sum(_subset.Follow(outputs)))] : []);
        }

        private static Func<double[]> Sum(Func<double> take) => () => [take()];
    }

    private sealed record HammingMetric : Metric<MarkOutputs>
    {
        public override bool HigherIsBetter => false;

        public override bool OnRequest => false;

        public override string Format => "F4";

        public override IMeasurement<MarkOutputs> Start(Engine engine) =>
            new MeanOverImages<MarkOutputs>(o => o.Answers().Sum(a => a.Count(m => m.Said != m.Right) / 3.0), o => o.Images);
    }

    private sealed record SubsetMetric : Metric<MarkOutputs>, IFollowed<MarkOutputs>
    {
        public override bool OnRequest => false;

        public override string Format => "F1";

        public override IMeasurement<MarkOutputs> Start(Engine engine) =>
            new MeanOverImages<MarkOutputs>(o => o.Answers().Count(a => a.All(m => m.Said == m.Right)), o => o.Images, 100);

        public Func<double> Follow(MarkOutputs outputs)
        {
            var logits = outputs.Logits.BeginRead();
            var rows = ((ClassRows)outputs.Batch.Host).Rows.ToArray();
            return () => 100.0 * logits.ToArray<float>().Zip(rows, (l, r) => l > 0 == r > 0).Chunk(3).Count(a => a.All(right => right));
        }
    }

    private sealed record MostMetric : Metric<MarkOutputs>
    {
        public override IMeasurement<MarkOutputs> Start(Engine engine) =>
            new MeanOverImages<MarkOutputs>(o => o.Answers().Count(a => a.Count(m => m.Said == m.Right) >= 2), o => o.Images, 100);
    }

    private sealed class Watch : ITrainObserver
    {
        public List<EpochReport> Epochs { get; } = [];

        public (long Step, CancellationTokenSource Source)? StopAt { get; init; }

        public void Stepped(in StepReport step)
        {
            if (StopAt is { } stop && step.Step == stop.Step)
                stop.Source.Cancel();
        }

        public void EpochEnded(EpochReport epoch) => Epochs.Add(epoch);
    }
}
