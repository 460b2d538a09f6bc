using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

internal sealed class ResumeTests
{
    private static IEnumerable<TestCaseData> Recipes()
    {
        TestCaseData Case(string name, Func<TrainOptions, TrainOptions> change) => new TestCaseData(change).SetArgDisplayNames(name);
        yield return Case("adamw onecycle", o => o);
        yield return Case("sgd nesterov cosine warmup",
            o => o with { Opt = "sgd", Momentum = 0.9, Nesterov = true, Sched = "cosine", WarmupEpochs = 0.5, ClipGrad = 0.5 });
        yield return Case("accumulation", o => o with { GradAccumSteps = 2, BatchSize = 8, Smoothing = 0.1 });
        yield return Case("plateau", o => o with { Sched = "plateau", PlateauPatience = 0, Gamma = 0.5, Opt = "adam", EvalMetric = "loss" });
        yield return Case("average", o => o with { ModelEma = 0.9, Opt = "lookahead_sgd", ClipGrad = 0.1, ClipMode = ClipMode.Agc, Loss = "class_balanced" });
        yield return Case("transforms and mixing", o => o with
        {
            Aa = "rand-m7-n2-mstd0.5-inc1",
            Reprob = 0.5,
            Rotate = 20,
            Vflip = 0.5,
            GrayscaleProb = 0.2,
            GaussianBlurProb = 0.3,
            Cutout = 2,
            Mixup = 0.4,
            Cutmix = 1,
            MixupMode = NativeEngine.Data.MixMode.Pair,
            Workers = 2,
        });
        yield return Case("a pipeline", o => o with { Transforms = "resize(10);random_crop(8,padding=1);color_jitter;aug_mix;noise(5)", Workers = 2 });
        yield return Case("sam", o => o with { Opt = "sam_sgd", ClipGrad = 0.01, ClipMode = ClipMode.Value, Loss = "focal" });
        yield return Case("sam accumulation",
            o => o with { Opt = "sam_adamw", GradAccumSteps = 2, BatchSize = 8, Sampler = Sampling.Pk, SamplesPerClass = 2, Loss = "ce+triplet" });
        yield return Case("frozen", o => o with { Freeze = "conv1,bn1", DropLast = true });
    }

    [TestCaseSource(nameof(Recipes))]
    public void Stopping_anywhere_and_going_on_gives_the_same_bits(Func<TrainOptions, TrainOptions> change)
    {
        using var lab = new Lab();
        var options = change(lab.Options);
        var whole = lab.Train(options);
        Assert.That(whole.Stopped, Is.EqualTo(StopReason.Finished));
        foreach (int step in new[] { 1, 3, (int)whole.Step / 2 + 1, (int)whole.Step - 1 })
        {
            var part = lab.TrainUntil(step, options);
            Assert.That((part.Stopped, part.Step), Is.EqualTo((StopReason.Cancelled, (long)step)));
            Assert.That(part.WeightsHash, Is.Not.EqualTo(whole.WeightsHash));
            var rest = Lab.Resume(part.RunPath, options);
            Assert.That(rest.WeightsHash, Is.EqualTo(whole.WeightsHash), $"stopped after update {step}");
            Assert.That((rest.Eval! with { Seconds = 0 }, rest.Best, rest.BestEpoch),
                Is.EqualTo((whole.Eval! with { Seconds = 0 }, whole.Best, whole.BestEpoch)));
        }
    }

