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

    private TrainStage StageAt(int epoch) => _stages.FirstOrDefault(s => epoch < s.EndEpoch) ?? _stages[^1];

    private EpochPlan FirstEpoch(TrainOptions options) => PlanEpoch(options, 0);

    private EpochPlan PlanEpoch(TrainOptions options, int epoch) => LearningRateCurve.Plan(options, _labels ??= TrainingData.Labels(_train), epoch);

    /// <summary>
    /// Freezes what the stage freezes and makes its loss, optimizer and schedule. Weights and statistics stay as they are; the optimizer starts anew.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="before">State of the stage before, whose schedule goes on where the stage says so.</param>
    [MemberNotNull(nameof(_stage), nameof(_options), nameof(_update), nameof(_loss), nameof(_augmentation), nameof(_source), nameof(_evalSource), nameof(_uploader))]
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
        _model.SetFrozen(_ => false);
        Freeze(_model);
        if (!stage.ContinuesSchedule)
            _progress.ScheduleStart = _progress.Step;
        _progress.Stage = stage.Index;
        _update = new UpdateRule(_model, options, _stepsPerEpoch, _progress.ScheduleStart);
        if (stage.ContinuesSchedule && before is not null)
            _update.LoadSchedule(before);
        _runsBehind = _engine.Backend.RunsBehind && !_update.NeedsSecondGradient;
        _loss = TrainingLoss.Create(options, _train);
        _health = _loss.TakesFeatures ? new HealthWatch(_loss, Note) : null;
        PlanFeatures();
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
            Note(FormattableString.Invariant($"{_stage.Title} of {_stages.Count}: epochs {_stage.FirstEpoch + 1} to {_stage.EndEpoch}, loss {_options.Loss}, opt {_options.Opt}, lr {_options.Lr}, {trained:N0} of {all:N0} parameters are trained"));
        }

        foreach (string note in _notes.Concat(LossNotes()))
            Note(note);
        _notes.Clear();
    }
}
