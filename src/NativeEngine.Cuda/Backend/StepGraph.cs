using NativeEngine.Core;

namespace NativeEngine.Cuda;

/// <summary>Runs training steps as one CUDA graph launch each.</summary>
/// <remarks>
/// The first step runs eagerly: kernels are compiled, algorithms measured, memory taken. Later steps are recorded while the program queues
/// them, the recording is poured into the executable graph of the step before (numbers that change from step to step, such as the learning
/// rate, and addresses go with it), and the graph is launched once. So any step may be recorded, and the device sees one launch.
/// What cannot be recorded, such as reading a value back in the middle, ends the recording there; what was recorded is launched, the rest
/// of that step and later steps run eagerly, and <see cref="EagerReason"/> says why. Shapes that are met for the first time need an
/// algorithm, which is measured eagerly, too; the step after is recorded again, unless that happens all the time.
/// </remarks>
public sealed class StepGraph : IStepGraph
{
    /// <summary>So many steps in a row may be interrupted before recording is given up.</summary>
    private const int MaxInterruptions = 4;

    private readonly CudaBackend _backend;
    private nint _exec;
    private bool _recording;
    private long _steps;
    private int _interruptions;
    private bool _disposed;

    internal StepGraph(CudaBackend backend)
    {
        _backend = backend;
        EagerReason = backend.GraphsUnavailable;
    }

    /// <inheritdoc/>
    public string? EagerReason { get; private set; }

    /// <inheritdoc/>
    public long Replays { get; private set; }

    /// <inheritdoc/>
    public void Run(Action step)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_steps++ == 0 || EagerReason is not null)
        {
            step();
            return;
        }
        _backend.BeginCapture(this);
        _recording = true;
        try
        {
            step();
        }
        catch
        {
            // A step that is not recorded has run what it queued before it failed. So does this one: what it made on the way, such as the zeros
            // an optimizer starts from, is then really there.
            if (_recording)
                _backend.LaunchFailedCapture(ref _exec);
            _recording = false;
            throw;
        }
        if (!_recording)
            return;
        _recording = false;
        _interruptions = 0;
        _backend.LaunchCapture(ref _exec);
        Replays++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _backend.Forget(this, _exec);
    }

    internal void Break(string reason, bool once)
    {
        if (!_recording)
            return;
        _recording = false;
        if (!once || ++_interruptions >= MaxInterruptions)
            EagerReason = reason;
        _backend.LaunchCapture(ref _exec);
    }
}