    [Test]
    public void Stopping_many_times_gives_the_same_bits_and_the_same_reports()
    {
        using var lab = new Lab();
        var whole = lab.Train();
        string run = lab.TrainUntil(2).RunPath;
        for (int step = 4; step < whole.Step; step += 2)
            Lab.ResumeUntil(run, step, lab.Options);
        Assert.That(Lab.Resume(run, lab.Options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        static IEnumerable<string> Losses(string path) => File.ReadLines(Path.Combine(path, "metrics.jsonl")).Select(l => l.Split(",\"img_s\"")[0]);
        Assert.That(Losses(run), Is.EqualTo(Losses(whole.RunPath)), "every update is reported once, with the same loss");
        static IEnumerable<string> Rows(string path) => File.ReadLines(Path.Combine(path, "summary.csv")).Select(l => string.Join(',', l.Split(',').Take(7)));
        Assert.That(Rows(run), Is.EqualTo(Rows(whole.RunPath)));
    }

    [Test]
    public void Threads_and_workers_do_not_change_a_bit()
    {
        using var lab = new Lab();
        string one = lab.Train(threads: 1).WeightsHash;
        Assert.That(lab.Train(threads: 2).WeightsHash, Is.EqualTo(one), "2 threads");
        Assert.That(lab.Train(lab.Options with { Workers = 0 }).WeightsHash, Is.EqualTo(one), "no worker");
        Assert.That(lab.Train(lab.Options with { Workers = 2 }).WeightsHash, Is.EqualTo(one), "2 workers");
        Assert.That(lab.Train(lab.Options with { Seed = 8 }).WeightsHash, Is.Not.EqualTo(one), "another seed");
    }

    [Test]
    public void Accumulated_batches_are_one_large_batch([Values("adamw", "sam_sgd")] string opt)
    {
        using var lab = new Lab();
        var large = lab.Options with { Model = "mlp", Drop = null, BatchSize = 32, Epochs = 1, Opt = opt, OptArgs = opt == "adamw" ? null : "rho=0.5" };
        using var engine = Lab.Engine();
        var a = Trainer.Create(engine, large, Lab.Data);
        a.Fit();
        using var other = Lab.Engine();
        var b = Trainer.Create(other, large with { BatchSize = 8, GradAccumSteps = 4 }, Lab.Data);
        b.Fit();
        Assert.That(b.Progress.Step, Is.EqualTo(a.Progress.Step));
        foreach (var (p, q) in a.Model.NamedParameters().Zip(b.Model.NamedParameters()))
            Assert.That(q.Tensor.ToArray<float>(), Is.EqualTo(p.Tensor.ToArray<float>()).Within(2e-3), p.Name);
    }

    [Test]
    public void Both_gradients_of_sam_are_added_up_over_the_same_batches_and_statistics_count_each_batch_once()
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = "sgd", Momentum = 0, BatchSize = 10, GradAccumSteps = 3, Epochs = 1, MaxSteps = 2, Sched = "none" };
        long Batches(TrainOptions o) =>
            CheckpointPair.Load(Path.Combine(lab.Train(o).RunPath, "checkpoints"), CheckpointPair.Last).Weights["bn1.num_batches_tracked"].ToLongs()[0];
        Assert.That(Batches(options), Is.EqualTo(6));
        Assert.That(Batches(options with { Opt = "sam_sgd" }), Is.EqualTo(6));

        // Without a way to go, the second gradient is the first one, dropout and shifts included: SAM is then the plain optimizer.
        string plain = lab.Train(options).WeightsHash;
        Assert.That(lab.Train(options with { Opt = "sam_sgd", OptArgs = "rho=0" }).WeightsHash, Is.EqualTo(plain));
        Assert.That(lab.Train(options with { Opt = "sam_sgd" }).WeightsHash, Is.Not.EqualTo(plain));
    }

    [Test]
    public void A_finished_run_has_nothing_left_to_do_and_can_be_prolonged()
    {
        using var lab = new Lab();
        var options = lab.Options with { Sched = "none" };
        var whole = lab.Train(options with { Epochs = 4 });
        var shorter = lab.Train(options);
        Assert.That(Lab.Resume(shorter.RunPath, options).WeightsHash, Is.EqualTo(shorter.WeightsHash));
        var longer = Lab.Resume(shorter.RunPath, options with { Epochs = 4 });
        Assert.That((longer.Epoch, longer.WeightsHash), Is.EqualTo((4, whole.WeightsHash)));
    }

    [TestCase("onecycle", true)]
    [TestCase("cosine", true)]
    [TestCase("poly", true)]
    [TestCase("none", false)]
    [TestCase("step", false)]
    [TestCase("cosine_restarts", false)]
    public void A_schedule_that_came_to_its_end_is_not_stretched(string schedule, bool refused)
    {
        using var lab = new Lab();
        var options = lab.Options with { Sched = schedule, StepSize = 2 };
        string run = lab.Train(options).RunPath;
        if (refused)
        {
            Assert.That(() => Lab.Resume(run, options with { Epochs = 4 }),
                Throws.TypeOf<UsageException>().With.Message.Contains($"finished its {schedule} schedule of 3 epochs").And.Message.Contains("sched none"));
            options = options with { Sched = "none", Lr = 1e-4 };
        }

        Assert.That(Lab.Resume(run, options with { Epochs = 4 }).Epoch, Is.EqualTo(4));
    }

