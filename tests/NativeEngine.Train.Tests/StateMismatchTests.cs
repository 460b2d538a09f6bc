using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Resuming with a training state of something else: one sentence that names what differs, and nothing trained.</summary>
internal sealed class StateMismatchTests
{
    private static IEnumerable<TestCaseData> OtherSettings()
    {
        TestCaseData Case(string name, Func<TrainOptions, TrainOptions> saved, Func<TrainOptions, TrainOptions> resumed, string expected) =>
            new TestCaseData(saved, resumed, expected).SetArgDisplayNames(name);
        yield return Case("another optimizer", o => o, o => o with { Opt = "sgd" }, "the saved optimizer state belongs to 'adamw', this run uses 'sgd'");
        yield return Case("wrapped optimizer", o => o with { Opt = "sgd" }, o => o with { Opt = "lookahead_sgd" },
            "belongs to 'sgd', this run uses 'lookahead_sgd'");
        yield return Case("amsgrad added", o => o, o => o with { OptArgs = "amsgrad=true" }, "the saved state of optimizer 'adamw' does not fit: ");
        yield return Case("momentum removed", o => o with { Opt = "sgd", Momentum = 0.9 }, o => o with { Opt = "sgd", Momentum = 0 },
            "is not part of this run");
        yield return Case("average removed", o => o with { ModelEma = 0.9 }, o => o, "was saved with model_ema and can only be continued so");
        yield return Case("average added", o => o, o => o with { ModelEma = 0.9 }, "was saved without model_ema and can only be continued so");
        yield return Case("frozen layer released", o => o with { Freeze = "conv1" }, o => o, "conv1.weight");
    }

    [TestCaseSource(nameof(OtherSettings))]
    public void Settings_that_the_state_does_not_fit_are_refused(Func<TrainOptions, TrainOptions> saved, Func<TrainOptions, TrainOptions> resumed,
        string expected)
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(2, saved(lab.Options)).RunPath;
        Refused(run, resumed(lab.Options), expected);
    }

    private static IEnumerable<TestCaseData> OtherStates()
    {
        TestCaseData Case(string name, string entry, Func<HostTensor, HostTensor?> change, string expected) =>
            new TestCaseData(entry, change, expected).SetArgDisplayNames(name);
        yield return Case("another shape", "fc.weight.exp_avg", t => HostTensor.From(new float[t.Count + 4], t.Shape[0], t.Shape[1] + 1),
            "fc.weight.exp_avg is [4,65], this run needs [4,64]");
        yield return Case("transposed", "fc.weight.exp_avg_sq", t => new HostTensor(t.Type, [t.Shape[1], t.Shape[0]], t.Bytes),
            "fc.weight.exp_avg_sq is [64,4], this run needs [4,64]");
        yield return Case("missing slot", "conv2.weight.exp_avg", _ => null, "conv2.weight.exp_avg is missing");
        yield return Case("no number of steps", "step", _ => null, "has no number of steps");
        yield return Case("two numbers of steps", "step", _ => HostTensor.From([1L, 2L], 2), "has no number of steps");
        yield return Case("no name", "optimizer", _ => null, "belongs to ''");
        yield return Case("average of another shape", "average.fc.bias", t => HostTensor.From(new float[7], 7),
            "the saved model average of fc.bias is [7], this run needs [4]");
        yield return Case("missing average", "average.fc.bias", _ => null, "the saved model average has no fc.bias");
    }

    [TestCaseSource(nameof(OtherStates))]
    public void A_state_of_other_entries_is_refused(string entry, Func<HostTensor, HostTensor?> change, string expected)
    {
        using var lab = new Lab();
        var options = lab.Options with { ModelEma = 0.9 };
        string run = lab.TrainUntil(2, options).RunPath, folder = RunFolder.Open(run).CheckpointFolder;
        var checkpoint = CheckpointPair.Load(folder, CheckpointPair.Last);
        var state = new StateDict();
        Assert.That(checkpoint.State.Keys, Does.Contain(entry));
        foreach (var (name, tensor) in checkpoint.State)
        {
            if ((name == entry ? change(tensor) : tensor) is { } kept)
                state.Add(name, kept);
        }

        CheckpointPair.Save(folder, CheckpointPair.Last, checkpoint with { State = state });
        Refused(run, options, expected);
    }

    [Test]
    public void An_entry_too_many_is_refused()
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(2).RunPath, folder = RunFolder.Open(run).CheckpointFolder;
        var checkpoint = CheckpointPair.Load(folder, CheckpointPair.Last);
        checkpoint.State.Add("fc9.weight.exp_avg", HostTensor.From(new float[3], 3));
        CheckpointPair.Save(folder, CheckpointPair.Last, checkpoint);
        Refused(run, lab.Options, "fc9.weight.exp_avg is not part of this run");
    }

    private static void Refused(string run, TrainOptions options, string expected)
    {
        string before = File.ReadAllText(Path.Combine(run, "log.txt"));
        var error = Assert.Throws<CheckpointException>(() => Lab.Resume(run, options));
        Assert.That(error!.ExitCode, Is.EqualTo(ExitCode.Checkpoint));
        Assert.That(error.Message, Does.Contain(expected).And.Not.Contain("\n"));
        Assert.That(error.Message, Does.Contain(CheckpointPair.Last), "names the file");
        Assert.That(File.ReadAllText(Path.Combine(run, "log.txt")), Is.EqualTo(before), "nothing was trained");
    }
}
