using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Stages with settings of their own, and releasing what is frozen on the way.</summary>
internal sealed class StageTests
{
    private const string Two = """
        [{"name": "features", "epochs": 2, "loss": "triplet(soft_margin=true)", "freeze": "fc", "lr": 0.003, "batch_size": 10},
         {"name": "classifier", "epochs": 2, "loss": "ce", "freeze_backbone": true, "opt": "sgd", "sched": "cosine", "lr": 0.1, "random_shift": 0, "hflip": 0, "model_ema": 0.5}]
        """;

    [Test]
    public void Features_are_trained_first_then_the_classifier_alone()
    {
        using var lab = new Lab();
        var whole = lab.Train(lab.Options with { Stages = Two });
        Assert.That((whole.Stopped, whole.Epoch, whole.Step), Is.EqualTo((StopReason.Finished, 4, 2L * 7 + 2 * 5)));
        var first = lab.Train(lab.Options with { Stages = Two, MaxSteps = 14 });
        var between = Weights(first);
        var start = Weights(lab.Train(lab.Options with { Stages = Two, MaxSteps = 1, Lr = 0 }));
        foreach (var (name, tensor) in Weights(whole))
        {
            bool head = name.StartsWith("fc.", StringComparison.Ordinal);
            Assert.That(Same(tensor, between[name]), Is.EqualTo(!head), $"{name} in the second stage");
            Assert.That(Same(between[name], start[name]), Is.EqualTo(head), $"{name} in the first stage");
        }

        string log = File.ReadAllText(Path.Combine(whole.RunPath, "log.txt"));
        Assert.That(log, Does.Contain("stage 1 (features) of 2: epochs 1 to 2, loss "
            + "triplet(soft_margin=true)").And.Contain("stage 2 (classifier) of 2: epochs 3 to 4, loss ce, opt sgd, lr 0.1"));
    }

    [TestCase("stages")]
    [TestCase("unfreeze")]
    [TestCase("unfreeze cached")]
    [TestCase("unfreeze plateau")]
    public void Stopping_anywhere_and_going_on_gives_the_same_bits(string kind)
    {
        using var lab = new Lab();
        var options = kind switch
        {
            "stages" => lab.Options with { Stages = Two },
            "unfreeze" => lab.Options with { FreezeBackbone = true, UnfreezeAt = 1 },
            "unfreeze cached" => lab.Options with { FreezeBackbone = true, UnfreezeAt = 1, CacheFeatures = true },
            _ => lab.Options with { Freeze = "conv?,bn?", UnfreezeAt = 2, Epochs = 4, Sched = "plateau", PlateauPatience = 0, Gamma = 0.5 },
        };
        var whole = lab.Train(options);
        int boundary = kind == "stages" ? 14 : kind == "unfreeze plateau" ? 10 : 5;
        foreach (int step in new[] { boundary - 1, boundary, boundary + 1 })
        {
            foreach (bool limit in step == boundary ? new[] { false, true } : [step > boundary])
            {
                var part = limit ? lab.Train(options with { MaxSteps = step }) : lab.TrainUntil(step, options);
                Assert.That(part.Step, Is.EqualTo((long)step));
                var rest = Lab.Resume(part.RunPath, options);
                Assert.That(rest.WeightsHash, Is.EqualTo(whole.WeightsHash), $"stopped after update {step}, {(limit ? "max_steps" : "cancelled")}");
                if (!limit) // a limit evaluates an open epoch, too, which may turn out to be the best
                    Assert.That((rest.Best, rest.BestEpoch), Is.EqualTo((whole.Best, whole.BestEpoch)));
            }
        }
    }

    [Test]
    public void Unfreezing_keeps_the_schedule_and_trains_everything_from_there_on()
    {
        using var lab = new Lab();
        var options = lab.Options with { FreezeBackbone = true, UnfreezeAt = 1 };
        var rates = new Rates();
        var whole = lab.Train(options, observer: rates);
        var plain = new Rates();
        lab.Train(lab.Options, observer: plain);
        Assert.That(rates.All, Is.EqualTo(plain.All));
        var before = Weights(lab.Train(options with { MaxSteps = 5 }));
        var start = Weights(lab.Train(options with { MaxSteps = 1 }));
        foreach (var (name, tensor) in before.Where(t => t.Value.Type.IsFloat()))
        {
            bool head = name.StartsWith("fc.", StringComparison.Ordinal);
            Assert.That(Same(tensor, start[name]), Is.EqualTo(!head), $"{name} while frozen");
            Assert.That(Same(Weights(whole)[name], tensor), Is.False, $"{name} afterwards");
        }
    }

