using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    /// <summary>Trains from the current batch to the end of the epoch; returns why it stopped before, or null.</summary>
    private StopReason? TrainEpoch(CancellationToken stop)
    {
        var plan = EpochPlan.Shuffled(_train.Count, _options.BatchSize, _options.Seed, _progress.Epoch, _options.DropLast);
        using var loader = new BatchLoader(_train, plan, _augmentation, _options.Seed, _options.Workers, _progress.Batch);
        var group = new List<BatchResult>(_options.GradAccumSteps);
        long saved = Stopwatch.GetTimestamp(), savedStep = _progress.Step;
        _model.Train();
        while (_progress.Batch < plan.Batches)
        {
            if (stop.IsCancellationRequested)
                return StopReason.Cancelled;
            if (_options.MaxSteps > 0 && _progress.Step >= _options.MaxSteps)
                return StopReason.MaxSteps;
            if (_options.MaxTime > 0 && _progress.TrainSeconds >= _options.MaxTime * 60)
                return StopReason.MaxTime;
            Update(loader, plan, group);
            bool due = _options.CheckpointInterval > 0 && Stopwatch.GetElapsedTime(saved).TotalSeconds >= _options.CheckpointInterval;
            due |= _options.CheckpointSteps > 0 && _progress.Step - savedStep >= _options.CheckpointSteps;
            if (due && _progress.Batch < plan.Batches)
            {
                Save(CheckpointPair.Last);
                _log.Status("running", _progress, _options);
                (saved, savedStep) = (Stopwatch.GetTimestamp(), _progress.Step);
            }
        }

        return null;
    }

    /// <summary>One update from the next batches of the epoch: forward and backward of each, then the optimizer.</summary>
    private void Update(BatchLoader loader, EpochPlan plan, List<BatchResult> group)
    {
        long start = Stopwatch.GetTimestamp(), waited = 0;
        int count = Math.Min(_options.GradAccumSteps, plan.Batches - _progress.Batch);
        int images = 0;
        for (int i = 0; i < count; i++)
            images += plan.Batch(_progress.Batch + i).Length;
        group.Clear();
        _update.ZeroGrad();
        for (int i = 0; i < count; i++)
        {
            long before = Stopwatch.GetTimestamp();
            var host = loader.Next()!;
            waited += Stopwatch.GetTimestamp() - before;
            group.Add(RunBatch(host, i, images, measure: i == 0 && IsLogged(_progress.Batch + count)));
            if (_update.NeedsSecondGradient)
                TakeSecondGradient(host, images, group[0]);
        }

        double loss = group.Sum(b => b.Loss * b.Images) / images;
        double lr = _update.LearningRate(_progress.Step);
        var (norm, notFinite) = _update.GradNorm();
        if (!double.IsFinite(loss) || notFinite > 0)
            Explain(plan, count, images, loss, notFinite);
        _update.Apply(lr);
        _progress.Step++;
        if (_recordedDecisions == 0)
            RecordDecisions();
        _progress.Batch += count;
        _progress.Images += images;
        _progress.LossSum += loss * images;
        _progress.Correct += group.Sum(b => b.Correct);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _progress.EpochSeconds += seconds;
        _progress.TrainSeconds += seconds;
        int inEpoch = UpdateOf(_progress.Batch);
        var report = new StepReport(
            _progress.Epoch + 1,
            inEpoch,
            _stepsPerEpoch,
            _progress.Step,
            loss,
            _progress.LossSum / _progress.Images,
            100.0 * _progress.Correct / _progress.Images,
            norm,
            lr,
            images,
            seconds,
            (double)waited / Stopwatch.Frequency,
            IsLogged(_progress.Batch) ? _health?.Last : null);
        if (IsLogged(_progress.Batch))
            _log.Step(report);
        _observer.Stepped(report);
    }

    /// <summary>The update of the epoch, counted from 1, that ends with this many batches done.</summary>
    private int UpdateOf(int batches) => (batches + _options.GradAccumSteps - 1) / _options.GradAccumSteps;

    /// <summary>True when the update that ends with this many batches done is reported in the log.</summary>
    private bool IsLogged(int batches) => UpdateOf(batches) is var update && (update % _options.LogInterval == 0 || update == _stepsPerEpoch);

    /// <summary>
    /// Forward and backward of one batch; gradients add up, weighted by the batch's share of the update's images. With
    /// <paramref name="measure"/> the embeddings of a metric loss are looked at.
    /// </summary>
    private BatchResult RunBatch(HostBatch host, int number, int images, bool measure = false)
    {
        // A number of its own for every batch, so that each draws its own dropout masks; an update of one batch has its own number, from 1.
        _engine.StepNumber = (uint)(_progress.Step * _options.GradAccumSteps + number + 1);
        using var step = _engine.BeginStep();
        var batch = _uploader.Upload(host);
        double share = (double)host.Count / images;
        var (logits, embeddings) = Outputs(batch.Images);
        var loss = _loss.Compute(logits, embeddings, batch.Labels, share);
        int correct = 0;
        var guesses = logits.ArgMax(1).ToArray<int>();
        for (int i = 0; i < guesses.Length; i++)
            correct += guesses[i] == host.Labels[i] ? 1 : 0;
        if (measure && embeddings is not null)
            _health!.Measure(embeddings, batch.Labels);
        loss.Backward(share == 1 ? null : _engine.Full(Shape.Scalar, share));
        return new BatchResult(loss.Item(), correct, host.Count);
    }

    /// <summary>Logits, and the pooled features [B, D] when the loss takes them. Logits that no term takes are not recorded.</summary>
    private (Tensor Logits, Tensor? Embeddings) Outputs(Tensor images)
    {
        if (!_loss.TakesFeatures)
            return (_model.Forward(images), null);
        var features = _model.Features(images);
        using var still = _loss.TakesLogits ? null : _engine.NoGrad();
        return (_model.Classify(features), Pooled(features));
    }

    // A model that classifies before it pools gives a map.
    private static Tensor Pooled(Tensor features) => features.Shape.Rank == 2 ? features : features.Mean([2, 3]);

    /// <summary>Replaces the gradient by that of the same batch at the place the optimizer moves to; statistics are those of the first pass.</summary>
    private void TakeSecondGradient(HostBatch host, int images, BatchResult first)
    {
        var (_, notFinite) = _update.GradNorm();
        if (!double.IsFinite(first.Loss) || notFinite > 0)
            return; // the update is about to be refused; the parameters must not move before it is explained
        _update.Ascend();
        _update.ZeroGrad();
        using (_model.PauseStatistics())
            RunBatch(host, 0, images);
    }

    /// <summary>
    /// Runs the diverged update again (same batches, same random numbers, parameters not yet changed) and looks at every result, which
    /// throws at the first operation that made a value that is not finite.
    /// </summary>
    private void Explain(EpochPlan plan, int count, int images, double loss, double notFinite)
    {
        long number = _progress.Step + 1;
        _update.ZeroGrad();
        _engine.DetectNonFinite = true;
        try
        {
            using var loader = new BatchLoader(_train, plan, _augmentation, _options.Seed, 0, _progress.Batch);
            for (int i = 0; i < count; i++)
                RunBatch(loader.Next()!, i, images);
        }
        catch (DivergedException e) when (e.Step != number)
        {
            throw new DivergedException(e.Op, e.Layer, number, e.Detail);
        }
        finally
        {
            _engine.DetectNonFinite = false;
        }

        throw new DivergedException("loss", "", number, double.IsFinite(loss) ? $"{notFinite} gradient values are not finite" : $"the loss is {loss}");
    }
}
