using NativeEngine.Train;

namespace NativeEngine.Cli.Shell;

/// <summary>The commands that a training suggests when it is over; each can be typed as it stands and does something.</summary>
internal static class NextCommands
{
    private const double SmallRate = 1e-4;

    /// <summary>What to try after a run, a command a line.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="example">An image that predict understands.</param>
    public static IEnumerable<string> After(TrainResult result, TrainOptions options, string example)
    {
        string nengine = Invocation.Prefix, run = ShellWord.Path(result.RunPath);
        yield return $"{nengine} eval --weights {run}";
        yield return $"{nengine} predict {ShellWord.Path(example)} --weights {run}";
        if (options.DryRun)
            yield break; // what it trained is nothing to go on with
        if (options.Stages is not null && result.Stopped == StopReason.Finished)
            yield return $"(to train on: train --resume {run} with --stages FILE, the same stages and a further one)";
        else
            yield return $"{nengine} train --resume {run}{GoOn(result, options)}";
    }

    // A limit that ended a run would end its continuation at once: it is lifted.
    private static string GoOn(TrainResult result, TrainOptions options) => result.Stopped switch
    {
        StopReason.MaxSteps => " --max-steps 0",
        StopReason.MaxTime => " --max-time 0",
        StopReason.Patience => " --patience 0",
        StopReason.Cancelled => "",
        _ => $" --epochs {result.Epoch + 1} --sched none{(options.SchedArgs is null ? "" : " --sched-args none")} --lr "
            + $"{Number(Math.Max(SmallRate, options.MinLr))}{(options.Milestones.Length > 0 ? " --set milestones=" : "")}",
    };

    private static string Number(double value) => value == SmallRate ? "1e-4" : Config.SettingValue.Format(value);
}
