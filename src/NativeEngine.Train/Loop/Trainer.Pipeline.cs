using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    private bool _runsBehind;
    private IStepGraph? _graph;
    private PendingUpdate? _pending;
    private string? _toldReason;

    /// <summary>How updates run on a device that runs behind the host, for the header; null elsewhere.</summary>
    private string? Execution
    {
        get
        {
            if (!_engine.Backend.RunsBehind)
                return null;
            if (_update.NeedsSecondGradient)
                return $"updates are queued kernel by kernel and waited for: opt {_options.Opt} takes two gradients";
            if (!_options.Graph)
                return "updates are queued kernel by kernel: graph is off";
            if (_graph?.EagerReason is { } reason)
                return $"updates are queued kernel by kernel: {reason}";
            int images = _options.DropLast ? _batchesPerEpoch * _options.BatchSize : _train.Count;
            bool smallerLast = images < (long)_stepsPerEpoch * _options.GradAccumSteps * _options.BatchSize;
            return $"each update is one graph launch; {(smallerLast ? "the first, and the smaller last one of an epoch, run" : "the first runs")} kernel "
                + "by kernel";
        }
    }

    /// <summary>Forgets what was recorded: another stage queues other work.</summary>
    private void RenewGraph()
    {
        _graph?.Dispose();
        _graph = _runsBehind && _options.Graph ? _engine.Backend.CreateStepGraph() : null;
        _toldReason = _graph?.EagerReason;
    }

    /// <summary>
    /// Queues an update and returns. The bytes of its batches go ahead, beside the computation of the update before; all that computes is one
    /// graph launch, unless the update is smaller than the others (then other kernels run, and recording them would not pay).
    /// </summary>
    private void QueueUpdate(PendingUpdate update, BatchLoader loader)
    {
        using var step = _engine.BeginStep();
        var batches = new List<(SentBatch Sent, int[] Labels)>(update.Count);
        for (int i = 0; i < update.Count; i++)
        {
            var host = update.Next(loader);
            batches.Add((_uploader.Send(host), host.Labels.ToArray()));
        }

        void Queue()
        {
            for (int i = 0; i < batches.Count; i++)
            {
                using var inner = _engine.BeginStep();
                update.Batches.Add(RunBatch(_uploader.Place(batches[i].Sent), batches[i].Labels, update, i, measure: true));
            }

            update.Norm = _update.GradNorm().BeginRead();
            _update.Apply(update.LearningRate);
        }

        if (_graph is null || update.Images < _options.BatchSize * _options.GradAccumSteps)
        {
            Queue();
            return;
        }

        _graph.Run(Queue);
        if (_graph.EagerReason is { } reason && reason != _toldReason)
            Note($"updates are queued kernel by kernel from here on: {_toldReason = reason}");
    }
}
