using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>What follows from the settings of a stage, made once when it begins.</summary>
internal sealed record StageRun
{
    public required TrainStage Stage { get; init; }

    /// <summary>All settings while it runs.</summary>
    public TrainOptions Options => Stage.Options;

    public required Objective Objective { get; init; }

    public required UpdateRule Update { get; init; }

    /// <summary>What patience and a plateau go by.</summary>
    public required Metric Deciding { get; init; }

    /// <summary>What is measured in evaluations.</summary>
    public required IReadOnlyList<Metric> Measured { get; init; }

    public required Augmentation Augmentation { get; init; }

    /// <summary>What is trained on: the images, or the features of a backbone that does not change any more.</summary>
    public required Dataset Source { get; init; }

    /// <summary>What is evaluated.</summary>
    public required Dataset EvalSource { get; init; }

    public required BatchUploader Uploader { get; init; }

    /// <summary>The features are not computed yet.</summary>
    public required bool AwaitsFeatures { get; init; }

    public required int BatchesPerEpoch { get; init; }

    public required int StepsPerEpoch { get; init; }

    /// <summary>Updates are queued for a device that runs behind the host, and their numbers looked at later.</summary>
    public required bool RunsBehind { get; init; }

    /// <summary>What a person should know, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>
    /// Freezes what the stage freezes and makes its loss, optimizer and schedule. Weights and statistics stay as they are; the optimizer starts anew.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="scheduleStart">Updates of the run made before its schedule began.</param>
    public static StageRun Begin(RunSetup run, TrainStage stage, long scheduleStart)
    {
        var options = stage.Options;
        int batches = run.Plan(options, 0).Batches;
        var augmentation = TrainingAugmentation.Of(options, run.Train, run.Epochs);
        RunSetup.Freeze(run.Model, options);
        var deciding = run.Task.Deciding(options.EvalMetric, [options]);
        int steps = (batches + options.GradAccumSteps - 1) / options.GradAccumSteps;
        var update = new UpdateRule(run.Model, options, steps, scheduleStart, deciding.HigherIsBetter,
            run.Task.Catalogues.Optimizers);
        var objective = run.Task.Begin(run.Model, options, run.Train);
        var notes = new List<string>();
        bool features = StageFeatures.Plan(run, options, ref augmentation, notes.Add);
        return new StageRun
        {
            Stage = stage,
            Objective = objective,
            Update = update,
            Deciding = deciding,
            Measured = run.Task.Measured(options, [run.Deciding.Name, deciding.Name]),
            Augmentation = augmentation,
            Source = run.Train,
            EvalSource = run.Eval,
            Uploader = new BatchUploader(run.Engine, run.Train),
            AwaitsFeatures = features,
            BatchesPerEpoch = batches,
            StepsPerEpoch = steps,
            RunsBehind = run.Engine.Backend.RunsBehind && !update.NeedsSecondGradient,
            Notes = [.. notes, .. objective.Notes(run.Deciding)],
        };
    }

    /// <summary>The stage with the features of the frozen backbone in the place of images.</summary>
    public StageRun WithFeatures(RunSetup run, CancellationToken stop)
    {
        var model = (Model)run.Model;
        var train = FeatureCache.ComputeTrain(model, run.Train, run.Plan(Options, 0), Options, stop);
        return this with
        {
            Source = train,
            EvalSource = FeatureCache.ComputeEval(model, run.Eval, Options, stop),
            Uploader = new BatchUploader(run.Engine, train),
            AwaitsFeatures = false,
        };
    }
}