    [Test]
    public void What_makes_no_sense_is_refused()
    {
        using var lab = new Lab();
        void Refused(string stages, string message) =>
            Assert.That(() => (lab.Options with { Stages = stages }).Validate(), Throws.TypeOf<UsageException>().With.Message.Contains(message));
        Refused("[]", "at least one stage");
        Refused("{}", "expected a list of stages");
        Refused("[1]", "expected a list of stages");
        Refused("[{\"model\": \"lenet\"}]", "stage 1: model cannot differ between stages");
        Refused("[{\"name\": \"a\"}, {\"name\": \"b\", \"lr\": -1}]", "stage 2 (b): lr -1");
        Refused("[{\"lr\": \"fast\"}]", "stage 1");
        Assert.That(() => (lab.Options with { UnfreezeAt = 1 }).Validate(), Throws.TypeOf<UsageException>().With.Message.Contains("neither is given"));
        Assert.That(() => (lab.Options with { UnfreezeAt = 3, FreezeBackbone = true }).Validate(),
            Throws.TypeOf<UsageException>().With.Message.Contains("unfreeze_at 3"));
        Assert.That(() => lab.Train(lab.Options with { Freeze = "*" }), Throws.TypeOf<UsageException>().With.Message.Contains("leaves no parameter"));
    }

    [Test]
    public void A_finished_run_goes_on_with_a_further_stage()
    {
        using var lab = new Lab();
        string three = Two.TrimEnd().TrimEnd(']') + ", {\"name\": \"all\", \"epochs\": 1, \"lr\": 0.001}]";
        var part = lab.Train(lab.Options with { Stages = Two });
        Lab.Resume(part.RunPath, lab.Options with { Stages = Two, Epochs = 9 });
        Assert.That(File.ReadAllText(Path.Combine(part.RunPath, "log.txt")),
            Does.Contain("nothing left to do: 4 of 4 epochs are done; they are those of the stages"));
        Assert.That(Lab.Resume(part.RunPath, lab.Options with { Stages = three }).WeightsHash,
            Is.EqualTo(lab.Train(lab.Options with { Stages = three }).WeightsHash));
    }

