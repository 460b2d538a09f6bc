namespace NativeEngine.Cuda;

/// <summary>Runs training steps as one CUDA graph launch each.</summary>
/// <remarks>
/// The first step runs eagerly: kernels are compiled, algorithms measured, memory taken. Later steps are recorded while the program queues
/// them, the recording is poured into the executable graph of the step before (numbers that change from step to step, such as the learning
/// rate, and addresses go with it), and the graph is launched once. So any step may be recorded, and the device sees one launch.
/// What cannot be recorded, such as reading a value back in the middle, ends the recording there; what was recorded is launched, the rest
/// of that step and later steps run eagerly, and <see cref="EagerReason"/> says why.
/// </remarks>
public sealed class StepGraph : IDisposable
{
    private readonly CudaBackend _backend;
    private nint _exec;
    private bool _recording;
    private long _steps;
    private bool _disposed;

    internal StepGraph(CudaBackend backend)
    {
        _backend = backend;
        EagerReason = backend.GraphsUnavailable;
    }

    /// <summary>Why steps run eagerly, or null.</summary>
    public string? EagerReason { get; private set; }

    /// <summary>Steps that ran as one graph.</summary>
    public long Replays { get; private set; }

    /// <summary>Runs one step.</summary>
    /// <param name="step">Queues the step's work on the backend.</param>
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
            // What was recorded must not run: the step failed. The capture is closed so that the stream can be used again.
            if (_recording)
                _backend.CancelCapture();
            _recording = false;
            throw;
        }
        if (!_recording)
            return;
        _recording = false;
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

    internal void Break(string reason)
    {
        if (!_recording)
            return;
        _recording = false;
        EagerReason = reason;
        _backend.LaunchCapture(ref _exec);
    }
}
