using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

/// <summary>What goes wrong in a run is said in one sentence, and the last good checkpoint stays.</summary>
internal sealed class FailureTests
{
    [Test]
    public void A_learning_rate_that_diverges_names_operation_layer_and_step([Values(1, 2)] int accumulate)
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = "sgd", Sched = "none", Lr = 1e25, GradAccumSteps = accumulate };
        var error = Assert.Throws<DivergedException>(() => lab.Train(options));
        Assert.That(error!.ExitCode, Is.EqualTo(ExitCode.Diverged));
        Assert.That(error.Step, Is.InRange(2, 4));
        Assert.That(error.Layer, Is.AnyOf("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "fc"));
        Assert.That(error.Message,
            Does.Match($@"^training diverged at step {error.Step}: \[\w[\w ]*\] in layer {error.Layer}: \d+ of \d+ values are not finite$"));
        string run = Directory.GetDirectories(Path.Combine(lab.Output, "train")).Single();
        Assert.That(File.ReadAllText(Path.Combine(run, "status.json")), Does.Contain("\"failed\"").And.Contain(error.Layer));
        Assert.That(CheckpointPair.Load(Path.Combine(run, "checkpoints"), CheckpointPair.Last).Progress.Step, Is.Zero, "the checkpoint from before stays");
    }

    [Test]
    public void A_loss_that_is_not_finite_is_evaluated_logged_and_saved_and_any_finite_one_is_better([Values("none", "plateau")] string schedule)
    {
        using var lab = new Lab();
        var options = lab.Options with { Opt = "sgd", Momentum = 0, Sched = schedule, Lr = 1e30, EvalMetric = "loss", MaxSteps = 1 };
        var first = lab.Train(options);
        Assert.That(first.Eval!["loss"], Is.Not.InRange(double.MinValue, double.MaxValue), "one huge update");
        Assert.That(File.ReadAllLines(Path.Combine(first.RunPath, "metrics.jsonl"))[^1], Does.Contain("\"eval_loss\":null"));
        var checkpoints = Path.Combine(first.RunPath, "checkpoints");
        Assert.That(CheckpointPair.Load(checkpoints, CheckpointPair.Last).Progress.Best, Is.EqualTo(first.Eval["loss"]));
        var again = Assert.Throws<DivergedException>(() => Lab.Resume(first.RunPath, options with { MaxSteps = 5 }));
        Assert.That(again!.Step, Is.EqualTo(2));
        var progress = new TrainProgress { Best = first.Eval["loss"], BestEpoch = 1 };
        Assert.That(TrainProgress.IsBetter(1e6, progress.Best, higherIsBetter: false), Is.True);
        Assert.That(TrainProgress.IsBetter(double.NaN, progress.Best, higherIsBetter: false), Is.False);
    }

    [Test]
    public void Weights_that_are_not_finite_never_replace_a_checkpoint()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var poisoner = new Poisoner();
        var trainer = Trainer.Create(engine, lab.Options with { Epochs = 1, CheckpointSteps = 1 }, Lab.Data, poisoner);
        poisoner.Model = trainer.Model;
        var error = Assert.Throws<DivergedException>(() => trainer.Fit());
        Assert.That((error!.Layer, error.Step), Is.EqualTo(("fc.bias", 3L)));
        Assert.That(CheckpointPair.Load(trainer.Folder.CheckpointFolder, CheckpointPair.Last).Progress.Step, Is.EqualTo(2));
    }

    [Test]
    public void A_full_disk_under_a_checkpoint_stops_the_run_and_the_one_before_stays([Values("last.next.safetensors", "last.next.state")] string file)
    {
        using var lab = new Lab();
        string run = lab.TrainUntil(2).RunPath;
        string path = Path.Combine(run, "checkpoints", $"{file}.{Environment.ProcessId}.tmp");
        var error = Assert.Throws<CheckpointException>(() => Lab.Resume(run, lab.Options with { CheckpointSteps = 3 }, observer: new FullDisk(path)));
        Assert.That(error!.Message, Does.Contain("cannot write").And.Contain(file).And.Contain("no space left on the disk"));
        Assert.That(Lab.Resume(run, lab.Options).WeightsHash, Is.EqualTo(lab.Train().WeightsHash));
    }

    [Test]
    public void A_full_disk_under_a_report_stops_the_run_and_it_can_be_resumed([Values("metrics.jsonl", "summary.csv", "log.txt")] string file)
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var trainer = Trainer.Create(engine, lab.Options, Lab.Data);
        string path = Path.Combine(trainer.Folder.Path, file);
        File.Delete(path);
        File.CreateSymbolicLink(path, "/dev/full");
        var error = Assert.Throws<OutputException>(() => trainer.Fit());
        Assert.That(error!.Message, Does.Contain("cannot write").And.Contain(file).And.Contain("No space left"));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Usage));
        File.Delete(path);
        if (file == "metrics.jsonl") // the others fail before the first checkpoint
            Assert.That(Lab.Resume(trainer.Folder.Path, lab.Options).WeightsHash, Is.EqualTo(lab.Train().WeightsHash));
    }

    [Test]
    public void An_output_folder_that_cannot_be_made_is_named()
    {
        using var lab = new Lab();
        string file = Path.Combine(lab.Output, "file");
        File.WriteAllText(file, "");
        Assert.That(() => lab.Train(lab.Options with { Output = file }), Throws.TypeOf<OutputException>().With.Message.Contains(file));
    }

    [Test]
    public void A_batch_larger_than_the_set_and_a_lone_image_under_batch_norm_are_refused_before_training()
    {
        using var lab = new Lab();
        Assert.That(() => lab.Train(lab.Options with { BatchSize = 71 }),
            Throws.TypeOf<UsageException>().With.Message.Contains("batch_size 71 is larger than the training set of 70 images"));
        var odd = new DatasetPair(SyntheticData.Create(33, 4, (3, 8, 8), 3), SyntheticData.Create(8, 4, (3, 8, 8), 3, part: 1));
        var lone = lab.Options with { Model = "resnet18_cifar", Drop = null };
        Assert.That(() => lab.Train(lone, odd),
            Throws.TypeOf<UsageException>().With.Message.Contains("leaves a batch of 1 of 33 images").And.Message.Contains("batch_norm"));
        Assert.That(Directory.Exists(Path.Combine(lab.Output, "train")), Is.False, "no run folder for a run that cannot start");
    }

    [Test]
    public void A_run_folder_is_never_used_twice()
    {
        using var lab = new Lab();
        var named = lab.Options with { Name = "mine", Epochs = 1 };
        string first = lab.Train(named).RunPath;
        Assert.That(() => lab.Train(named), Throws.TypeOf<UsageException>().With.Message.Contains("exists already"));
        var unnamed = lab.Options with { Epochs = 1 };
        var paths = Enumerable.Range(0, 3).Select(_ => RunFolder.Create(unnamed, new DateTime(2026, 1, 2, 3, 4, 5)).Path).ToArray();
        Assert.That(paths.Select(Path.GetFileName),
            Is.EqualTo(new[] { "20260102-030405-smallcnn", "20260102-030405-smallcnn-2", "20260102-030405-smallcnn-3" }));
        Assert.That(File.Exists(Path.Combine(first, "args.yaml")));
    }

    [Test]
    public void Two_processes_cannot_write_one_run()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var trainer = Trainer.Create(engine, lab.Options, Lab.Data, new Intruder(lab));
        Assert.That(() => trainer.Fit(), Throws.TypeOf<OutputException>().With.Message.Contains("used by another process"));
        Assert.That(Lab.Resume(trainer.Folder.Path, lab.Options).Stopped, Is.EqualTo(StopReason.Finished), "the lock is gone with its owner");
    }

    /// <summary>After two updates the disk is full for one file.</summary>
    private sealed class FullDisk(string path) : ITrainObserver
    {
        private int _updates;

        public void Stepped(in StepReport step)
        {
            if (++_updates == 2)
                File.CreateSymbolicLink(path, "/dev/full");
        }
    }

    /// <summary>Tries to continue a run while it is running.</summary>
    private sealed class Intruder(Lab lab) : ITrainObserver
    {
        public void Stepped(in StepReport step)
        {
            if (step.Step == 2)
                Lab.Resume(RunFolder.Find("auto", lab.Output).Path, lab.Options);
        }
    }

    private sealed class Poisoner : ITrainObserver
    {
        public Nn.Network? Model { get; set; }

        public void Stepped(in StepReport step)
        {
            if (step.Step == 3)
                Model!.NamedParameters()[^1].Tensor.CopyFrom<float>([0, float.PositiveInfinity, 0, 0]);
        }
    }
}
