namespace NativeEngine.Core;

/// <summary>Runs training steps as one launch each, on a device that can, see <see cref="IBackend.CreateStepGraph"/>.</summary>
public interface IStepGraph : IDisposable
{
    /// <summary>Why steps run eagerly from now on, or null.</summary>
    string? EagerReason { get; }

    /// <summary>Steps that ran as one launch.</summary>
    long Replays { get; }

    /// <summary>Runs one step: what <paramref name="step"/> queues is recorded and launched at once, or queued piece by piece where that is not
    /// possible.</summary>
    void Run(Action step);
}
