using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>An update that was queued and whose numbers may still be on their way from the device.</summary>
/// <param name="plan">The epoch.</param>
/// <param name="epoch">Epoch, counted from 0.</param>
/// <param name="firstBatch">Its first batch in the epoch.</param>
/// <param name="count">How many batches it takes.</param>
/// <param name="images">Images in them.</param>
/// <param name="step">Updates made before it.</param>
/// <param name="learningRate">Its learning rate.</param>
/// <param name="started">When it began, as a <see cref="Stopwatch"/> timestamp.</param>
internal sealed class PendingUpdate(EpochPlan plan, int epoch, int firstBatch, int count, int images, long step, double learningRate, long started)
{
    private long _waited;
    private int? _correct;
    private double? _loss;

    public EpochPlan Plan => plan;

    public int Epoch => epoch;

    public int FirstBatch => firstBatch;

    public int Count => count;

    public int Images => images;

    public long Step => step;

    public double LearningRate => learningRate;

    public long Started => started;

    /// <summary>True when it is reported in the log.</summary>
    public bool IsLogged { get; set; }

    /// <summary>What was measured of the embeddings of a metric loss, a batch each.</summary>
    public List<PendingMetricSums> Embeddings { get; } = [];

    public List<PendingBatch> Batches { get; } = new(count);

    /// <summary>Norm of all gradients and how many elements are not finite.</summary>
    public PendingValues? Norm { get; set; }

    /// <summary>Time spent waiting for data.</summary>
    public double SecondsWaited => (double)_waited / Stopwatch.Frequency;

    /// <summary>Mean loss of the images; waits for it.</summary>
    public double Loss => _loss ??= Batches.Sum(b => b.Loss.ToArray<double>()[0] * b.Labels.Length) / images;

    /// <summary>Right answers; waits for them.</summary>
    public int Correct => _correct ??= Batches.Sum(b => b.Guesses.ToArray<int>().Zip(b.Labels).Count(g => g.First == g.Second));

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
/// <param name="Guesses">The guessed class of each image.</param>
/// <param name="Labels">The right ones.</param>
internal readonly record struct PendingBatch(PendingValues Loss, PendingValues Guesses, int[] Labels);
