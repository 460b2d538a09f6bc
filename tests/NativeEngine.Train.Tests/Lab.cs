using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

/// <summary>A temporary output folder and short trainings in it; deleted when disposed.</summary>
internal sealed class Lab : IDisposable
{
    public const int Images = 70, Classes = 4;

    public string Output { get; } = Directory.CreateTempSubdirectory("nengine-train-").FullName;

    /// <summary>A small run with every kind of random draw in it: shuffling, shifts, flips, dropout.</summary>
    public TrainOptions Options => new()
    {
        Output = Output,
        Model = "smallcnn",
        Drop = 0.2,
        Hflip = 0.5,
        RandomShift = 1,
        BatchSize = 16,
        Epochs = 3,
        Lr = 0.01,
        CheckpointInterval = 0,
        LogInterval = 1,
        Seed = 7,
    };

    public static DatasetPair Data { get; } = new(
        SyntheticData.Create(Images, Classes, (1, 8, 8), seed: 3),
        SyntheticData.Create(40, Classes, (1, 8, 8), seed: 3, part: 1));

    public static Engine Engine(int threads = 1) => new(new CpuBackend(new CpuOptions { Threads = threads, Poison = true }));

    /// <summary>Trains a new run to its end.</summary>
    public TrainResult Train(TrainOptions? options = null, DatasetPair? data = null, ITrainObserver? observer = null, int threads = 1,
        CancellationToken stop = default)
    {
        using var engine = Engine(threads);
        return Trainer.Create(engine, options ?? Options, data ?? Data, observer).Fit(stop);
    }

    /// <summary>Continues a run.</summary>
    public static TrainResult Resume(string run, TrainOptions options, DatasetPair? data = null, ITrainObserver? observer = null,
        CancellationToken stop = default)
    {
        using var engine = Engine();
        return Trainer.Resume(engine, options, RunFolder.Open(run), data ?? Data, observer).Fit(stop);
    }

    /// <summary>Trains a new run until update <paramref name="step"/> and cancels it there, as Ctrl-C does.</summary>
    public TrainResult TrainUntil(long step, TrainOptions? options = null)
    {
        using var stop = new CancellationTokenSource();
        return Train(options, observer: new StopAt(step, stop), stop: stop.Token);
    }

    /// <summary>Continues a run until update <paramref name="step"/> and cancels it there.</summary>
    public static TrainResult ResumeUntil(string run, long step, TrainOptions options)
    {
        using var stop = new CancellationTokenSource();
        return Resume(run, options, observer: new StopAt(step, stop), stop: stop.Token);
    }

    public void Dispose() => Directory.Delete(Output, recursive: true);

    private sealed class StopAt(long step, CancellationTokenSource stop) : ITrainObserver
    {
        public void Stepped(in StepReport report)
        {
            if (report.Step >= step)
                stop.Cancel();
        }
    }
}
