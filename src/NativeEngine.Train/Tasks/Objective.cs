using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>What a stage minimises, and what it follows while it trains.</summary>
public abstract class Objective
{
    /// <summary>The metrics that are followed, in the order of their columns.</summary>
    public abstract IReadOnlyList<Metric> Followed { get; }

    /// <summary>What a person should know about the stage before it begins, a sentence each.</summary>
    /// <param name="deciding">What decides the best epoch.</param>
    public virtual IEnumerable<string> Notes(Metric deciding) => [];

    /// <summary>Told what a person should know at once.</summary>
    public Action<string>? Warn { get; set; }

    /// <summary>
    /// The loss of a batch and what is followed of it. Only work for the device is queued here: nothing may be waited for, so that the device never waits for
    /// the host.
    /// </summary>
    /// <param name="batch">Images with targets.</param>
    /// <param name="share">
    /// The batch's share of an update that adds up the gradients of several, each times its share: what sums over images instead of averaging is divided by it.
    /// </param>
    /// <param name="follow">False where the same batch is run again and was counted before.</param>
    public abstract BatchLoss Compute(DeviceBatch batch, double share, bool follow);

    /// <summary>What sums over the images of an update, or of an epoch, say beside the metrics; null when nothing.</summary>
    public virtual TrainingFacts? Facts(TrainingSums sums) => null;

    /// <summary>Looks at an update and warns of what goes wrong.</summary>
    /// <param name="update">Its sums.</param>
    /// <param name="epoch">Those of the epoch, the update included.</param>
    /// <param name="isLogged">False when the look can wait.</param>
    public virtual void Watch(TrainingSums update, TrainingSums epoch, bool isLogged)
    {
    }
}
