using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    // While a stage runs, _options are its settings, and the fields below follow from them.
    private TrainStage _stage;
    private TrainOptions _options;
    private UpdateRule _update;
    private CombinedLoss _loss;
    private HealthWatch? _health;
    private Augmentation _augmentation;
    private int _batchesPerEpoch, _stepsPerEpoch;
    private int[]? _labels;

    /// <summary>
    /// Tries out what each stage asks of the model and the data before the first one trains: a mistake in the last must not show after hours.
    /// </summary>
    /// <exception cref="UsageException">Names the stage.</exception>
    private void CheckStages()
    {
        foreach (var stage in _stages)
        {
            try
            {
                Freeze(_model, stage.Options);
                _ = LearningRateFactors.Of(_model, stage.Options);
                _ = TrainingLoss.Create(stage.Options, _train);
                if (stage.Options.CacheFeatures == true && (FeatureCache.Obstacle(_model) ?? MemoryObstacle(stage.Options)) is { } obstacle)
                    throw new UsageException($"cache_features: {obstacle}");
                ProbeSmallestBatch(stage.Options, FirstEpoch(stage.Options));
            }
            catch (UsageException e) when (_wholeRun.Stages is not null)
            {
                throw new UsageException($"{stage.Title}: {e.Message}", e);
            }
        }

        _model.SetFrozen(_ => false);
    }

    private TrainStage StageAt(int epoch) => _stages.FirstOrDefault(s => epoch < s.EndEpoch) ?? _stages[^1];

    private EpochPlan FirstEpoch(TrainOptions options) => PlanEpoch(options, 0);

    private EpochPlan PlanEpoch(TrainOptions options, int epoch) => LearningRateCurve.Plan(options, _labels ??= TrainingData.Labels(_train), epoch);

    /// <summary>
    /// Freezes what the stage freezes and makes its loss, optimizer and schedule. Weights and statistics stay as they are; the optimizer starts anew.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="before">State of the stage before, whose schedule goes on where the stage says so.</param>
    [MemberNotNull(nameof(_stage), nameof(_options), nameof(_update), nameof(_loss), nameof(_augmentation), nameof(_source), nameof(_evalSource),
        nameof(_uploader))]
    private void BeginStage(TrainStage stage, StateDict? before = null)
    {
        var options = stage.Options;
        var plan = FirstEpoch(options);
        _stage = stage;
        _options = options;
        _batchesPerEpoch = plan.Batches;
        _stepsPerEpoch = (plan.Batches + options.GradAccumSteps - 1) / options.GradAccumSteps;
        _augmentation = options.OverfitBatches > 0 ? Augmentation.None : new Augmentation(options.RandomShift, options.Hflip)
        {
            Scale = options.Scale,
            Ratio = options.Ratio ?? Augmentation.None.Ratio,
        };
        Freeze(_model, options);
        if (!stage.ContinuesSchedule)
            _progress.ScheduleStart = _progress.Step;
        _progress.Stage = stage.Index;
        (_progress.StageBest, _progress.StageBestEpoch) = (null, 0);
        _update = new UpdateRule(_model, options, _stepsPerEpoch, _progress.ScheduleStart);
        if (stage.ContinuesSchedule && before is not null)
            _update.LoadSchedule(before);
        _runsBehind = _engine.Backend.RunsBehind && !_update.NeedsSecondGradient;
        _loss = TrainingLoss.Create(options, _train);
        _health = _loss.TakesFeatures ? new HealthWatch(_loss, _options.BatchSize, Note) : null;
        PlanFeatures();
    }

    /// <summary>What patience and a plateau of the running stage go by: left to the loss, recall@1 where the stage trains embeddings alone.</summary>
    private string StageMetric => _options.EvalMetric == "auto" && !_loss.TakesLogits ? "recall1" : EvalMetric;

    private bool OutOfPatience() => _options.Patience > 0 && _progress.StageBest is not null
        && _progress.Epoch - _progress.StageBestEpoch >= _options.Patience && StageAt(_progress.Epoch).Index == _stage.Index;

    /// <summary>Ends a stage that does not get better; false in the last one. What unfreeze_at releases is released at its epoch, not before.</summary>
    private bool SkipToNextStage()
    {
        if (_stage.Index == _stages.Count - 1)
            return false;
        if (!_stages[_stage.Index + 1].ContinuesSchedule)
        {
            Note($"{_stage.Title} ends after epoch {_progress.Epoch} instead of {_stage.EndEpoch}: no better {StageMetric} for {_options.Patience} "
                + $"epoch{(_options.Patience == 1 ? "" : "s")}");
            _progress.Epoch = _stage.EndEpoch;
        }

        return true;
    }

    /// <summary>Goes on to the next stage when the epoch that is about to begin belongs to it.</summary>
    private void EnterStage()
    {
        var stage = StageAt(_progress.Epoch);
        if (stage.Index == _stage.Index)
            return;
        BeginStage(stage, _update.State());
        RenewGraph();
        TellStage();
    }

    private void TellStage()
    {
        if (_stages.Count > 1)
        {
            var parameters = _model.NamedParameters();
            long trained = parameters.Where(p => !p.Frozen).Sum(p => p.Tensor.Count), all = parameters.Sum(p => p.Tensor.Count);
            Note($"{_stage.Title} of {_stages.Count}: epochs {_stage.FirstEpoch + 1} to {_stage.EndEpoch}, loss {_options.Loss}, opt {_options.Opt}, "
                + FormattableString.Invariant($"lr {_options.Lr}, {trained:N0} of {all:N0} parameters are trained"));
        }

        foreach (string note in _notes.Concat(LossNotes()))
            Note(note);
        _notes.Clear();
    }
}
