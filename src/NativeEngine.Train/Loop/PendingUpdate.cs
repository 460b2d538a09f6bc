using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>An update that was queued and whose numbers may still be on their way from the device.</summary>
internal sealed class PendingUpdate
{
    private long _waited;
    private TrainingSums? _sums;
    private double? _loss;

    public required EpochPlan Plan { get; init; }

    /// <summary>Epoch, counted from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Its first batch in the epoch.</summary>
    public required int FirstBatch { get; init; }

    /// <summary>How many batches it takes.</summary>
    public required int Count { get; init; }

    /// <summary>Images in them.</summary>
    public required int Images { get; init; }

    /// <summary>Updates made before it.</summary>
    public required long Step { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>When it began, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long Started { get; } = Stopwatch.GetTimestamp();

    /// <summary>True when it is reported in the log.</summary>
    public bool IsLogged { get; set; }

    public List<PendingBatch> Batches { get; } = [];

    /// <summary>Norm of all gradients and how many elements are not finite.</summary>
    public PendingValues? Norm { get; set; }

    /// <summary>Time spent waiting for data.</summary>
    public double SecondsWaited => (double)_waited / Stopwatch.Frequency;

    /// <summary>Mean loss of the images; waits for it.</summary>
    public double Loss => _loss ??= Batches.Sum(b => b.Loss.ToArray<double>()[0] * b.Images) / Images;

    /// <summary>What was followed, added up over the batches; waits for it.</summary>
    public TrainingSums Sums
    {
        get
        {
            if (_sums is null)
            {
                _sums = [];
                foreach (var (name, take) in Batches.SelectMany(b => b.Sums))
                    _sums.AddTo(name, take());
            }

            return _sums;
        }
    }

    public (double Norm, double NotFinite) GradNorm => Norm!.ToArray<double>() is [var norm, var notFinite] ? (norm, notFinite)
        : throw new InvalidOperationException("a norm has two values");

    public bool IsDiverged => !double.IsFinite(Loss) || GradNorm.NotFinite > 0;

    /// <summary>The next batch of the loader, the wait for it counted.</summary>
    public HostBatch Next(BatchLoader loader)
    {
        long before = Stopwatch.GetTimestamp();
        var host = loader.Next()!;
        _waited += Stopwatch.GetTimestamp() - before;
        return host;
    }
}

/// <summary>One batch of an update.</summary>
/// <param name="Loss">Mean loss of the batch, one value.</param>
/// <param name="Sums">What was followed, see <see cref="BatchLoss.Sums"/>.</param>
/// <param name="Images">Images of the batch.</param>
internal readonly record struct PendingBatch(PendingValues Loss, IReadOnlyList<(string Name, Func<double[]> Take)> Sums, int Images);
