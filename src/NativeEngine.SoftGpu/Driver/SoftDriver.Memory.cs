using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftDriver
{
    private const int PinnedAlignment = 4096;

    [UnmanagedCallersOnly]
    public static CuResult MemGetInfo(nuint* free, nuint* total) => DriverCall.InContext("cuMemGetInfo", context =>
    {
        if (free is null || total is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        *free = (nuint)(context.Memory.Capacity - context.Memory.Used);
        *total = (nuint)context.Memory.Capacity;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemAlloc(ulong* address, nuint bytes) => DriverCall.InContext("cuMemAlloc", context =>
    {
        context.ForbidInCapture();
        if (address is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        *address = context.Memory.Allocate(bytes, "cuMemAlloc").Address;
        context.Gpu.Count(static c => c with { Allocations = c.Allocations + 1 });
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemFree(ulong address) => DriverCall.InContext("cuMemFree", context =>
    {
        if (address == 0)
            return CuResult.Success;
        context.ForbidInCapture();
        var allocation = Live(context, address);
        context.FinishAll(); // a synchronous free waits for the device
        context.Free(allocation);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemAllocAsync(ulong* address, nuint bytes, nint stream) => DriverCall.InContext("cuMemAllocAsync", context =>
    {
        var queue = context.Stream(stream);
        if (address is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        if (!context.Gpu.Options.MemoryPools)
            throw new DriverException(CuResult.NotSupported, "the device has no memory pools (CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED is 0)");
        if (queue.Capture is not null)
            throw new DriverException(CuResult.NotSupported, "allocation nodes in graphs are not modelled");
        var allocation = context.Memory.Allocate(bytes, "cuMemAllocAsync");
        *address = allocation.Address;
        context.Gpu.Count(static c => c with { Allocations = c.Allocations + 1 });
        // The address is known at once, the memory only in stream order: a use on another stream needs an event.
        context.Submit(queue, new Work("cuMemAllocAsync", WorkKind.Memory, scope => scope.Touch(allocation, write: true)));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemFreeAsync(ulong address, nint stream) => DriverCall.InContext("cuMemFreeAsync", context =>
    {
        var queue = context.Stream(stream);
        if (address == 0)
            return CuResult.Success;
        var allocation = Live(context, address);
        if (allocation.Origin != "cuMemAllocAsync")
            throw new DriverException(CuResult.InvalidValue,
                $"0x{address:x} comes from {allocation.Origin}: only stream-ordered memory is freed in the order of a stream");
        if (queue.Capture is not null)
            throw new DriverException(CuResult.NotSupported, "free nodes in graphs are not modelled");
        context.Memory.QueueFree(allocation);
        context.Submit(queue, new Work("cuMemFreeAsync", WorkKind.Memory, scope =>
        {
            scope.Touch(allocation, write: true);
            scope.Context.Free(allocation);
        }));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetDefaultMemPool(nint* pool, int device) => DriverCall.OnDevice("cuDeviceGetDefaultMemPool", device, gpu =>
    {
        if (pool is null)
            return CuResult.InvalidValue;
        *pool = gpu.DefaultPool;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemPoolSetAttribute(nint pool, CuMemPoolAttribute attribute, void* value) => DriverCall.InContext("cuMemPoolSetAttribute", context =>
    {
        CheckPool(context, pool);
        if (value is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        switch (attribute)
        {
            case CuMemPoolAttribute.ReuseFollowEventDependencies or CuMemPoolAttribute.ReuseAllowOpportunistic
                or CuMemPoolAttribute.ReuseAllowInternalDependencies:
            case CuMemPoolAttribute.ReleaseThreshold:
                return CuResult.Success;
            case CuMemPoolAttribute.UsedHigh or CuMemPoolAttribute.ReservedHigh when *(ulong*)value == 0:
                context.Memory.ResetHigh();
                return CuResult.Success;
            default:
                throw new DriverException(CuResult.InvalidValue, $"pool attribute {attribute} cannot be set to {*(ulong*)value}");
        }
    });

    [UnmanagedCallersOnly]
    public static CuResult MemPoolGetAttribute(nint pool, CuMemPoolAttribute attribute, void* value) => DriverCall.InContext("cuMemPoolGetAttribute", context =>
    {
        CheckPool(context, pool);
        if (value is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        *(ulong*)value = attribute switch
        {
            CuMemPoolAttribute.UsedCurrent or CuMemPoolAttribute.ReservedCurrent => (ulong)context.Memory.Used,
            CuMemPoolAttribute.UsedHigh or CuMemPoolAttribute.ReservedHigh => (ulong)context.Memory.UsedHigh,
            _ => throw new DriverException(CuResult.InvalidValue, $"pool attribute {attribute} cannot be read"),
        };
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemPoolTrimTo(nint pool, nuint bytes) => DriverCall.InContext("cuMemPoolTrimTo", context =>
    {
        CheckPool(context, pool);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemHostAlloc(void** address, nuint bytes, uint flags) => DriverCall.InContext("cuMemHostAlloc", context =>
    {
        if (address is null || bytes == 0 || flags > 7)
            throw new DriverException(CuResult.InvalidValue, $"{bytes} bytes with flags {flags}");
        *address = NativeMemory.AlignedAlloc(bytes, PinnedAlignment);
        context.Pinned.Add((ulong)*address, (long)bytes);
        context.Gpu.Count(static c => c with { HostAllocations = c.HostAllocations + 1 });
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemFreeHost(void* address) => DriverCall.InContext("cuMemFreeHost", context =>
    {
        if (!context.Pinned.ContainsKey((ulong)address))
            throw new DriverException(CuResult.InvalidValue, $"0x{(ulong)address:x} is no pinned block");
        context.FinishAll();
        context.Pinned.Remove((ulong)address);
        NativeMemory.AlignedFree(address);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemHostRegister(void* address, nuint bytes, uint flags) => DriverCall.InContext("cuMemHostRegister", context =>
    {
        if (address is null || bytes == 0)
            throw new DriverException(CuResult.InvalidValue, $"{bytes} bytes with flags {flags}");
        if (!context.Pinned.TryAdd((ulong)address, (long)bytes))
            throw new DriverException(CuResult.InvalidValue, $"0x{(ulong)address:x} is registered already");
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult MemHostUnregister(void* address) => DriverCall.InContext("cuMemHostUnregister", context =>
    {
        if (!context.Pinned.ContainsKey((ulong)address))
            throw new DriverException(CuResult.InvalidValue, $"0x{(ulong)address:x} is not registered");
        context.FinishAll();
        context.Pinned.Remove((ulong)address);
        return CuResult.Success;
    });

    private static SoftAllocation Live(SoftContext context, ulong address)
    {
        if (context.Memory.At(address) is not { } allocation)
            throw new DriverException(CuResult.InvalidValue, $"0x{address:x} is not the start of a live allocation (freed twice?)");
        return allocation.FreeQueued ? throw new DriverException(CuResult.InvalidValue, $"0x{address:x} is freed twice") : allocation;
    }

    private static void CheckPool(SoftContext context, nint pool)
    {
        if (pool != context.Gpu.DefaultPool)
            throw new DriverException(CuResult.InvalidValue, $"0x{pool:x} is no memory pool");
    }
}
