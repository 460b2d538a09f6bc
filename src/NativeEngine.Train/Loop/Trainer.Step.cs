using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    /// <summary>Trains from the current batch to the end of the epoch; returns why it stopped before, or null.</summary>
    private StopReason? TrainEpoch(CancellationToken stop)
    {
        var plan = PlanEpoch(_options, _progress.Epoch);
        using var loader = new BatchLoader(_source, plan, _augmentation, _options.Seed, _options.Workers, _progress.Batch);
        long saved = Stopwatch.GetTimestamp(), savedStep = _progress.Step;
        _model.Train();
        while (_progress.Batch < plan.Batches)
        {
            if (ReasonToStop(stop) is { } reason)
            {
                FinishPending();
                return reason;
            }

            Update(loader, plan);
            bool due = _options.CheckpointInterval > 0 && Stopwatch.GetElapsedTime(saved).TotalSeconds >= _options.CheckpointInterval;
            due |= _options.CheckpointSteps > 0 && _progress.Step - savedStep >= _options.CheckpointSteps;
            if (due && _progress.Batch < plan.Batches)
            {
                FinishPending();
                Save(CheckpointPair.Last);
                _log.Status("running", _progress, _epochs);
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
        if (_options.MaxSteps > 0 && _progress.Step >= _options.MaxSteps)
            return StopReason.MaxSteps;
        return _options.MaxTime > 0 && _progress.TrainSeconds >= _options.MaxTime * 60 ? StopReason.MaxTime : null;
    }

    /// <summary>One update from the next batches of the epoch: forward and backward of each, then the optimizer.</summary>
    /// <remarks>
    /// On a device that runs behind the host everything is queued, and the numbers of this update are looked at when the next one is queued:
    /// the device never waits for the host. Elsewhere the numbers are there at once and are judged before the parameters change.
    /// </remarks>
    private void Update(BatchLoader loader, EpochPlan plan)
    {
        var update = NextUpdate(plan, _progress.Epoch, _progress.Batch, _progress.Step, _update.LearningRate(_progress.Step));
        update.IsLogged = IsLogged(update.FirstBatch + update.Count);
        _update.ZeroGrad();
        if (_runsBehind)
        {
            QueueUpdate(update, loader);
        }
        else
        {
            TakeGradient(update, loader);
            RefuseDiverged(update);
            _update.Apply(update.LearningRate);
        }

        _progress.Step++;
        if (_recordedDecisions == 0)
            RecordDecisions();
        _progress.Batch += update.Count;
        if (_runsBehind)
            FinishPending(update);
        else
            Finish(update);
    }

    /// <summary>The update that begins with batch <paramref name="firstBatch"/> of an epoch.</summary>
    private PendingUpdate NextUpdate(EpochPlan plan, int epoch, int firstBatch, long step, double learningRate)
    {
        int count = Math.Min(_options.GradAccumSteps, plan.Batches - firstBatch), images = 0;
        for (int i = 0; i < count; i++)
            images += plan.Batch(firstBatch + i).Length;
        return new PendingUpdate(plan, epoch, firstBatch, count, images, step, learningRate, Stopwatch.GetTimestamp());
    }

    /// <summary>Forward and backward of each batch of an update, twice where the optimizer takes a second gradient, then the norm of the gradient.</summary>
    private void TakeGradient(PendingUpdate update, BatchLoader loader)
    {
        var again = new List<HostBatch>();
        for (int i = 0; i < update.Count; i++)
        {
            var host = update.Next(loader);
            update.Batches.Add(RunBatch(host, update, i, measure: true));
            if (_update.NeedsSecondGradient)
                again.Add(update.Count == 1 ? host : host.Copy()); // the loader takes a batch back with the next
        }

        if (_update.NeedsSecondGradient)
            TakeSecondGradient(again, update);
        update.Norm = _update.GradNorm().BeginRead();
    }

    /// <summary>Finishes the update whose numbers are still on their way, if there is one; <paramref name="next"/> takes its place.</summary>
    private void FinishPending(PendingUpdate? next = null)
    {
        var update = _pending;
        _pending = next;
        if (update is null)
            return;
        RefuseDiverged(update);
        Finish(update);
    }

    /// <summary>Counts and reports an update.</summary>
    private void Finish(PendingUpdate update)
    {
        _progress.Images += update.Images;
        _progress.LossSum += update.Loss * update.Images;
        _progress.Correct += update.Correct;
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(Math.Max(update.Started, _finished), now).TotalSeconds;
        _finished = now;
        _progress.EpochSeconds += seconds;
        _progress.TrainSeconds += seconds;
        MetricHealth? health = null;
        if (_health is not null)
        {
            var sums = update.Embeddings.Aggregate(default(MetricSums), (sum, batch) => sum + batch.Take());
            _progress.Embeddings += sums;
            _health.Count(sums, _progress.Embeddings, look: update.IsLogged);
            health = update.IsLogged ? _health.Of(sums) : null;
        }

        int inEpoch = UpdateOf(update.FirstBatch + update.Count);
        var report = new StepReport(
            update.Epoch + 1,
            inEpoch,
            _stepsPerEpoch,
            update.Step + 1,
            update.Loss,
            _progress.LossSum / _progress.Images,
            100.0 * _progress.Correct / _progress.Images,
            update.GradNorm.Norm,
            update.LearningRate,
            update.Images,
            seconds,
            update.SecondsWaited,
            health,
            _stage.Index + 1);
        if (update.IsLogged)
            _log.Step(report);
        _observer.Stepped(report);
    }

    /// <summary>The update of the epoch, counted from 1, that ends with this many batches done.</summary>
    private int UpdateOf(int batches) => (batches + _options.GradAccumSteps - 1) / _options.GradAccumSteps;

    /// <summary>True when the update that ends with this many batches done is reported in the log.</summary>
    private bool IsLogged(int batches) => UpdateOf(batches) is var update && (update % _options.LogInterval == 0 || update == _stepsPerEpoch);

    /// <summary>Forward and backward of one batch in a step of its own.</summary>
    private PendingBatch RunBatch(HostBatch host, PendingUpdate update, int number, bool measure = false)
    {
        using var step = _engine.BeginStep();
        return RunBatch(_uploader.Upload(host), host.Labels.ToArray(), update, number, measure);
    }

    /// <summary>
    /// Forward and backward of one batch; gradients add up, weighted by the batch's share of the update's images. With
    /// <paramref name="measure"/> the embeddings of a metric loss are measured.
    /// </summary>
    private PendingBatch RunBatch(DeviceBatch batch, int[] labels, PendingUpdate update, int number, bool measure)
    {
        // A number of its own for every batch, so that each draws its own dropout masks; an update of one batch has its own number, from 1.
        _engine.StepNumber = (uint)(update.Step * _options.GradAccumSteps + number + 1);
        double share = (double)labels.Length / update.Images;
        var (logits, embeddings) = Outputs(batch.Images);
        var loss = _loss.Compute(logits, embeddings, batch.Labels, share);
        var guesses = logits.ArgMax(1).BeginRead();
        if (measure && embeddings is not null)
            update.Embeddings.Add(_health!.Queue(embeddings, batch.Labels));
        loss.Backward(share == 1 ? null : _engine.Full(Shape.Scalar, share));
        return new PendingBatch(loss.BeginRead(), guesses, labels);
    }

    /// <summary>
    /// Logits of images or of features in their place, and the pooled features [B, D] when the loss takes them. Logits that no term takes are
    /// not recorded.
    /// </summary>
    private (Tensor Logits, Tensor? Embeddings) Outputs(Tensor images)
    {
        bool cached = _source is FeatureDataset;
        if (!_loss.TakesFeatures)
            return (cached ? _model.Classify(images) : _model.Forward(images), null);
        var features = cached ? images : _model.Features(images);
        using var still = _loss.TakesLogits ? null : _engine.NoGrad();
        return (_model.Classify(features), Evaluator.Pooled(features));
    }

    /// <summary>
    /// Replaces the gradient, added up over all batches of the update, by that of the same batches with the same random numbers at the place the
    /// optimizer moves to; statistics are those of the first pass.
    /// </summary>
    private void TakeSecondGradient(IReadOnlyList<HostBatch> batches, PendingUpdate update)
    {
        update.Norm = _update.GradNorm().BeginRead();
        if (update.IsDiverged)
            return; // the update is about to be refused; the parameters must not move before it is explained
        _update.Ascend();
        _update.ZeroGrad();
        using var paused = _model.PauseStatistics();
        for (int i = 0; i < batches.Count; i++)
            RunBatch(batches[i], update, i);
    }

    private void RefuseDiverged(PendingUpdate update)
    {
        if (update.IsDiverged)
            Explain(update);
    }

    /// <summary>
    /// Runs the diverged update again (same batches, same random numbers, parameters not yet changed) and looks at every result, which
    /// throws at the first operation that made a value that is not finite.
    /// </summary>
    private void Explain(PendingUpdate update)
    {
        long number = update.Step + 1;
        _update.ZeroGrad();
        _engine.DetectNonFinite = true;
        try
        {
            using var loader = new BatchLoader(_source, update.Plan, _augmentation, _options.Seed, 0, update.FirstBatch);
            for (int i = 0; i < update.Count; i++)
                RunBatch(loader.Next()!, update, i);
        }
        catch (DivergedException e) when (e.Step != number)
        {
            throw new DivergedException(e.Op, e.Layer, number, e.Detail);
        }
        finally
        {
            _engine.DetectNonFinite = false;
        }

        throw new DivergedException("loss", "", number,
            double.IsFinite(update.Loss) ? $"{update.GradNorm.NotFinite} gradient values are not finite" : $"the loss is {update.Loss}");
    }
}
