using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>What running work may do: declare which memory it reads and writes, which checks range, life and ordering.</summary>
internal readonly struct WorkScope(SoftContext context, Work work, string what)
{
    public SoftContext Context { get; } = context;

    /// <summary>Declares a read of [address, address + bytes).</summary>
    /// <exception cref="DeviceFaultException">It is not inside one live allocation.</exception>
    public unsafe void* Read(ulong address, long bytes, string name) => Access(address, bytes, name, write: false);

    /// <summary>Declares a write of [address, address + bytes).</summary>
    /// <exception cref="DeviceFaultException">It is not inside one live allocation.</exception>
    public unsafe void* Write(ulong address, long bytes, string name) => Access(address, bytes, name, write: true);

    /// <summary>Declares a read by a library call; reading bytes nobody wrote is a finding.</summary>
    public unsafe void* ReadInitialized(ulong address, long bytes, string name)
    {
        void* pointer = Read(address, bytes, name);
        if (bytes > 0 && !Context.Gpu.Machine.IsInitialized(address, bytes))
            Context.Fail("uninitialized-read", what, $"{name} holds bytes that were never written.");
        return pointer;
    }

    /// <summary>Declares a write by a library call, which initialises the bytes.</summary>
    public unsafe void* WriteInitialized(ulong address, long bytes, string name)
    {
        void* pointer = Write(address, bytes, name);
        Context.Gpu.Machine.MarkWritten(address, bytes);
        return pointer;
    }

    /// <summary>Declares an access to a whole allocation.</summary>
    public void Touch(SoftAllocation allocation, bool write)
    {
        if (allocation.Touch(work, write) is { } conflict)
            Context.Gpu.Report("stream-race", what, $"{(write ? "writes" : "reads")} memory {conflict} without an event or synchronisation in between.");
    }

    private unsafe void* Access(ulong address, long bytes, string name, bool write)
    {
        if (bytes == 0)
            return (void*)address;
        var allocation = Context.Memory.Find(address)
            ?? throw new DeviceFaultException(CuResult.IllegalAddress, $"{what}: {name} at 0x{address:x} is not in a live allocation.");
        if (address + (ulong)bytes > allocation.Address + (ulong)allocation.Bytes)
            throw new DeviceFaultException(CuResult.IllegalAddress,
                $"{what}: {name} [0x{address:x}, +{bytes}) runs {address + (ulong)bytes - allocation.Address - (ulong)allocation.Bytes} bytes past an "
                    + $"allocation of {allocation.Bytes} bytes.");
        Touch(allocation, write);
        return (void*)address;
    }
}
