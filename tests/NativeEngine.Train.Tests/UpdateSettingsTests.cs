using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Settings of optimizer and schedule that reach single parameters, limits and averages: each does what it says and resumes to the bit.</summary>
internal sealed class UpdateSettingsTests
{
    [Test]
    public void Factors_move_parameters_by_their_share_of_the_rate()
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = "sgd", Momentum = 0, Sched = "none", Epochs = 1, MaxSteps = 1, WeightDecay = 0.1 };
        var plain = Moved(lab, options);
        var scaled = Moved(lab, options with { LrMult = "conv*=0.5,conv2=0,bn?.weight=2", HeadLrMult = 3 });
        foreach (var (name, change) in plain)
        {
            double factor = name.StartsWith("conv2", StringComparison.Ordinal) ? 0 : name.StartsWith("conv", StringComparison.Ordinal) ? 0.5 : name.StartsWith("bn", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 2 : name.StartsWith("fc", StringComparison.Ordinal) ? 3 : 1;
            for (int i = 0; i < change.Length; i++)
                Assert.That(scaled[name][i], Is.EqualTo(factor * change[i]).Within(1e-6 + 1e-4 * Math.Abs(change[i])), $"{name}[{i}]");
        }

        Assert.That(() => lab.Train(options with { LrMult = "conv7=1" }), Throws.TypeOf<UsageException>().With.Message.Contains("no parameter matches conv7"));
    }

    [Test]
    public void Norm_and_bias_parameters_decay_only_when_asked()
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = "sgd", Momentum = 0, Sched = "none", Lr = 0.1, Epochs = 1, MaxSteps = 1, WeightDecay = 0 };
        var none = Moved(lab, options);
        foreach (bool spared in new[] { true, false })
        {
            var decayed = Moved(lab, options with { WeightDecay = 0.5, NoNormBiasDecay = spared });
            foreach (string name in new[] { "bn1.weight", "fc.weight" })
            {
                // p -= lr·wd·p on top; bn weights start at 1.
                double extra = decayed[name][0] - none[name][0];
                Assert.That(Math.Abs(extra), name == "bn1.weight" && spared ? Is.LessThan(1e-7) : Is.GreaterThan(1e-5), $"{name}, spared {spared}");
            }
        }
    }

    private static IEnumerable<TestCaseData> Settings
    {
        get
        {
            TestCaseData Case(string name, Func<TrainOptions, TrainOptions> set) => new TestCaseData(set).SetArgDisplayNames(name);
            yield return Case("clip norm", o => o with { ClipGrad = 0.05 });
            yield return Case("clip value", o => o with { ClipGrad = 1e-3, ClipMode = "value" });
            yield return Case("clip agc", o => o with { ClipGrad = 1e-3, ClipMode = "agc", Opt = "sgd" });
            yield return Case("ema", o => o with { ModelEma = 0.9 });
            yield return Case("lookahead", o => o with { Opt = "lookahead_adamw", OptArgs = "k=3,lookahead_alpha=0.8" });
            yield return Case("sam adaptive", o => o with { Opt = "sam_sgd", OptArgs = "rho=0.5,adaptive=true" });
            yield return Case("adabound", o => o with { Opt = "adabound", OptArgs = "final_lr=0.01,gamma=0.1" });
            yield return Case("rmsprop centered", o => o with { Opt = "rmsprop", OptArgs = "centered=true,alpha=0.9,momentum=0.5" });
            yield return Case("factors", o => o with { HeadLrMult = 5, LrMult = "conv1=0.1" });
            yield return Case("onecycle", o => o with { Sched = "onecycle", SchedArgs = "pct_start=0.1,three_phase=true" });
            yield return Case("plateau", o => o with { Sched = "plateau", PlateauPatience = 0, SchedArgs = "threshold=9" });
            yield return Case("accumulated", o => o with { GradAccumSteps = 2, ClipGrad = 0.05 });
        }
    }

    [TestCaseSource(nameof(Settings))]
    public void A_setting_changes_the_run_and_resumes_to_the_bit(Func<TrainOptions, TrainOptions> set)
    {
        using var lab = new Lab();
        var options = set(lab.Options with { Sched = "none", Epochs = 3, EvalMetric = "top1" });
        var whole = lab.Train(options);
        Assert.That(whole.Eval!.Loss, Is.LessThan(3));
        Assert.That(Lab.Resume(lab.TrainUntil(7, options).RunPath, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        var without = options with { OptArgs = null, SchedArgs = null, ClipGrad = 0, ModelEma = 0, HeadLrMult = 1, LrMult = null, Sched = options.Sched == "plateau" ? "none" : options.Sched };
        var other = lab.Train(without);
        Assert.That((BestHash(whole), whole.WeightsHash), Is.Not.EqualTo((BestHash(other), other.WeightsHash)), "the average is in the best checkpoint only");
    }

    [Test]
    public void An_optimizer_state_of_another_kind_names_what_differs()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(4).RunPath;
        void Refused(Func<TrainOptions, TrainOptions> set, string message) =>
            Assert.That(() => Lab.Resume(run, set(lab.Options)), Throws.TypeOf<CheckpointException>().With.Message.Contains("last.state").And.Message.Contains(message));
        Refused(o => o with { Opt = "sgd" }, "the saved optimizer state belongs to 'adamw', this run uses 'sgd'");
        Refused(o => o with { OptArgs = "amsgrad=true" }, "the saved state of optimizer 'adamw' does not fit: conv1.weight.max_exp_avg_sq is missing");
        Refused(o => o with { Freeze = "conv1" }, "conv1.weight.exp_avg is not part of this run");
        Refused(o => o with { ModelEma = 0.9 }, "without model_ema");
    }

    private static string BestHash(TrainResult result) => CheckpointPair.Load(Path.Combine(result.RunPath, "checkpoints"), CheckpointPair.Best).Card.Hash;

    /// <summary>How far one update moved every parameter.</summary>
    private static Dictionary<string, double[]> Moved(Lab lab, TrainOptions options)
    {
        using var engine = Lab.Engine();
        var trainer = Trainer.Create(engine, options, Lab.Data);
        trainer.Model.Initialize();
        var before = trainer.Model.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor.ToArray<double>());
        trainer.Fit();
        var moved = trainer.Model.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor.ToArray<double>().Zip(before[p.Name], (a, b) => a - b).ToArray());
        Assert.That(moved.Values.SelectMany(v => v), Is.All.Matches<double>(double.IsFinite));
        return moved;
    }
}
