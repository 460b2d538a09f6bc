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
            double factor = name.StartsWith("conv2", StringComparison.Ordinal) ? 0 : name.StartsWith("conv", StringComparison.Ordinal) ? 0.5
                : name.StartsWith("bn", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 2
                    : name.StartsWith("fc", StringComparison.Ordinal) ? 3 : 1;
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

    [TestCase("sgd", "momentum: 0.9|weight_decay: 0|opt_eps: null|opt_betas: null")]
    [TestCase("sam_sgd", "momentum: 0.9|weight_decay: 0|opt_eps: null|opt_betas: null")]
    [TestCase("adam", "momentum: null|weight_decay: 0|opt_eps: 1E-08|opt_betas: [0.9, 0.999]")]
    [TestCase("adamw", "momentum: null|weight_decay: 0.01|opt_eps: 1E-08|opt_betas: [0.9, 0.999]")]
    [TestCase("lookahead_adamw", "momentum: null|weight_decay: 0.01|opt_eps: 1E-08|opt_betas: [0.9, 0.999]")]
    [TestCase("ranger", "momentum: null|weight_decay: 0|opt_eps: 1E-05|opt_betas: [0.95, 0.999]")]
    [TestCase("rmsprop", "momentum: 0|weight_decay: 0|opt_eps: 1E-08|opt_betas: null")]
    [TestCase("lamb", "momentum: null|weight_decay: 0.01|opt_eps: 1E-06|opt_betas: [0.9, 0.999]")]
    public void The_run_folder_says_the_numbers_that_are_used(string opt, string expected)
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = opt, Lr = 1e-3, Epochs = 1, MaxSteps = 2, Scale = [0.5, 1] };
        string run = lab.Train(options).RunPath, args = File.ReadAllText(Path.Combine(run, "args.yaml"));
        Assert.That(args.Split('\n'), Is.SupersetOf(expected.Split('|')));
        Assert.That(args.Split('\n'),
            Is.SupersetOf(new[] { $"mean: [{Decimal(Lab.Data.Train.Mean)}]", $"std: [{Decimal(Lab.Data.Train.Std)}]", "ratio: [0.75, 1.3333333333333333]" }));

        static string Decimal(IReadOnlyList<float> values) =>
            string.Join(", ", values.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Numbers_that_are_said_stay_and_those_of_opt_args_are_not_said_twice()
    {
        using var lab = new Lab();
        var options = lab.Options with
        {
            Opt = "rmsprop",
            OptArgs = "momentum=0.5,eps=1e-3",
            WeightDecay = 0.125,
            Mean = [0.25],
            Std = [0.75],
            Epochs = 1,
            MaxSteps = 1
        };
        string args = File.ReadAllText(Path.Combine(lab.Train(options).RunPath, "args.yaml"));
        Assert.That(args.Split('\n'), Is.SupersetOf(new[] { "momentum: null", "opt_eps: null", "opt_args: \"momentum=0.5,eps=1e-3\"", "weight_decay: 0.125",
            "mean: [0.25]", "std: [0.75]", "ratio: null" }));
    }

    [Test]
    public void Without_weight_decay_each_optimizer_takes_its_own()
    {
        using var lab = new Lab();
        foreach (var (opt, own) in new[] { ("sgd", 0.0), ("adam", 0), ("adamw", 0.01), ("sam_adamw", 0.01), ("radam", 0) })
        {
            var options = lab.Options with { Opt = opt, Epochs = 1, MaxSteps = 3 };
            string absent = lab.Train(options).WeightsHash;
            Assert.That(lab.Train(options with { WeightDecay = own }).WeightsHash, Is.EqualTo(absent), opt);
            Assert.That(lab.Train(options with { WeightDecay = own + 0.02 }).WeightsHash, Is.Not.EqualTo(absent), opt);
        }
    }

    [Test]
    public void Stages_with_other_optimizers_say_their_own_numbers_and_inherit_none()
    {
        using var lab = new Lab();
        var options = lab.Options with
        {
            Opt = "adamw",
            Stages = """[{"epochs":1},{"opt":"sgd","lr":0.01,"epochs":1},{"opt":"ranger","epochs":1,"weight_decay":0.5}]"""
        };
        var result = lab.Train(options);
        var lines = File.ReadAllLines(Path.Combine(result.RunPath, "args.yaml")).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1]);
        string stages = System.Text.Json.JsonSerializer.Deserialize<string>(lines["stages"])!;
        Assert.That(stages, Does.Contain("""{"epochs":1,"weight_decay":0.01,"momentum":null,"opt_eps":1E-08,"opt_betas":[0.9,0.999]}""")
            .And.Contain("""{"opt":"sgd","lr":0.01,"epochs":1,"weight_decay":0,"momentum":0.9,"opt_eps":null,"opt_betas":null}""")
            .And.Contain("""{"opt":"ranger","epochs":1,"weight_decay":0.5,"momentum":null,"opt_eps":1E-05,"opt_betas":[0.95,0.999]}"""));
        var again = options with { WeightDecay = 0.01, OptEps = 1e-8, OptBetas = [0.9, 0.999], Stages = stages };
        Assert.That(lab.Train(again).WeightsHash, Is.EqualTo(result.WeightsHash), "the run folder replays the run");
    }

    private static IEnumerable<TestCaseData> Settings
    {
        get
        {
            TestCaseData Case(string name, Func<TrainOptions, TrainOptions> set) => new TestCaseData(set).SetArgDisplayNames(name);
            yield return Case("clip norm", o => o with { ClipGrad = 0.05 });
            yield return Case("clip value", o => o with { ClipGrad = 1e-3, ClipMode = ClipMode.Value });
            yield return Case("clip agc", o => o with { ClipGrad = 1e-3, ClipMode = ClipMode.Agc, Opt = "sgd" });
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
        Assert.That(whole.Eval!["loss"], Is.LessThan(3));
        Assert.That(Lab.Resume(lab.TrainUntil(7, options).RunPath, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        var without = options with
        {
            OptArgs = null,
            SchedArgs = null,
            ClipGrad = 0,
            ModelEma = 0,
            HeadLrMult = 1,
            LrMult = null,
            Sched = options.Sched == "plateau" ? "none" : options.Sched
        };
        var other = lab.Train(without);
        Assert.That((BestHash(whole), whole.WeightsHash), Is.Not.EqualTo((BestHash(other), other.WeightsHash)), "the average is in the best checkpoint only");
    }

    [Test]
    public void An_optimizer_state_of_another_kind_names_what_differs()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(4).RunPath;
        void Refused(Func<TrainOptions, TrainOptions> set, string message) =>
            Assert.That(() => Lab.Resume(run, set(lab.Options)),
                Throws.TypeOf<CheckpointException>().With.Message.Contains("last.state").And.Message.Contains(message));
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
