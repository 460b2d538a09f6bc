using System.Diagnostics;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    /// <summary>Begins a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="before">State of the stage before, whose schedule goes on where the stage says so.</param>
    private UpdateSteps Begin(TrainStage stage, StateDict? before = null)
    {
        if (!stage.ContinuesSchedule)
            _progress.ScheduleStart = _progress.Step;
        _progress.Stage = stage.Index;
        (_progress.StageBest, _progress.StageBestEpoch) = (null, 0);
        var steps = Steps(stage);
        if (stage.ContinuesSchedule && before is not null)
            steps.Stage.Update.LoadSchedule(before);
        return steps;
    }

    private UpdateSteps Steps(TrainStage stage)
    {
        var run = StageRun.Begin(_setup, stage, _progress.ScheduleStart);
        run.Objective.Warn = Note;
        return new UpdateSteps(_setup, run, Note);
    }

    private bool OutOfPatience() => Options.Patience > 0 && _progress.StageBest is not null
        && _progress.Epoch - _progress.StageBestEpoch >= Options.Patience && _setup.StageAt(_progress.Epoch).Index == Stage.Stage.Index;

    /// <summary>Ends a stage that does not get better; false in the last one. What unfreeze_at releases is released at its epoch, not before.</summary>
    private bool SkipToNextStage()
    {
        var stage = Stage.Stage;
        if (stage.Index == _setup.Stages.Count - 1)
            return false;
        if (!_setup.Stages[stage.Index + 1].ContinuesSchedule)
        {
            Note($"{stage.Title} ends after epoch {_progress.Epoch} instead of {stage.EndEpoch}: no better {Stage.Deciding.Name} for {Options.Patience} "
                + $"epoch{(Options.Patience == 1 ? "" : "s")}");
            _progress.Epoch = stage.EndEpoch;
        }

        return true;
    }

    /// <summary>Goes on to the next stage when the epoch that is about to begin belongs to it.</summary>
    private void EnterStage()
    {
        var stage = _setup.StageAt(_progress.Epoch);
        if (stage.Index == Stage.Stage.Index)
            return;
        _steps.Dispose();
        _steps = Begin(stage, Stage.Update.State());
        TellStage();
    }

    private void TellStage()
    {
        if (_setup.Stages.Count > 1)
        {
            var (stage, parameters) = (Stage.Stage, Model.NamedParameters());
            long trained = parameters.Where(p => !p.Frozen).Sum(p => p.Tensor.Count), all = parameters.Sum(p => p.Tensor.Count);
            Note($"{stage.Title} of {_setup.Stages.Count}: epochs {stage.FirstEpoch + 1} to {stage.EndEpoch}, loss {Options.Loss}, opt {Options.Opt}, "
                + FormattableString.Invariant($"lr {Options.Lr}, {trained:N0} of {all:N0} parameters are trained"));
        }

        foreach (string note in _notes.Concat(Stage.Notes))
            Note(note);
        _notes.Clear();
    }

    /// <summary>Computes the features when the stage runs on them and they are not there.</summary>
    private void ComputeFeatures(CancellationToken stop)
    {
        if (!Stage.AwaitsFeatures)
            return;
        long start = Stopwatch.GetTimestamp();
        _steps.Stage = Stage.WithFeatures(_setup, stop);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _progress.EpochSeconds += seconds;
        _progress.TrainSeconds += seconds;
        Note($"features of the frozen backbone: {((Data.FeatureDataset)Stage.Source).Length} of each of {_setup.Train.Count + _setup.Eval.Count} images, "
            + FormattableString.Invariant($"computed once in {seconds:F1}s; epochs train {Model.Head} alone"));
    }
}
