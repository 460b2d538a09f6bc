using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    /// <summary>Trains from the current batch to the end of the epoch; returns why it stopped before, or null.</summary>
    private StopReason? TrainEpoch(CancellationToken stop)
    {
        var plan = _setup.Plan(Options, _progress.Epoch);
        using var loader = _setup.Load(Stage.Source, plan, Stage.Augmentation, Options.Workers, _progress.Batch);
        long saved = Stopwatch.GetTimestamp(), savedStep = _progress.Step;
        Model.Train();
        while (_progress.Batch < plan.Batches)
        {
            if (ReasonToStop(stop) is { } reason)
            {
                FinishPending();
                return reason;
            }

            Update(loader, plan);
            bool due = Options.CheckpointInterval > 0 && Stopwatch.GetElapsedTime(saved).TotalSeconds >= Options.CheckpointInterval;
            due |= Options.CheckpointSteps > 0 && _progress.Step - savedStep >= Options.CheckpointSteps;
            if (due && _progress.Batch < plan.Batches)
            {
                FinishPending();
                Save(CheckpointPair.Last);
                _log.Status("running", _progress, _setup.Epochs);
                (saved, savedStep) = (Stopwatch.GetTimestamp(), _progress.Step);
            }
        }

        FinishPending();
        return null;
    }

    private StopReason? ReasonToStop(CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return StopReason.Cancelled;
        if (Options.MaxSteps > 0 && _progress.Step >= Options.MaxSteps)
            return StopReason.MaxSteps;
        return Options.MaxTime > 0 && _progress.TrainSeconds >= Options.MaxTime * 60 ? StopReason.MaxTime : null;
    }

    /// <summary>One update from the next batches of the epoch: forward and backward of each, then the optimizer.</summary>
    /// <remarks>
    /// On a device that runs behind the host everything is queued, and the numbers of this update are looked at when the next one is queued:
    /// the device never waits for the host. Elsewhere the numbers are there at once and are judged before the parameters change.
    /// </remarks>
    private void Update(BatchLoader loader, EpochPlan plan)
    {
        var update = _steps.Next(plan, _progress.Epoch, _progress.Batch, _progress.Step, Stage.Update.LearningRate(_progress.Step));
        update.IsLogged = IsLogged(update.FirstBatch + update.Count);
        Stage.Update.ZeroGrad();
        if (Stage.RunsBehind)
        {
            _steps.Queue(update, loader);
        }
        else
        {
            _steps.TakeGradient(update, loader);
            _steps.RefuseDiverged(update);
            Stage.Update.Apply(update.LearningRate);
        }

        _progress.Step++;
        if (_recordedDecisions == 0)
            RecordDecisions();
        _progress.Batch += update.Count;
        if (Stage.RunsBehind)
            FinishPending(update);
        else
            Finish(update);
    }

    /// <summary>Finishes the update whose numbers are still on their way, if there is one; <paramref name="next"/> takes its place.</summary>
    private void FinishPending(PendingUpdate? next = null)
    {
        var update = _pending;
        _pending = next;
        if (update is null)
            return;
        _steps.RefuseDiverged(update);
        Finish(update);
    }

    /// <summary>Counts and reports an update.</summary>
    private void Finish(PendingUpdate update)
    {
        _progress.Images += update.Images;
        _progress.LossSum += update.Loss * update.Images;
        _progress.Sums.Add(update.Sums);
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(Math.Max(update.Started, _finished), now).TotalSeconds;
        _finished = now;
        _progress.EpochSeconds += seconds;
        _progress.TrainSeconds += seconds;
        Stage.Objective.Watch(update.Sums, _progress.Sums, update.IsLogged);
        var report = new StepReport
        {
            Epoch = update.Epoch + 1,
            StepInEpoch = UpdateOf(update.FirstBatch + update.Count),
            StepsPerEpoch = Stage.StepsPerEpoch,
            Step = update.Step + 1,
            Stage = Stage.Stage.Index + 1,
            Loss = update.Loss,
            MeanLoss = _progress.LossSum / _progress.Images,
            Followed = Followed(),
            Facts = update.IsLogged ? Stage.Objective.Facts(update.Sums) : null,
            GradNorm = update.GradNorm.Norm,
            Lr = update.LearningRate,
            Images = update.Images,
            Seconds = seconds,
            DataSeconds = update.SecondsWaited,
        };
        if (update.IsLogged)
            _log.Step(report);
        _observer.Stepped(report);
    }

    /// <summary>Evaluates, reports and saves. An epoch cut short by a limit is evaluated but stays open, so resuming goes on inside it.</summary>
    private void EndEpoch(bool complete, CancellationToken stop)
    {
        using var average = Stage.Update.UseAverage();
        _evaluating = true;
        var eval = new Evaluator(Task, Model, Options.EvalBatchSize, Options.Workers).Run(Stage.EvalSource, Stage.Measured, _observer.Evaluating, stop);
        _evaluating = false;
        _progress.Eval = eval;
        double value = eval[_setup.Deciding.Name], ofStage = eval[Stage.Deciding.Name];
        bool improved = TrainProgress.IsBetter(value, _progress.Best, _setup.Deciding.HigherIsBetter);
        if (improved)
            (_progress.Best, _progress.BestEpoch) = (value, _progress.Epoch + 1);
        if (TrainProgress.IsBetter(ofStage, _progress.StageBest, Stage.Deciding.HigherIsBetter))
            (_progress.StageBest, _progress.StageBestEpoch) = (ofStage, _progress.Epoch + 1);
        var report = Report(eval, improved);
        _log.Epoch(report, _progress.Step);
        RecordDecisions();
        if (complete)
        {
            Stage.Update.Report(ofStage);
            _progress.Epoch++;
            _progress.BeginEpoch();
        }

        if (improved)
            Save(CheckpointPair.Best); // with the average, if there is one: what was evaluated
        average?.Dispose();
        Save(CheckpointPair.Last);
        _log.Status("running", _progress, _setup.Epochs);
        _observer.EpochEnded(report);
    }

    private EpochReport Report(EvalResult eval, bool improved)
    {
        double perUpdate = _progress.TrainSeconds / Math.Max(1, _progress.Step) + eval.Seconds / Math.Max(1, Stage.StepsPerEpoch);
        long updatesLeft = (long)(_setup.Epochs - _progress.Epoch - 1) * Stage.StepsPerEpoch;
        if (Options.MaxSteps > 0)
            updatesLeft = Math.Clamp(Options.MaxSteps - _progress.Step, 0, updatesLeft);
        return new EpochReport
        {
            Epoch = _progress.Epoch + 1,
            Epochs = _setup.Epochs,
            Stage = Stage.Stage.Index + 1,
            TrainLoss = _progress.LossSum / Math.Max(1, _progress.Images),
            Followed = Followed(),
            Facts = Stage.Objective.Facts(_progress.Sums),
            Eval = eval,
            Lr = Stage.Update.LearningRate(Math.Max(0, _progress.Step - 1)),
            Seconds = _progress.EpochSeconds,
            ImagesPerSecond = _progress.Images / Math.Max(1e-9, _progress.EpochSeconds),
            MemoryBytes = _setup.Engine.Backend.Memory.PeakBytes,
            Best = new MetricValue(_setup.Deciding, _progress.Best!.Value),
            BestEpoch = _progress.BestEpoch,
            Improved = improved,
            EtaSeconds = updatesLeft * perUpdate,
        };
    }

    /// <summary>What is followed, over the epoch so far.</summary>
    private IReadOnlyList<MetricValue> Followed() => [.. Stage.Objective.Followed
        .Select(m => new MetricValue(m, _progress.Sums.TryGetValue(m.Name, out var sum) ? sum[0] / Math.Max(1, _progress.Images) : 0))];

    /// <summary>The update of the epoch, counted from 1, that ends with this many batches done.</summary>
    private int UpdateOf(int batches) => (batches + Options.GradAccumSteps - 1) / Options.GradAccumSteps;

    /// <summary>True when the update that ends with this many batches done is reported in the log.</summary>
    private bool IsLogged(int batches) => UpdateOf(batches) is var update && (update % Options.LogInterval == 0 || update == Stage.StepsPerEpoch);
}