    [TestCase("{\"freeze\": \"conv9\"}", "freeze: no parameter matches conv9, did you mean 'conv1'?")]
    [TestCase("{\"freeze\": \"*\"}", "freeze '*' leaves no parameter of smallcnn to train")]
    [TestCase("{\"freeze\": \"fc\", \"freeze_backbone\": true}", "freeze_backbone leaves fc, which freeze 'fc' freezes")]
    [TestCase("{\"lr_mult\": \"layer1=0.1\"}", "lr_mult: no parameter matches layer1")]
    [TestCase("{\"cache_features\": true}", "cache_features: conv1.weight is trained")]
    [TestCase("{\"class_weight\": \"1,2\"}", "2 numbers")]
    [TestCase("{\"batch_size\": 23}", "leaves a batch of 1")]
    public void What_a_later_stage_gets_wrong_is_refused_before_the_first_one_trains(string stage, string message)
    {
        using var lab = new Lab();
        string stages = $"[{{\"epochs\": 1}}, {stage.Replace("{", "{\"name\": \"second\", ", StringComparison.Ordinal)}]";
        Assert.That(() => lab.Train(lab.Options with { Stages = stages }),
            Throws.TypeOf<UsageException>().With.Message.Contains(message).And.Message.Contains("stage 2 (second): "));
        Assert.That(Directory.EnumerateFileSystemEntries(lab.Output), Is.Empty, "nothing was trained");
    }

    [Test]
    public void Logs_say_the_stage()
    {
        using var lab = new Lab();
        var run = lab.Train(lab.Options with { Stages = "[{\"epochs\": 1}, {\"epochs\": 2, \"freeze_backbone\": true}]" });
        string[] Lines(string file) => File.ReadAllLines(Path.Combine(run.RunPath, file));
        Assert.That(Lines("summary.csv").Select(l => l.Split(',')[^1]), Is.EqualTo(new[] { "stage", "1", "2", "2" }));
        var stages = Lines("metrics.jsonl").Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement)
            .Select(e => (Epoch: e.TryGetProperty("epoch", out var n) ? n.GetInt32() : e.GetProperty("epoch_end").GetInt32(),
                Stage: e.GetProperty("stage").GetInt32())).ToList();
        Assert.That(stages, Has.Count.EqualTo(3 * 5 + 3).And.All.Matches<(int Epoch, int Stage)>(e => e.Stage == (e.Epoch == 1 ? 1 : 2)));
        Assert.That(string.Concat(Lines("status.json")), Does.Contain("\"stage\": 2"));
    }

    [Test]
    public void A_summary_of_an_earlier_version_gets_the_new_columns_when_its_run_goes_on()
    {
        using var lab = new Lab();
        var part = lab.Train(lab.Options with { Epochs = 1, Sched = "none" });
        string summary = Path.Combine(part.RunPath, "summary.csv");
        File.WriteAllLines(summary, File.ReadAllLines(summary).Select(l => string.Join(',', l.Split(',')[..10])));
        Lab.Resume(part.RunPath, lab.Options with { Epochs = 2, Sched = "none" });
        Assert.That(File.ReadAllLines(summary).Select(l => string.Join(',', l.Split(',')[10..])), Is.EqualTo(new[] { "eval_recall1,stage", ",", ",1" }));
    }

    [Test]
    public void Patience_ends_a_stage_and_the_next_one_begins()
    {
        using var lab = new Lab();
        var options = lab.Options with
        {
            Patience = 1,
            EvalMetric = "loss",
            Sched = "none",
            Stages = "[{\"name\": \"still\", \"epochs\": 9, \"lr\": 0, \"freeze\": \"bn?\"}, {\"epochs\": 8}]"
        };
        var whole = lab.Train(options);
        string log = File.ReadAllText(Path.Combine(whole.RunPath, "log.txt"));
        Assert.That(log, Does.Contain("stage 1 (still) ends after epoch 2 instead of 9: no better loss for 1 epoch").And.Contain("epoch 10/17"));
        Assert.That(whole.Epoch, Is.GreaterThan(10));
        var part = lab.TrainUntil(9, options); // in the last epoch before the stage ends
        Assert.That(Lab.Resume(part.RunPath, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
        part = lab.TrainUntil(10, options); // on the border
        Assert.That(Lab.Resume(part.RunPath, options).WeightsHash, Is.EqualTo(whole.WeightsHash));
    }

    [Test]
    public void A_plateau_of_a_stage_for_embeddings_goes_by_recall()
    {
        using var lab = new Lab();
        var options = lab.Options with
        {
            EvalMetric = "auto",
            Stages = "[{\"epochs\": 4, \"loss\": \"triplet(soft_margin=true)\", \"sched\": \"plateau\", \"plateau_patience\": 0, \"lr\": 0.01}, "
                + "{\"epochs\": 1}]"
        };
        var run = lab.Train(options);
        var rows = File.ReadLines(Path.Combine(run.RunPath, "summary.csv")).Skip(1).Take(4).Select(l => l.Split(','))
            .Select(f => (Lr: double.Parse(f[6]), Recall: double.Parse(f[10]))).ToList();
        double best = rows[0].Recall, lr = rows[0].Lr;
        for (int i = 1; i < 4; i++)
        {
            Assert.That(rows[i].Lr, Is.EqualTo(lr), $"epoch {i + 1}");
            if (rows[i].Recall > best * 1.0001)
                best = rows[i].Recall;
            else
                lr *= 0.1;
        }

        Assert.That(lr, Is.LessThan(rows[0].Lr), "there was a drop to see");
    }

    [Test]
    public void A_run_goes_on_with_more_images()
    {
        using var lab = new Lab();
        var part = lab.Train(lab.Options with { Epochs = 1, Sched = "none" });
        var more = new Data.DatasetPair(Data.SyntheticData.Create(150, Lab.Classes, (1, 8, 8), 3), Lab.Data.Eval);
        var rest = Lab.Resume(part.RunPath, lab.Options with { Epochs = 2, Sched = "none" }, more);
        Assert.That((rest.Epoch, rest.Step), Is.EqualTo((2, part.Step + 10)));
    }

    private static StateDict Weights(TrainResult result) => CheckpointPair.Load(Path.Combine(result.RunPath, "checkpoints"), CheckpointPair.Last).Weights;

    private static bool Same(HostTensor a, HostTensor b) => a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    private sealed class Rates : ITrainObserver
    {
        public List<double> All { get; } = [];

        public void Stepped(in StepReport report) => All.Add(report.Lr);
    }
}
