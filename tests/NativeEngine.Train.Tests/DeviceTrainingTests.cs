using NativeEngine.Core;
using NativeEngine.Cuda;
using NativeEngine.Data;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Train.Tests;

/// <summary>Training on a device that runs behind the host: nothing waits, whole updates are launched at once, and the numbers stay the same.</summary>
internal sealed class DeviceTrainingTests
{
    // Half of what a Lab trains on: launches under the sanitizers cost by the image.
    private const int Batch = 8;
    private static readonly CudaOptions OwnKernels = new() { UseLibraries = false };
    private static readonly DatasetPair Data =
        new(SyntheticData.Create(35, Lab.Classes, (1, 8, 8), seed: 3), SyntheticData.Create(20, Lab.Classes, (1, 8, 8), seed: 3, part: 1));

    [TestCase("adamw", 1, 0, 0)]
    [TestCase("sgd", 2, 0.9, 0)]
    [TestCase("sgd", 1, 0, 0.5)]
    public void Recorded_updates_give_the_bits_of_single_launches(string opt, int accumulate, double average, double clip)
    {
        using var lab = new Lab();
        var options = Options(lab) with { Opt = opt, GradAccumSteps = accumulate, ModelEma = average, ClipGrad = clip, Epochs = 2 };
        var (recorded, replays) = Train(lab, options);
        var (eager, none) = Train(lab, options with { Graph = false });
        Assert.That(recorded.WeightsHash, Is.EqualTo(eager.WeightsHash));
        Assert.That(File.ReadAllText(Path.Combine(recorded.RunPath, "metrics.jsonl")).Split('\n').Select(WithoutTimes),
            Is.EqualTo(File.ReadAllText(Path.Combine(eager.RunPath, "metrics.jsonl")).Split('\n').Select(WithoutTimes)));
        // 35 images: four whole batches and a smaller one per epoch; two whole updates and a smaller one when two batches make one.
        Assert.That((replays, none), Is.EqualTo((accumulate == 1 ? 7L : 3L, 0L)));
    }

    [Test]
    public void An_update_waits_for_nothing_allocates_nothing_and_is_one_launch()
    {
        using var lab = new Lab();
        var gpu = new SoftDevice();
        using var engine = new Engine(gpu.CreateBackend());
        var watch = new CounterWatch(gpu);
        Trainer.Create(engine, lab.Options with { Drop = null, BatchSize = 7, Epochs = 1, LogInterval = 1000 }, Lab.Data, watch).Fit();
        // What is seen in step n is what happened while step n + 1 was queued; the first is eager, the second recorded for the first time.
        var warm = watch.Counters.Skip(2).SkipLast(1).Zip(watch.Counters.Skip(3).SkipLast(1), (a, b) => b.Since(a)).ToArray();
        Assert.That(warm, Has.Length.EqualTo(6));
        Assert.Multiple(() =>
        {
            Assert.That(warm.Select(c => c.GraphLaunches), Is.All.EqualTo(1));
            Assert.That(warm.Select(c => c.HostSyncs), Is.All.Zero);
            Assert.That(warm.Select(c => c.Allocations), Is.All.Zero);
            Assert.That(gpu.Findings, Is.Empty);
        });
    }

    [Test]
    public void Losses_are_the_cpus([Values(1, 2)] int accumulate)
    {
        using var lab = new Lab();
        var options = Options(lab) with { Opt = "sgd", GradAccumSteps = accumulate, Epochs = 2 };
        var (cpu, soft) = (new LossWatch(), new LossWatch());
        lab.Train(options, Data, cpu);
        Train(lab, options, soft);
        Assert.That(soft.Losses, Is.EqualTo(cpu.Losses).Within(1e-4));
        Assert.That(soft.Top1, Is.EqualTo(cpu.Top1).Within(1e-9));
        Assert.That(soft.Plan!.Execution, Does.StartWith("each update is one graph launch; the first, and the smaller last one"));
        Assert.That(cpu.Plan!.Execution, Is.Null);
    }

