using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>
/// Pinned host memory between programs and the device. An upload is copied here and returns; large ones travel on a copy stream of their
/// own, beside the computation, and wait on the device for their turn. A slot is used again once its event says that the device has read it.
/// </summary>
internal sealed unsafe class StagingRing(CudaDriver driver, nint compute, nint copy, CudaMemoryPool pool) : IDisposable
{
    private const int SlotCount = 4;
    private const int Polls = 1 << 16;

    /// <summary>From this size on, an upload takes the copy stream: below it, two events cost more than the overlap gains.</summary>
    private const int OverlapBytes = 64 * 1024;

    /// <summary>Uploads travel in pieces of this size, so that the ring stays small and a piece's copy overlaps the next one's staging.</summary>
    private const int PieceBytes = 1 << 18;

    private readonly List<Slot> _slots = [];
    private readonly List<Slot> _captured = [];
    private int _next;

    /// <summary>Copies to device memory in the order of the compute stream.</summary>
    public void Upload(ulong target, ReadOnlySpan<byte> source)
    {
        for (int done = 0; done < source.Length; done += PieceBytes)
            UploadPiece(target + (ulong)done, source.Slice(done, Math.Min(PieceBytes, source.Length - done)));
    }

    private void UploadPiece(ulong target, ReadOnlySpan<byte> source)
    {
        var slot = Acquire(source.Length);
        source.CopyTo(new Span<byte>(slot.Host, source.Length));
        if (pool.IsCapturing)
        {
            driver.Check(driver.Api.cuMemcpyHtoDAsync(target, slot.Host, (nuint)source.Length, compute), "cuMemcpyHtoDAsync");
            slot.InGraph = true;
            _captured.Add(slot);
            return;
        }
        if (source.Length < OverlapBytes)
        {
            driver.Check(driver.Api.cuMemcpyHtoDAsync(target, slot.Host, (nuint)source.Length, compute), "cuMemcpyHtoDAsync");
            Record(slot, compute);
            return;
        }
        EnsureDevice(slot, source.Length);
        // The copy stream starts when the computation has read the slot's previous contents.
        driver.Check(driver.Api.cuStreamWaitEvent(copy, slot.Consumed, 0), "cuStreamWaitEvent");
        driver.Check(driver.Api.cuMemcpyHtoDAsync(slot.Device, slot.Host, (nuint)source.Length, copy), "cuMemcpyHtoDAsync");
        Record(slot, copy);
        driver.Check(driver.Api.cuStreamWaitEvent(compute, slot.Done, 0), "cuStreamWaitEvent");
        driver.Check(driver.Api.cuMemcpyDtoDAsync(target, slot.Device, (nuint)source.Length, compute), "cuMemcpyDtoDAsync");
        driver.Check(driver.Api.cuEventRecord(slot.Consumed, compute), "cuEventRecord");
    }

    /// <summary>Copies from device memory and waits for it.</summary>
    public void Download(ulong source, Span<byte> target)
    {
        if (target.IsEmpty)
            return;
        var slot = Acquire(target.Length);
        driver.Check(driver.Api.cuMemcpyDtoHAsync(slot.Host, source, (nuint)target.Length, compute), "cuMemcpyDtoHAsync");
        driver.Check(driver.Api.cuStreamSynchronize(compute), "cuStreamSynchronize");
        new ReadOnlySpan<byte>(slot.Host, target.Length).CopyTo(target);
    }

    /// <summary>After a graph that reads slots was launched: they are free when it is done.</summary>
    public void GraphLaunched()
    {
        foreach (var slot in _captured)
        {
            slot.InGraph = false;
            Record(slot, compute);
        }
        _captured.Clear();
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            if (slot.Host is not null)
                _ = driver.Api.cuMemFreeHost(slot.Host);
            if (slot.Device != 0)
                _ = driver.Api.cuMemFree(slot.Device);
            _ = driver.Api.cuEventDestroy(slot.Done);
            _ = driver.Api.cuEventDestroy(slot.Consumed);
        }
        _slots.Clear();
    }

    private void Record(Slot slot, nint stream)
    {
        driver.Check(driver.Api.cuEventRecord(slot.Done, stream), "cuEventRecord");
        slot.Pending = true;
    }

    private Slot Acquire(int bytes)
    {
        for (int i = 0; i < _slots.Count; i++)
        {
            var candidate = _slots[(_next + i) % _slots.Count];
            // A recording never waits: what is still being read is left alone, and another slot is made if all are.
            if (candidate.InGraph || (pool.IsCapturing && !IsDone(candidate)))
                continue;
            if (_slots.Count < SlotCount && candidate.Pending)
                continue;
            _next = (_next + i + 1) % _slots.Count;
            Wait(candidate);
            Resize(candidate, bytes);
            return candidate;
        }
        var slot = new Slot();
        nint done, consumed;
        driver.Check(driver.Api.cuEventCreate(&done, CuFlags.EventDisableTiming), "cuEventCreate");
        driver.Check(driver.Api.cuEventCreate(&consumed, CuFlags.EventDisableTiming), "cuEventCreate");
        (slot.Done, slot.Consumed) = (done, consumed);
        _slots.Add(slot);
        Resize(slot, bytes);
        return slot;
    }

    /// <summary>The device is at most a ring behind: asking is enough almost always.</summary>
    private void Wait(Slot slot)
    {
        for (int i = 0; i < Polls; i++)
        {
            if (IsDone(slot))
                return;
            Thread.SpinWait(64);
        }
        driver.Check(driver.Api.cuEventSynchronize(slot.Done), "cuEventSynchronize");
        slot.Pending = false;
    }

    /// <summary>Asks without waiting, which a relaxed capture allows for events from outside it.</summary>
    private bool IsDone(Slot slot)
    {
        if (!slot.Pending)
            return true;
        var result = driver.Api.cuEventQuery(slot.Done);
        if (result == CuResult.NotReady)
            return false;
        driver.Check(result, "cuEventQuery");
        slot.Pending = false;
        return true;
    }

    private void Resize(Slot slot, int bytes)
    {
        if (slot.HostBytes >= bytes)
            return;
        if (slot.Host is not null)
            driver.Check(driver.Api.cuMemFreeHost(slot.Host), "cuMemFreeHost");
        slot.Host = null;
        slot.HostBytes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, 4096));
        void* host;
        driver.Check(driver.Api.cuMemHostAlloc(&host, (nuint)slot.HostBytes, CuFlags.HostAllocPortable), "cuMemHostAlloc",
            $"for {slot.HostBytes} bytes of pinned memory");
        slot.Host = host;
    }

    private void EnsureDevice(Slot slot, int bytes)
    {
        if (slot.DeviceBytes >= bytes)
            return;
        if (slot.Device != 0)
            driver.Check(driver.Api.cuMemFree(slot.Device), "cuMemFree");
        slot.Device = 0;
        ulong address;
        driver.Check(driver.Api.cuMemAlloc(&address, (nuint)bytes), "cuMemAlloc", $"for {bytes} bytes of upload memory");
        (slot.Device, slot.DeviceBytes) = (address, bytes);
    }

    private sealed class Slot
    {
        public void* Host;
        public int HostBytes;
        public ulong Device;
        public int DeviceBytes;

        /// <summary>The device has read <see cref="Host"/>.</summary>
        public nint Done;

        /// <summary>The compute stream has read <see cref="Device"/>.</summary>
        public nint Consumed;

        public bool Pending;

        /// <summary>A recorded graph that was not launched yet reads it.</summary>
        public bool InGraph;
    }
}
