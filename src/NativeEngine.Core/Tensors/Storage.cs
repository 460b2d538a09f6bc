namespace NativeEngine.Core;

/// <summary>
/// A buffer and who may still read it. Views share one storage. A storage belongs to a step (freed by backward or at the
/// step's end) or is persistent (freed when the last tensor on it is collected).
/// </summary>
internal sealed class Storage
{
    private DeviceBuffer? _buffer;

    public Storage(Engine engine, DeviceBuffer buffer, StepScope? owner)
    {
        Engine = engine;
        _buffer = buffer;
        Owner = owner;
        if (owner is not null)
            GC.SuppressFinalize(this); // the step frees it: no need for the collector to look
    }

    // A finalizer must not call the backend (wrong thread); it queues the block, and the next allocation returns it.
    ~Storage()
    {
        if (_buffer is { } buffer)
            Engine.Reclaim(buffer);
    }

    public Engine Engine { get; }

    /// <summary>The step that frees this storage; null when persistent.</summary>
    public StepScope? Owner { get; private set; }

    /// <summary>Recorded operations that still need this storage in backward.</summary>
    public int TapeUses { get; set; }

    /// <summary>Gradient slots that hold this storage.</summary>
    public int GradShares { get; set; }

    /// <summary>Raised by every change in place; a tensor saved for backward remembers it.</summary>
    public int Version { get; set; }

    public bool IsFreed => _buffer is null || Engine.IsDisposed;

    public DeviceBuffer Buffer => !IsFreed ? _buffer! : throw new InvalidOperationException(Engine.IsDisposed
        ? "this tensor's memory was freed when its engine was disposed"
        : "this tensor's memory was freed: backward frees activations it has consumed, and the end of a step frees the rest; call Keep() on a tensor that "
            + "must outlive them");

    /// <summary>Returns the memory to the backend's pool. Safe to call twice.</summary>
    public void Free()
    {
        if (_buffer is not { } buffer)
            return;
        _buffer = null;
        GC.SuppressFinalize(this);
        Engine.Release(buffer);
    }

    /// <summary>Takes the storage out of its step: the collector frees it when nothing refers to it any more.</summary>
    public void Keep()
    {
        if (Owner is null)
            return;
        _ = Buffer; // a freed storage cannot be kept
        Owner.Forget(this);
        Owner = null;
        GC.ReRegisterForFinalize(this);
    }

    /// <summary>Gives the storage to another step, which frees it from now on.</summary>
    public void MoveTo(StepScope step)
    {
        Owner?.Forget(this);
        Owner = step;
        step.Adopt(this);
    }

    /// <summary>Called when backward no longer needs the storage: frees it if only the step holds it.</summary>
    public void ReleaseIfUnused()
    {
        if (TapeUses == 0 && GradShares == 0 && Owner is { } step)
        {
            step.Forget(this);
            Free();
        }
    }
}
