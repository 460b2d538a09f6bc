using System.Diagnostics;
using NativeEngine.Train;

namespace NativeEngine.Cli.Shell;

/// <summary>
/// Shows a training run: on a terminal one line that rewrites itself, otherwise a line every few seconds; a line per epoch always.
/// </summary>
internal sealed class TrainDisplay(Terminal terminal, string header) : ITrainObserver
{
    private const double SecondsBetweenLines = 5, SecondsBetweenLooks = 0.1;

    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private bool _liveLine;
    private double _stepSeconds;

    /// <summary>Seconds from the start of the process to the end of the first update; null before that.</summary>
    public double? FirstStepSeconds { get; private set; }

    public void Started(TrainPlan plan)
    {
        terminal.Line(header);
        terminal.Line($"model {plan.Model}  params {Count(plan.Parameters)} | data train {plan.TrainImages} {plan.EvalName} {plan.EvalImages} classes {plan.Classes.Count} | {plan.Epochs} epochs of {plan.StepsPerEpoch} steps");
        if (plan.Execution is not null)
            terminal.Line(plan.Execution);
        if (plan.StartStep > 0)
            terminal.Line($"resumed at epoch {plan.StartEpoch + 1}, step {plan.StartStep}");
        terminal.Line($"run {plan.RunPath}");
    }

    public void Stepped(in StepReport step)
    {
        FirstStepSeconds ??= ProcessClock.Seconds();
        _stepSeconds = _stepSeconds == 0 ? step.Seconds : 0.9 * _stepSeconds + 0.1 * step.Seconds;
        bool last = terminal.IsLive && step.StepInEpoch == step.StepsPerEpoch; // elsewhere the line of the epoch follows at once
        if (terminal.Quiet || (!last && _sinceLine.Elapsed.TotalSeconds < (terminal.IsLive ? SecondsBetweenLooks : SecondsBetweenLines)))
            return;
        _sinceLine.Restart();
        Show($"Train: {step.Epoch} [{step.StepInEpoch,4}/{step.StepsPerEpoch} ({100 * step.StepInEpoch / step.StepsPerEpoch,3}%)]  Loss: {step.Loss:F3} ({step.MeanLoss:F3})  "
            + $"Time: {_stepSeconds:F3}s, {step.Images / _stepSeconds:F0}/s  LR: {step.Lr:0.000e+00}  Data: {step.DataSeconds:F3}");
    }

    public void Evaluating(int batch, int batches)
    {
        if (terminal.IsLive && _sinceLine.Elapsed.TotalSeconds > SecondsBetweenLooks)
        {
            _sinceLine.Restart();
            Show($"Eval: [{batch}/{batches}]");
        }
    }

    public void EpochEnded(EpochReport e)
    {
        EndLiveLine();
        terminal.Line($"Epoch {e.Epoch}/{e.Epochs}  train loss {e.TrainLoss:F4} top1 {e.TrainTop1:F2} | val loss {e.Eval.Loss:F4} top1 {e.Eval.Top1:F2} top5 {e.Eval.Top5:F2}{e.Eval.RecallText} "
            + $"| lr {e.Lr:0.0e+00} | {e.Seconds:F1}s, {e.ImagesPerSecond:F0} img/s | best {e.Best:F2} @{e.BestEpoch} | eta {Duration(e.EtaSeconds)}");
        if (e.Health is { } health)
            terminal.Line($"           embeddings {health}");
        _sinceLine.Restart();
    }

    public void Saved(string path)
    {
        if (terminal.Verbose)
        {
            EndLiveLine();
            terminal.Line($"saved {path}");
        }
    }

    public void Noted(string message)
    {
        EndLiveLine();
        terminal.Line(message);
    }

    public void Ended(TrainResult result) => EndLiveLine();

    /// <summary>Moves past the line that rewrites itself, so that what follows stands alone.</summary>
    public void EndLiveLine()
    {
        if (_liveLine)
            terminal.Log.Write("\r\u001b[K");
        _liveLine = false;
    }

    /// <summary>1234567 as 1.23M.</summary>
    public static string Count(double n) => n switch
    {
        >= 1e9 => $"{n / 1e9:F2}G",
        >= 1e6 => $"{n / 1e6:F2}M",
        >= 1e3 => $"{n / 1e3:F1}K",
        _ => $"{n:F0}",
    };

    private static string Duration(double seconds) => seconds switch
    {
        < 60 => $"{seconds:F0}s",
        < 3600 => $"{(int)seconds / 60}m{(int)seconds % 60:00}s",
        _ => $"{(int)seconds / 3600}h{(int)seconds / 60 % 60:00}m",
    };

    private void Show(string text)
    {
        if (!terminal.IsLive)
        {
            terminal.Line(text);
            return;
        }

        int width = Math.Max(20, terminal.Rich.Profile.Width - 1);
        terminal.Log.Write($"\r{(text.Length > width ? text[..width] : text)}\u001b[K");
        _liveLine = true;
    }
}
