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
    private double _stepSeconds, _evalSeconds;
    private int _epochs;
    private long _maxSteps;
    private IReadOnlyList<Metric> _metrics = [];

    /// <summary>Seconds from the start of the process to the end of the first update; null before that.</summary>
    public double? FirstStepSeconds { get; private set; }

    public void Started(TrainPlan plan)
    {
        (_epochs, _maxSteps, _metrics) = (plan.Epochs, plan.MaxSteps, plan.Metrics);
        terminal.Line(header);
        terminal.Line($"model {plan.Model}  params {Count(plan.Parameters)} | data train {plan.TrainImages} {plan.EvalName} {plan.EvalImages} classes "
            + $"{plan.Classes.Count} | {plan.Epochs} epochs of {plan.StepsPerEpoch} steps");
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
        long inEpoch = step.StepsPerEpoch - step.StepInEpoch, inRun = inEpoch + ((long)(_epochs - step.Epoch) * step.StepsPerEpoch);
        if (_maxSteps > 0)
            inRun = Math.Clamp(_maxSteps - step.Step, 0, inRun);
        double left = Math.Min(inEpoch, inRun) * _stepSeconds, evaluations = Math.Ceiling((double)(step.StepInEpoch + inRun) / step.StepsPerEpoch);
        double leftOfRun = (inRun * _stepSeconds) + (evaluations * _evalSeconds);
        string at = $"Train: {step.Epoch} [{step.StepInEpoch,4}/{step.StepsPerEpoch} ({100 * step.StepInEpoch / step.StepsPerEpoch,3}%)]";
        string followed = string.Concat(step.Followed.Select(f => $"  {Capitalised(f.Metric.Title)}: {Number(f)}"));
        string ends = $"  Left: {Duration(left)} (run {Duration(leftOfRun)})";
        string text = $"{at}  Loss: {step.Loss:F3} ({step.MeanLoss:F3}){followed}{ends}",
            speed = $"  Time: {_stepSeconds:F3}s, {step.Images / _stepSeconds:F0}/s", rate = $"  LR: {step.Lr:0.000e+00}";
        Show($"{text}{speed}{rate}  Data: {step.DataSeconds:F3}", text + speed + rate, text + speed, text, $"{at}  Loss: {step.MeanLoss:F3}{followed}{ends}",
            $"{at}{followed}");
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
        _evalSeconds = e.Eval.Seconds;
        var figures = e.Eval.Of(_metrics);
        MetricValue[] narrow = [.. figures.Where(f => f.Metric.OnRequest || f.Metric == e.Best.Metric || !f.Metric.HigherIsBetter
            || e.Followed.Any(t => t.Metric == f.Metric))];
        string all = string.Join(' ', figures), few = string.Join(' ', narrow);
        string bare = string.Join(' ', narrow.Select(f => f.Metric.OnRequest ? $"{f}" : Number(f)));
        string train = $"train loss {e.TrainLoss:F4} {string.Join(' ', e.Followed)}";
        string bareTrain = $"{e.TrainLoss:F3} {string.Join(' ', e.Followed.Select(Number))}";
        string best = $"best {Number(e.Best)} @{e.BestEpoch}", eta = $"eta {Duration(e.EtaSeconds)}";
        string deciding = figures.Where(f => f.Metric.Name == e.Best.Metric.Name).Select(Number).FirstOrDefault("");
        terminal.Line(Columns.Fitting(
            terminal.Width,
            $"Epoch {e.Epoch}/{e.Epochs}  {train} | val {all} | lr {e.Lr:0.0e+00} | {e.Seconds:F1}s, {e.ImagesPerSecond:F0} img/s | {best} | {eta}",
            $"Epoch {e.Epoch}/{e.Epochs}  {train} | val {few} | {e.Seconds:F1}s | {best} | {eta}",
            $"Epoch {e.Epoch}/{e.Epochs}  {train} | val {few} | {best} | {eta}",
            $"Epoch {e.Epoch}/{e.Epochs} train {bareTrain} | val {bare} | {best} | {eta}",
            $"Epoch {e.Epoch}/{e.Epochs} val {few} | {best} | {eta}",
            $"{e.Epoch}/{e.Epochs} {deciding} {best} {eta}"));
        if (e.Facts is { } facts)
            terminal.Line(Columns.Fitting(terminal.Width, $"           {facts.Title} {facts.Text}", $"{facts.Title} {facts.Text}"));
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

    private static string Number(MetricValue value) => value.Value.ToString(value.Metric.Format);

    private static string Capitalised(string title) => char.ToUpperInvariant(title[0]) + title[1..];

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

    private void Show(params string[] forms)
    {
        if (!terminal.IsLive)
        {
            terminal.Line(Columns.Fitting(terminal.Width, forms));
            return;
        }

        terminal.Log.Write($"\r{Columns.Fitting(terminal.Width - 1, forms)}\u001b[K");
        _liveLine = true;
    }
}
