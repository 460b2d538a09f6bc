using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

internal sealed class TrainingTests
{
    [Test]
    public void A_run_learns_and_leaves_a_complete_folder()
    {
        using var lab = new Lab();
        var watch = new Watch();
        var result = lab.Train(lab.Options with { Epochs = 8, Drop = null, Hflip = 0, RandomShift = 0 }, observer: watch);
        Assert.That(result.Eval!["top1"], Is.GreaterThan(90), "four classes that can be told apart");
        Assert.That(result.Best, Is.GreaterThanOrEqualTo(result.Eval["top1"]));
        Assert.That((result.Epoch, result.Step), Is.EqualTo((8, 8L * 5)));
        foreach (string file in new[] { "args.yaml", "env.json", "classes.txt", "log.txt", "status.json", "summary.csv", "metrics.jsonl",
                "checkpoints/last.safetensors", "checkpoints/last.state", "checkpoints/best.safetensors", "checkpoints/best.state" })
            Assert.That(File.Exists(Path.Combine(result.RunPath, file)), file);
        var rows = File.ReadAllLines(Path.Combine(result.RunPath, "summary.csv"));
        Assert.That(rows[0], Is.EqualTo("epoch,train_loss,train_top1,eval_loss,eval_top1,eval_top5,lr,time_s,img_s,mem_mb,eval_recall1,stage"));
        Assert.That(rows, Has.Length.EqualTo(9));
        Assert.That(rows.Skip(1).Select(r => r.Split(',')).Select(f => (f.Length, f[^2], f[^1])), Is.All.EqualTo((12, "", "1")), "no embeddings, no recall");
        Assert.That(File.ReadAllLines(Path.Combine(result.RunPath, "metrics.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("step").GetInt64()).Distinct(), Is.EqualTo(Enumerable.Range(1, 40)));
        Assert.That(File.ReadAllLines(Path.Combine(result.RunPath, "classes.txt")), Is.EqualTo(Lab.Data.Train.Classes));
        using var status = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.RunPath, "status.json")));
        Assert.That(status.RootElement.GetProperty("state").GetString(), Is.EqualTo("finished"));
        Assert.That((watch.Steps, watch.Epochs, watch.Ended), Is.EqualTo((40, 8, true)));
    }