    [Test]
    public void Two_gradients_per_update_are_waited_for_and_said_so()
    {
        using var lab = new Lab();
        var watch = new LossWatch();
        var (result, replays) = Train(lab, Options(lab) with { Opt = "sam_sgd", Epochs = 1 }, watch);
        Assert.That((result.Step, replays), Is.EqualTo((5L, 0L)));
        Assert.That(watch.Plan!.Execution, Does.Contain("opt sam_sgd takes two gradients"));
        Assert.That(File.ReadAllText(Path.Combine(result.RunPath, "log.txt")), Does.Contain("takes two gradients"));
    }

    [Test]
    public void A_run_that_is_stopped_and_resumed_gives_the_bits_of_one_that_was_not()
    {
        using var lab = new Lab();
        var options = Options(lab) with { Epochs = 2 };
        var whole = Train(lab, options).Result;
        using var stop = new CancellationTokenSource();
        var part = Train(lab, options, new LossWatch { StopAt = (6, stop) }, stop.Token).Result;
        Assert.That((part.Stopped, part.Step), Is.EqualTo((StopReason.Cancelled, 7L)),
            "the update that was queued when the sixth was reported is part of the checkpoint");
        using var engine = new Engine(new SoftDevice().CreateBackend(OwnKernels));
        Assert.That(Trainer.Resume(engine, options, RunFolder.Open(part.RunPath), Data).Fit().WeightsHash, Is.EqualTo(whole.WeightsHash));
    }

    [Test]
    public void Thirty_updates_on_digits_give_the_losses_of_the_cpu()
    {
        using var lab = new Lab();
        // The losses are the matter, so few images are evaluated: by default it is ten thousand, three times what is trained on.
        var options = new TrainOptions { Model = "lenet", MaxSteps = 30, BatchSize = 32, LogInterval = 1, Output = lab.Output, ValFraction = 0.002 };
        var data = TrainingData.Load(options);
        var (cpu, soft) = (new LossWatch(), new LossWatch());
        lab.Train(options, data, cpu, threads: 2);
        using var gpu = new SoftDevice();
        using (var engine = new Engine(gpu.CreateBackend()))
            Trainer.Create(engine, options, data, soft).Fit();
        Assert.That(cpu.Losses, Has.Count.EqualTo(30));
        Assert.That(soft.Losses, Is.EqualTo(cpu.Losses).Within(1e-4));
    }

    [Test]
    public void Divergence_names_operation_layer_and_step([Values] bool graph)
    {
        using var lab = new Lab();
        var options = Options(lab) with { Opt = "sgd", Sched = "none", Lr = 1e25, Graph = graph };
        var onCpu = Assert.Throws<DivergedException>(() => lab.Train(options, Data))!;
        var error = Assert.Throws<DivergedException>(() => Train(lab, options))!;
        // Which of the first layers overflows first depends on how a device adds up its squares.
        Assert.That(error.Step, Is.EqualTo(onCpu.Step));
        Assert.That((error.Op, error.Layer), Is.AnyOf(("conv2d", "conv1"), ("batch_norm", "bn1"), ("conv2d", "conv2")));
    }

    [TestCase("conv?,bn?", false)]
    [TestCase("conv?,bn?", true)]
    [TestCase("conv1,bn1,conv2", false)]
    public void Below_the_cut_there_is_no_gradient_and_nothing_changes(string freeze, bool cached)
    {
        using var lab = new Lab();
        using var gpu = new SoftDevice();
        using var engine = new Engine(gpu.CreateBackend(OwnKernels));
        var options = lab.Options with { Freeze = freeze, Epochs = 1, CacheFeatures = cached, ModelEma = 0.9, WeightDecay = 0.1 };
        var watch = new GradientWatch();
        var trainer = Trainer.Create(engine, options, Lab.Data, watch);
        watch.Model = trainer.Model;
        bool Trains(string name) => name.StartsWith("fc.", StringComparison.Ordinal)
            || (freeze.EndsWith("conv2", StringComparison.Ordinal) && name.Split('.')[0] is "bn2" or "conv3" or "bn3");
        var before = trainer.Model.StateDict();
        trainer.Fit();
        Assert.That(watch.Found, Is.EquivalentTo(trainer.Model.NamedParameters().Select(p => p.Name).Where(Trains)),
            "parameters that ever had a gradient buffer");
        foreach (var (name, tensor) in trainer.Model.StateDict())
            Assert.That(tensor.Bytes.Span.SequenceEqual(before[name].Bytes.Span), Is.EqualTo(!Trains(name)), name);
        var slots = CheckpointPair.Load(trainer.Folder.CheckpointFolder, CheckpointPair.Last).State.Select(t => t.Key)
            .Where(k => k.Contains("bn1", StringComparison.Ordinal) || k.Contains("conv1", StringComparison.Ordinal));
        Assert.That(slots.Where(k => !k.StartsWith("average.", StringComparison.Ordinal)), Is.Empty, "the optimizer keeps nothing for frozen parameters");
    }