    [Test]
    public void A_run_that_did_not_finish_can_be_planned_longer()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(7).RunPath;
        Assert.That(Lab.Resume(run, lab.Options with { Epochs = 4 }).Epoch, Is.EqualTo(4));
    }

    [Test]
    public void What_would_not_continue_the_run_is_refused()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(2).RunPath;
        Assert.That(() => Lab.Resume(run, lab.Options with { BatchSize = 8 }), Throws.TypeOf<UsageException>().With.Message.Contains("same batch_size 16"));
        Assert.That(() => Lab.Resume(run, lab.Options with { Model = "mlp" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("trained smallcnn, but model is mlp"));
        Assert.That(() => Lab.Resume(run, lab.Options with { Opt = "sgd" }), Throws.TypeOf<CheckpointException>().With.Message.Contains("adamw"));
        Assert.That(() => Lab.Resume(run, lab.Options with { Sched = "plateau" }), Throws.TypeOf<CheckpointException>().With.Message.Contains("schedule"));
        var fewer = new DatasetPair(SyntheticData.Create(Lab.Images, 3, (1, 8, 8), 3), SyntheticData.Create(9, 3, (1, 8, 8), 3, part: 1));
        Assert.That(() => Lab.Resume(run, lab.Options, fewer), Throws.TypeOf<CheckpointException>().With.Message.Contains("class3"));
        Assert.That(() => RunFolder.Open(lab.Output), Throws.TypeOf<CheckpointException>());
    }

    [Test]
    public void Changed_settings_are_said()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(2).RunPath;
        var notes = new Notes();
        Lab.Resume(run, lab.Options with { Epochs = 4, OptBetas = [0.9, 0.99] }, observer: notes);
        Assert.That(notes.All, Is.EqualTo(new[] { "settings changed since the checkpoint: opt_betas [0.9, 0.999] to [0.9, 0.99], epochs 3 to 4" }));
        Assert.That(File.ReadAllText(Path.Combine(run, "log.txt")), Does.Contain(notes.All[0]));
    }

    [Test]
    public void A_run_with_an_average_evaluates_it_and_continues_only_with_it()
    {
        using var lab = new Lab();
        var options = lab.Options with { ModelEma = 0.5 };
        var result = lab.Train(options);
        using var engine = Lab.Engine();
        var best = TrainedModel.Load(engine, RunFolder.FindWeights(result.RunPath, lab.Output));
        Assert.That(best.Evaluate(Lab.Data.Eval, options.EvalBatchSize)["top1"], Is.EqualTo(result.Best));
        var last = CheckpointPair.ReadWeights(CheckpointPair.WeightsFile(Path.Combine(result.RunPath, "checkpoints"), CheckpointPair.Last));
        Assert.That(last.Card.Hash, Is.EqualTo(result.WeightsHash), "the last checkpoint has the weights that are trained");
        Assert.That(() => Lab.Resume(result.RunPath, lab.Options), Throws.TypeOf<CheckpointException>().With.Message.Contains("was saved with model_ema"));
    }

    [Test]
    public void Ten_thousand_updates_keep_the_number_of_buffers_flat()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var watch = new BufferWatch(engine);
        var data = new DatasetPair(SyntheticData.Create(20_000, 2, (1, 2, 2), 3), SyntheticData.Create(10, 2, (1, 2, 2), 3, part: 1));
        var options = lab.Options with { Model = "mlp", Drop = null, BatchSize = 2, Epochs = 1, LogInterval = 5000 };
        var result = Trainer.Create(engine, options, data, watch).Fit();
        Assert.That(result.Step, Is.EqualTo(10_000));
        Assert.That(watch.Highest, Is.EqualTo(watch.Early), "live buffers after 100 updates and the most after 10,000");
    }

    private sealed class Notes : ITrainObserver
    {
        public List<string> All { get; } = [];

        public void Noted(string message) => All.Add(message);
    }

    private sealed class BufferWatch(Engine engine) : ITrainObserver
    {
        public long Early { get; private set; }

        public long Highest { get; private set; }

        public void Stepped(in StepReport step)
        {
            long live = engine.Backend.Memory.LiveBuffers;
            if (step.Step <= 100)
                Early = Math.Max(Early, live);
            Highest = Math.Max(Highest, live);
        }
    }
}