    [Test]
    public void Limits_end_a_run_which_is_evaluated_saved_and_resumable()
    {
        using var lab = new Lab();
        var whole = lab.Train();
        var some = lab.Train(lab.Options with { MaxSteps = 7 });
        Assert.That((some.Stopped, some.Step, some.Epoch), Is.EqualTo((StopReason.MaxSteps, 7L, 1)));
        Assert.That(some.Eval, Is.Not.Null);
        Assert.That(Lab.Resume(some.RunPath, lab.Options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        var brief = lab.Train(lab.Options with { MaxTime = 1e-9 });
        Assert.That((brief.Stopped, brief.Step), Is.EqualTo((StopReason.MaxTime, 1L)));
    }

    [Test]
    public void Patience_stops_when_nothing_improves()
    {
        using var lab = new Lab();
        var result = lab.Train(lab.Options with { Lr = 0, Epochs = 30, Patience = 2 });
        Assert.That(result.Stopped, Is.EqualTo(StopReason.Patience));
        Assert.That(result.Epoch, Is.EqualTo(result.BestEpoch + 2));
    }

    [Test]
    public void A_dry_run_touches_everything_once()
    {
        using var lab = new Lab();
        var result = lab.Train(lab.Options with { DryRun = true, Epochs = 50, WarmupEpochs = 3, Sched = "cosine", GradAccumSteps = 2, EvalBatchSize = 10 });
        Assert.That((result.Stopped, result.Step, result.Eval!.Images), Is.EqualTo((StopReason.Finished, 1L, 10)));
        Assert.That(File.Exists(Path.Combine(result.RunPath, "checkpoints", "best.state")));
    }

    [Test]
    public void Overfitting_a_batch_reaches_all_of_it()
    {
        using var lab = new Lab();
        var noise = new byte[70 * 64];
        new Random(1).NextBytes(noise);
        var hard = MemoryDataset.Create("noise", noise, [.. Enumerable.Range(0, 70).Select(i => i % 4)], (1, 8, 8), ["a", "b", "c", "d"]);
        var result = lab.Train(lab.Options with { OverfitBatches = 1, Epochs = 30, Drop = null }, new DatasetPair(hard, hard));
        Assert.That((result.Step, result.Eval!.Images, result.Eval["top1"]), Is.EqualTo((30L, 16, 100.0)));
    }

    [Test]
    public void Weights_of_another_run_are_a_start()
    {
        using var lab = new Lab();
        var first = lab.Train();
        string weights = RunFolder.FindWeights(first.RunPath, lab.Output);
        var second = lab.Train(lab.Options with { Weights = weights, Lr = 0, Epochs = 1, Drop = null });
        Assert.That(second.Eval!["top1"], Is.EqualTo(first.Best).Within(15), "batch statistics moved, the weights did not");
        Assert.That(() => lab.Train(lab.Options with { Weights = weights, Model = "mlp" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("does not fit"));
        Assert.That(() => lab.Train(lab.Options with { Weights = "/nowhere" }), Throws.TypeOf<CheckpointException>().With.Message.Contains("/nowhere"));
    }

    [Test]
    public void Runs_are_found_by_folder_name_and_age()
    {
        using var lab = new Lab();
        Assert.That(() => RunFolder.Find("auto", lab.Output), Throws.TypeOf<CheckpointException>().With.Message.Contains("nothing to continue"));
        string old = lab.Train(lab.Options with { Epochs = 1, Name = "z-old" }).RunPath;
        File.SetLastWriteTimeUtc(Path.Combine(old, "checkpoints", "last.state"), DateTime.UtcNow.AddHours(-1));
        string recent = lab.Train(lab.Options with { Epochs = 1, Name = "a-new" }).RunPath;
        Directory.CreateDirectory(Path.Combine(lab.Output, "train", "empty"));
        Assert.That(RunFolder.Find("auto", lab.Output).Path, Is.EqualTo(recent));
        Assert.That(RunFolder.Find("z-old", lab.Output).Path, Is.EqualTo(old));
        Assert.That(RunFolder.Find(old, lab.Output).Path, Is.EqualTo(old));
        Assert.That(RunFolder.FindWeights("auto", lab.Output), Is.EqualTo(Path.Combine(recent, "checkpoints", "best.safetensors")));
        Assert.That(() => RunFolder.FindWeights("nothing", lab.Output), Throws.TypeOf<CheckpointException>());
    }

    [TestCase("batch_size")]
    [TestCase("epochs")]
    [TestCase("grad_accum_steps")]
    [TestCase("log_interval")]
    [TestCase("eval_batch_size")]
    public void Zero_is_refused_where_it_makes_no_sense(string key)
    {
        var options = TrainOptions.FromJson($"{{\"{key}\": 0}}", "test");
        Assert.That(options.Validate, Throws.TypeOf<UsageException>().With.Message.Contains($"{key} 0: expected"));
    }

    [Test]
    public void Contradictions_are_refused()
    {
        new TrainOptions().Validate();
        void Refused(TrainOptions options, string message) => Assert.That(options.Validate, Throws.TypeOf<UsageException>().With.Message.Contains(message));
        Refused(new() { Sched = "onecycle", WarmupEpochs = 1 }, "onecycle warms up by itself");
        Refused(new() { Sched = "multistep" }, "needs milestones");
        Refused(new() { Sched = "cosine", Milestones = [3] }, "milestones are only used by sched multistep");
        Refused(new() { Sched = "multistep", Milestones = [3, 2] }, "milestones 2");
        Refused(new() { Opt = "adamw", Nesterov = true }, "nesterov needs opt sgd");
        Refused(new() { OverfitBatches = 1, ValFraction = 0.1 }, "overfit_batches");
        Refused(new() { Opt = "adan" }, "unknown opt 'adan', did you mean 'adam'?");
        Refused(new() { EvalMetric = "recall" }, "unknown eval_metric 'recall', did you mean 'recall1'?");
        Refused(new() { Loss = "focal", Smoothing = 0.1 }, "smoothing belongs to loss ce");
        Refused(new() { Loss = "ce+tripet" }, "unknown loss 'tripet', did you mean 'triplet'?");
        Refused(new() { Loss = "0*ce" }, "every factor is 0");
        Refused(new() { Loss = "ce(label_smoothing=0.1)", Smoothing = 0.2 }, "contradict each other");
        Refused(new() { Loss = "ohem", ClassWeight = "balanced" }, "class_weight is used by ce, nll and focal");
        Refused(new() { Loss = "ce(weight=[1,2])", ClassWeight = "balanced" }, "contradict each other");
        Refused(new() { ClassWeight = "blanced" }, "expects balanced, numbers separated by commas, or a file");
        Refused(new() { Lr = double.NaN }, "lr NaN");
        Refused(new() { Opt = "sgd", OptArgs = "rho=0.1" }, "opt sgd has no parameter 'rho'");
        Refused(new() { Opt = "sam_sgd", OptArgs = "roh=0.1" },
            "opt sam_sgd has no parameter 'roh', did you mean 'rho'?; it takes momentum, dampening, nesterov, rho, adaptive");
        Refused(new() { Opt = "adam", OptArgs = "momentum=0.9" }, "opt adam has no parameter 'momentum'; it takes betas, eps, amsgrad");
        Refused(new() { Opt = "lookahead_amsgrad", OptArgs = "j=5" }, "it takes betas, eps, amsgrad, k, lookahead_alpha");
        Refused(new() { Opt = "sam_sgd", OptArgs = "rho=-1" }, "rho = -1: expects");
        Refused(new() { Opt = "sgd", Momentum = 0.9, OptArgs = "momentum=0.8" }, "opt_args momentum and the setting of its own contradict each other");
        Refused(new() { Sched = "cosine", SchedArgs = "t_0=3" }, "sched cosine has no parameter 't_0'; it takes nothing");
        Refused(new() { Sched = "onecycle", SchedArgs = "pct_start=2" }, "pct_start = 2: expects a number in 0..1");
        Refused(new() { LrMult = "fc" }, "lr_mult 'fc': expects PATTERN=FACTOR");
        Refused(new() { LrMult = "fc=-1" }, "factor of at least 0");
        Refused(new() { HeadLrMult = -1 }, "head_lr_mult -1");
        Refused(new() { OptBetas = [0.9] }, "opt_betas [0.9]");
        Refused(new() { MinLr = 1, Lr = 0.1 }, "min_lr 1");
        Refused(new() { Name = "../up" }, "plain folder name");
        using var lab = new Lab();
        Assert.That(() => lab.Train(lab.Options with { Momentum = 0.5 }), Throws.TypeOf<UsageException>().With.Message.Contains("no option momentum"));
        Assert.That(() => lab.Train(lab.Options with { Freeze = "*" }), Throws.TypeOf<UsageException>().With.Message.Contains("leaves no parameter"));
        Assert.That(() => lab.Train(lab.Options with { Freeze = "conv9" }), Throws.TypeOf<UsageException>().With.Message.Contains("conv9"));
    }

    [Test]
    public void Options_survive_text()
    {
        var options = new TrainOptions { Name = "it's \"x\"", OptBetas = [0.1, 1.0 / 3], Milestones = [1, 2], Momentum = null, Seed = ulong.MaxValue };
        Assert.That(TrainOptions.FromJson(options.ToJson(), "test").ToYaml(), Is.EqualTo(options.ToYaml()));
        Assert.That(options.ToYaml(), Does.Contain("opt_betas: [0.1, 0.3333333333333333]\n").And.Contain("momentum: null\n").And.Contain("batch_size: 128\n"));
        Assert.That(() => TrainOptions.FromJson("{\"bach_size\": 1}", "args"), Throws.TypeOf<CheckpointException>().With.Message.Contains("bach_size"));
        Assert.That(() => TrainOptions.FromJson("{\"seed\": 1, \"seed\": 2}", "args"), Throws.TypeOf<CheckpointException>().With.Message.Contains("seed"));
    }

    [Test]
    public void Settings_of_the_device_are_recorded_beside_the_others_also_of_runs_that_had_them_among_them()
    {
        var old = TrainOptions.FromJson("{\"device\": \"soft\", \"threads\": 2, \"tf32\": false, \"lr\": 0.5, \"cache\": \"none\"}", "old run");
        Assert.That(old.Lr, Is.EqualTo(0.5));
        Assert.That(old.ToYaml(), Does.Contain("cache: \"none\"\n").And.EndWith("device: \"soft\"\nthreads: 2\ntf32: false\n"));
        Assert.That(TrainOptions.FromJson(old.ToJson(), "test").ToYaml(), Is.EqualTo(old.ToYaml()));
    }

    private sealed class Watch : ITrainObserver
    {
        public int Steps { get; private set; }

        public int Epochs { get; private set; }

        public bool Ended { get; private set; }

        public void Stepped(in StepReport step) => Steps++;

        public void EpochEnded(EpochReport epoch) => Epochs++;

        void ITrainObserver.Ended(TrainResult result) => Ended = true;
    }
}