    [TestCase("cuMemAllocAsync", 40, 2, false)]
    [TestCase("cuLaunchKernel", 300, 701, false)]
    [TestCase("cuGraphLaunch", 2, 719, true)]
    public void A_training_that_a_fault_ends_leaves_nothing_on_the_device(string function, int call, int status, bool sticky)
    {
        using var lab = new Lab();
        var gpu = new SoftDevice(new SoftGpuOptions
        {
            Faults = [new InjectedFault(function, call, status, sticky),
            new InjectedFault(function, call + 1, status, sticky)]
        });
        using (var engine = new Engine(gpu.CreateBackend()))
        {
            var trainer = Trainer.Create(engine, lab.Options with { CheckpointSteps = 1 }, Lab.Data);
            var error = Assert.Catch<EngineException>(() => trainer.Fit())!;
            Assert.That(error.ExitCode, Is.EqualTo(status == 2 ? ExitCode.OutOfMemory : ExitCode.Device));
            Assert.That(CheckpointPair.Load(trainer.Folder.CheckpointFolder, CheckpointPair.Last).Progress.Step, Is.GreaterThanOrEqualTo(0));
        }

        if (!sticky)
            Assert.That(gpu.Findings, Is.Empty, "every allocation was given back");
    }

    private static (TrainResult Result, long Replays) Train(Lab lab, TrainOptions options, ITrainObserver? observer = null, CancellationToken stop = default)
    {
        var gpu = new SoftDevice();
        TrainResult result;
        using (var engine = new Engine(gpu.CreateBackend(OwnKernels)))
            result = Trainer.Create(engine, options with { Output = lab.Output }, Data, observer).Fit(stop);
        Assert.That(gpu.Findings, Is.Empty, "nothing wrong was done, and nothing is left in the context");
        return (result, gpu.Counters.GraphLaunches);
    }

    private static TrainOptions Options(Lab lab) => lab.Options with { BatchSize = Batch };

    private static string WithoutTimes(string line) => System.Text.RegularExpressions.Regex.Replace(line, "\"(img_s|data_s)\":[^,}]*", "");

    private sealed class GradientWatch : ITrainObserver
    {
        public Nn.Network? Model { get; set; }

        public HashSet<string> Found { get; } = [];

        public void Stepped(in StepReport step) => Found.UnionWith(Model!.NamedParameters().Where(p => p.Tensor.Grad is not null).Select(p => p.Name));
    }

    private sealed class CounterWatch(SoftDevice gpu) : ITrainObserver
    {
        public List<SoftGpuCounters> Counters { get; } = [];

        public void Stepped(in StepReport step) => Counters.Add(gpu.Counters);
    }

    private sealed class LossWatch : ITrainObserver
    {
        public List<double> Losses { get; } = [];

        public List<double> Top1 { get; } = [];

        public TrainPlan? Plan { get; private set; }

        public (long Step, CancellationTokenSource Source)? StopAt { get; init; }

        public void Started(TrainPlan plan) => Plan = plan;

        public void Stepped(in StepReport step)
        {
            Losses.Add(step.Loss);
            Top1.Add(step.Followed[0].Value);
            if (StopAt is { } stop && step.Step == stop.Step)
                stop.Source.Cancel();
        }
    }
}
