using System.Collections.Concurrent;
using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>
/// Pinned host memory for small results: a copy is queued behind the work that makes them, and the host asks its event when it wants to
/// know. Nobody waits for the whole stream.
/// </summary>
internal sealed unsafe class ReadbackRing(CudaDriver driver, nint compute, CudaMemoryPool pool, Action makeCurrent) : IDisposable
{
    private const int SmallestSlot = 256;
    private const int Polls = 1 << 16;

    private readonly List<Slot> _slots = [];
    private readonly List<Slot> _captured = [];
    private readonly ConcurrentQueue<Slot> _abandoned = new();
    private bool _disposed;

    /// <summary>Queues a copy from device memory.</summary>
    public IReadback Begin(ulong source, int bytes)
    {
        var slot = bytes == 0 ? null : Acquire(bytes);
        if (slot is not null)
        {
            driver.Check(driver.Api.cuMemcpyDtoHAsync(slot.Host, source, (nuint)bytes, compute), "cuMemcpyDtoHAsync");
            if (pool.IsCapturing)
                _captured.Add(slot); // an event recorded now would become part of the graph
            else
                Record(slot);
        }
        return new Readback(this, slot, bytes);
    }

    /// <summary>After the graph with the captured copies was launched, or thrown away.</summary>
    public void GraphLaunched()
    {
        foreach (var slot in _captured)
            Record(slot);
        _captured.Clear();
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var slot in _slots)
        {
            if (slot.Host is not null)
                _ = driver.Api.cuMemFreeHost(slot.Host);
            _ = driver.Api.cuEventDestroy(slot.Done);
        }
        _slots.Clear();
    }

    private void Record(Slot slot) => driver.Check(driver.Api.cuEventRecord(slot.Done, compute), "cuEventRecord");

    private Slot Acquire(int bytes)
    {
        while (_abandoned.TryDequeue(out var abandoned))
            abandoned.InUse = false; // a copy still under way comes before the next one in the stream
        var slot = _slots.Find(s => !s.InUse && s.Bytes >= bytes);
        if (slot is null)
        {
            slot = new Slot { Bytes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, SmallestSlot)) };
            nint done;
            driver.Check(driver.Api.cuEventCreate(&done, CuFlags.EventDisableTiming), "cuEventCreate");
            slot.Done = done;
            _slots.Add(slot);
            void* host;
            driver.Check(driver.Api.cuMemHostAlloc(&host, (nuint)slot.Bytes, CuFlags.HostAllocPortable), "cuMemHostAlloc",
                $"for {slot.Bytes} bytes of pinned memory");
            slot.Host = host;
        }
        slot.InUse = true;
        return slot;
    }

    private void Take(Slot slot, Span<byte> target)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        makeCurrent();
        if (_captured.Contains(slot))
            throw new InvalidOperationException("a value of a step cannot be read while the step is being recorded");
        Wait(slot);
        new ReadOnlySpan<byte>(slot.Host, target.Length).CopyTo(target);
        slot.InUse = false;
    }

    /// <summary>Asking is cheap and leaves the stream alone; only after a long while the thread goes to sleep.</summary>
    private void Wait(Slot slot)
    {
        for (int i = 0; i < Polls; i++)
        {
            var result = driver.Api.cuEventQuery(slot.Done);
            if (result == CuResult.Success)
                return;
            if (result != CuResult.NotReady)
                driver.Check(result, "cuEventQuery");
            Thread.SpinWait(64);
        }
        driver.Check(driver.Api.cuEventSynchronize(slot.Done), "cuEventSynchronize");
    }

    private sealed class Slot
    {
        public void* Host;
        public int Bytes;
        public nint Done;
        public bool InUse;
    }

    private sealed class Readback(ReadbackRing ring, Slot? slot, int bytes) : IReadback
    {
        private Slot? _slot = slot;

        // Nobody wanted the values: the next allocation of a slot takes it back (a finalizer must not call the driver).
        ~Readback()
        {
            if (_slot is not null)
                ring._abandoned.Enqueue(_slot);
        }

        public void Take(Span<byte> target)
        {
            if (bytes == 0)
                return;
            ring.Take(_slot ?? throw new InvalidOperationException("these values were taken already"), target[..bytes]);
            _slot = null;
            GC.SuppressFinalize(this);
        }
    }
}
