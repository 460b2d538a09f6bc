using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>Takes the gradients of a stage's updates: forward and backward of their batches, at once or queued for a device that runs behind.</summary>
internal sealed class UpdateSteps : IDisposable
{
    private readonly RunSetup _run;
    private readonly Engine _engine;
    private readonly Action<string> _note;
    private readonly IStepGraph? _graph;
    private string? _toldReason;

    /// <param name="run">The run.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="note">Told what a person should know.</param>
    public UpdateSteps(RunSetup run, StageRun stage, Action<string> note)
    {
        (_run, _engine, _note, Stage) = (run, run.Engine, note, stage);
        _graph = stage.RunsBehind && stage.Options.Graph ? _engine.Backend.CreateStepGraph() : null;
        _toldReason = _graph?.EagerReason;
    }

    /// <summary>The stage that runs; replaced when features take the place of images.</summary>
    public StageRun Stage { get; set; }

    private TrainOptions Options => Stage.Options;

    /// <summary>How updates run on a device that runs behind the host, for the header; null elsewhere.</summary>
    public string? Execution
    {
        get
        {
            if (!_engine.Backend.RunsBehind)
                return null;
            if (Stage.Update.NeedsSecondGradient)
                return $"updates are queued kernel by kernel and waited for: opt {Options.Opt} takes two gradients";
            if (!Options.Graph)
                return "updates are queued kernel by kernel: graph is off";
            if (_graph?.EagerReason is { } reason)
                return $"updates are queued kernel by kernel: {reason}";
            int images = Options.DropLast ? Stage.BatchesPerEpoch * Options.BatchSize : _run.Train.Count;
            bool smallerLast = images < (long)Stage.StepsPerEpoch * Options.GradAccumSteps * Options.BatchSize;
            return $"each update is one graph launch; {(smallerLast ? "the first, and the smaller last one of an epoch, run" : "the first runs")} kernel "
                + "by kernel";
        }
    }

    /// <summary>The update that begins with batch <paramref name="firstBatch"/> of an epoch.</summary>
    public PendingUpdate Next(EpochPlan plan, int epoch, int firstBatch, long step, double learningRate)
    {
        int count = Math.Min(Options.GradAccumSteps, plan.Batches - firstBatch), images = 0;
        for (int i = 0; i < count; i++)
            images += plan.Batch(firstBatch + i).Length;
        return new PendingUpdate
        {
            Plan = plan, Epoch = epoch, FirstBatch = firstBatch, Count = count, Images = images, Step = step, LearningRate = learningRate,
        };
    }

    /// <summary>Forward and backward of each batch of an update, twice where the optimizer takes a second gradient, then the norm of the gradient.</summary>
    public void TakeGradient(PendingUpdate update, BatchLoader loader)
    {
        var again = new List<HostBatch>();
        for (int i = 0; i < update.Count; i++)
        {
            var host = update.Next(loader);
            update.Batches.Add(RunBatch(host, update, i, follow: true));
            if (Stage.Update.NeedsSecondGradient)
                again.Add(update.Count == 1 ? host : host.Copy()); // the loader takes a batch back with the next
        }

        if (Stage.Update.NeedsSecondGradient)
            TakeSecondGradient(again, update);
        update.Norm = Stage.Update.GradNorm().BeginRead();
    }

    /// <summary>
    /// Queues an update and returns. The bytes of its batches go ahead, beside the computation of the update before; all that computes is one
    /// graph launch, unless the update is smaller than the others (then other kernels run, and recording them would not pay).
    /// </summary>
    public void Queue(PendingUpdate update, BatchLoader loader)
    {
        using var step = _engine.BeginStep();
        var batches = new List<SentBatch>(update.Count);
        for (int i = 0; i < update.Count; i++)
            batches.Add(Stage.Uploader.Send(update.Next(loader)));

        void All()
        {
            for (int i = 0; i < batches.Count; i++)
            {
                using var inner = _engine.BeginStep();
                update.Batches.Add(RunBatch(Stage.Uploader.Place(batches[i]), update, i, follow: true));
            }

            update.Norm = Stage.Update.GradNorm().BeginRead();
            Stage.Update.Apply(update.LearningRate);
        }

        if (_graph is null || update.Images < Options.BatchSize * Options.GradAccumSteps)
        {
            All();
            return;
        }

        _graph.Run(All);
        if (_graph.EagerReason is { } reason && reason != _toldReason)
            _note($"updates are queued kernel by kernel from here on: {_toldReason = reason}");
    }

    /// <summary>
    /// Throws if an update diverged: runs it again (same batches, same random numbers, parameters not yet changed) and looks at every result, which
    /// throws at the first operation that made a value that is not finite.
    /// </summary>
    public void RefuseDiverged(PendingUpdate update)
    {
        if (!update.IsDiverged)
            return;
        long number = update.Step + 1;
        Stage.Update.ZeroGrad();
        _engine.DetectNonFinite = true;
        try
        {
            using var loader = _run.Load(Stage.Source, update.Plan, Stage.Augmentation, workers: 0, update.FirstBatch);
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

    /// <inheritdoc/>
    public void Dispose() => _graph?.Dispose();

    /// <summary>Forward and backward of one batch in a step of its own.</summary>
    private PendingBatch RunBatch(HostBatch host, PendingUpdate update, int number, bool follow = false)
    {
        using var step = _engine.BeginStep();
        return RunBatch(Stage.Uploader.Upload(host), update, number, follow);
    }

    /// <summary>Forward and backward of one batch; gradients add up, weighted by the batch's share of the update's images.</summary>
    private PendingBatch RunBatch(DeviceBatch batch, PendingUpdate update, int number, bool follow)
    {
        // A number of its own for every batch, so that each draws its own dropout masks; an update of one batch has its own number, from 1.
        _engine.StepNumber = (uint)(update.Step * Options.GradAccumSteps + number + 1);
        int images = batch.Host.Count;
        double share = (double)images / update.Images;
        var (loss, sums) = Stage.Objective.Compute(batch, share, follow);
        loss.Backward(share == 1 ? null : _engine.Full(Shape.Scalar, share));
        return new PendingBatch(loss.BeginRead(), sums, images);
    }

    /// <summary>
    /// Replaces the gradient, added up over all batches of the update, by that of the same batches with the same random numbers at the place the
    /// optimizer moves to; statistics are those of the first pass.
    /// </summary>
    private void TakeSecondGradient(IReadOnlyList<HostBatch> batches, PendingUpdate update)
    {
        update.Norm = Stage.Update.GradNorm().BeginRead();
        if (update.IsDiverged)
            return; // the update is about to be refused; the parameters must not move before it is explained
        Stage.Update.Ascend();
        Stage.Update.ZeroGrad();
        using var paused = _run.Model.PauseStatistics();
        for (int i = 0; i < batches.Count; i++)
            RunBatch(batches[i], update, i);
    }
}
