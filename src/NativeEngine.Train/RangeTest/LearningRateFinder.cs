using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>
/// Tries learning rates: one update with each, from small to large, on a model of its own. Writes lr.csv, lr.svg and args.yaml into a new folder
/// <c>OUTPUT/lr-find/NAME</c>; no checkpoint is read (but <see cref="TrainOptions.Weights"/>) or written.
/// </summary>
public sealed class LearningRateFinder
{
    /// <summary>The loss has grown out of hand when its moving average is this many times its lowest.</summary>
    private const double DivergedFactor = 4;

    /// <summary>Losses are compared from this update on; the first averages hold few.</summary>
    private const int FirstCompared = 10;

    private readonly RunSetup _setup;
    private readonly StageRun _stage;

    private LearningRateFinder(RunSetup setup)
    {
        _setup = setup;
        if (setup.Options.Weights is { } weights)
            Trainer.LoadWeights(setup, weights);
        _stage = StageRun.Begin(setup, setup.Stages[0], scheduleStart: 0);
    }

    /// <summary>Tries the rates.</summary>
    /// <param name="engine">The device; its seed is set.</param>
    /// <param name="options">The run to find a rate for; its schedule is not used.</param>
    /// <param name="range">The rates.</param>
    /// <param name="data">The images; by default what <see cref="TrainingData.Load(TrainOptions, DatasetFormats)"/> finds.</param>
    /// <param name="progress">Told after each update: number, rate, loss.</param>
    /// <param name="stop">Ends the test early; what was measured is the result.</param>
    /// <exception cref="EngineException">Settings, data, model or output folder do not fit.</exception>
    public static RangeTestResult Run(Engine engine, TrainOptions options, RangeTestOptions range, DatasetPair? data = null, Action<int, double,
        double>? progress = null, CancellationToken stop = default)
    {
        range.Validate();
        data ??= TrainingData.Load(options);
        var setup = new RunSetup(engine, TrainingTask.Of(options, data.Train), options, data, null);
        return new LearningRateFinder(setup).TryRates(range, progress, stop);
    }

    private RangeTestResult TryRates(RangeTestOptions range, Action<int, double, double>? progress, CancellationToken stop)
    {
        using var steps = new UpdateSteps(_setup, _stage, _ => { });
        var folder = RunFolder.Create(_setup.Options, DateTime.Now, RunFolder.RangeTestKind);
        List<double> rates = [], losses = [], smoothed = [];
        double average = 0, lowest = double.PositiveInfinity;
        bool diverged = false;
        _setup.Model.Train();
        foreach (var update in Gradients(steps))
        {
            if (rates.Count == range.Steps || stop.IsCancellationRequested)
                break;
            double rate = range.Rate(rates.Count), loss = update.Loss;
            if (update.IsDiverged)
            {
                diverged = true;
                break;
            }

            average = RangeTestResult.Decay * average + (1 - RangeTestResult.Decay) * loss;
            rates.Add(rate);
            losses.Add(loss);
            smoothed.Add(average / (1 - Math.Pow(RangeTestResult.Decay, rates.Count)));
            progress?.Invoke(rates.Count, rate, loss);
            if (rates.Count > FirstCompared)
            {
                lowest = Math.Min(lowest, smoothed[^1]);
                diverged = smoothed[^1] > DivergedFactor * lowest;
                if (diverged)
                    break;
            }

            _stage.Update.Apply(rate);
        }

        var result = new RangeTestResult(rates, losses, smoothed, diverged, folder.Path);
        RunLog.WriteText(folder.LogFile, string.Create(CultureInfo.InvariantCulture,
            $"range test of the learning rate: {rates.Count} of {range.Steps} updates from {range.StartLr} to {range.EndLr}, diverged {diverged}, "
                + $"suggestion {result.Suggestion}\n"));
        RunLog.WriteText(folder.ArgsFile, _stage.Options.ToYaml());
        RunLog.WriteText(result.CsvFile, result.ToCsv());
        result.ToChart().WriteSvg(result.SvgFile);
        return result;
    }

    /// <summary>
    /// Takes the gradient of one update after another, epoch after epoch without end; each time the parameters' gradients are those of the update just
    /// given.
    /// </summary>
    private IEnumerable<PendingUpdate> Gradients(UpdateSteps steps)
    {
        long step = 0;
        for (int epoch = 0; ; epoch++)
        {
            var plan = _setup.Plan(_stage.Options, epoch);
            using var loader = _setup.Load(_setup.Train, plan, _stage.Augmentation, _stage.Options.Workers);
            for (int first = 0; first < plan.Batches; first += _stage.Options.GradAccumSteps)
            {
                var update = steps.Next(plan, epoch, first, step++, learningRate: 0);
                _stage.Update.ZeroGrad();
                steps.TakeGradient(update, loader);
                yield return update;
            }
        }
    }
}
