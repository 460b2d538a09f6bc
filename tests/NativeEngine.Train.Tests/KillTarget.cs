using NativeEngine.Core;

namespace NativeEngine.Train.Tests;

/// <summary>
/// The program that the kill tests run as a process of its own: <c>dotnet NativeEngine.Train.Tests.dll OUTPUT NAME STEPS</c> starts or continues a
/// run that saves every STEPS updates, and prints every update, and its weights hash when it ends.
/// </summary>
internal static class KillTarget
{
    public static int Main(string[] args)
    {
        var options = Settings(args[0], args[1], int.Parse(args[2]));
        using var engine = Lab.Engine();
        string path = Path.Combine(options.Output, RunFolder.Kind, args[1]);
        bool started = CheckpointPair.Exists(Path.Combine(path, "checkpoints"), CheckpointPair.Last);
        if (!started && Directory.Exists(path))
            Directory.Delete(path, recursive: true); // killed before its first checkpoint: nothing to continue
        var trainer = started
            ? Trainer.Resume(engine, options, RunFolder.Open(path), Lab.Data, new Reporter())
            : Trainer.Create(engine, options, Lab.Data, new Reporter());
        Console.WriteLine($"hash {trainer.Fit().WeightsHash}");
        return (int)ExitCode.Ok;
    }

    public static TrainOptions Settings(string output, string name, int steps)
    {
        using var lab = new Lab();
        return lab.Options with { Output = output, Name = name, Epochs = 24, CheckpointSteps = steps };
    }

    private sealed class Reporter : ITrainObserver
    {
        public void Stepped(in StepReport step) => Console.WriteLine($"step {step.Step}");
    }
}
