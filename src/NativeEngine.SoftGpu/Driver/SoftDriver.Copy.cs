using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftDriver
{
    [UnmanagedCallersOnly]
    public static CuResult CopyToDevice(ulong target, void* source, nuint bytes) => DriverCall.InContext("cuMemcpyHtoD", context =>
    {
        context.ForbidInCapture();
        CheckUse(context, target, bytes);
        var staged = new ReadOnlySpan<byte>(source, checked((int)bytes)).ToArray();
        context.Gpu.Count(c => c with { HostSyncs = c.HostSyncs + 1, BytesUploaded = c.BytesUploaded + (long)bytes });
        context.Submit(context.Legacy, new Work("cuMemcpyHtoD", WorkKind.Copy, scope => Store(scope, target, staged)));
        context.Finish(context.Legacy);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult CopyToHost(void* target, ulong source, nuint bytes) => DriverCall.InContext("cuMemcpyDtoH", context =>
    {
        context.ForbidInCapture();
        CheckUse(context, source, bytes);
        context.Gpu.Count(c => c with { HostSyncs = c.HostSyncs + 1, BytesDownloaded = c.BytesDownloaded + (long)bytes });
        context.Submit(context.Legacy, new Work("cuMemcpyDtoH", WorkKind.Copy, scope => Load(scope, (nint)target, source, bytes)));
        context.Finish(context.Legacy);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult CopyToDeviceAsync(ulong target, void* source, nuint bytes, nint stream) => DriverCall.InContext("cuMemcpyHtoDAsync", context =>
    {
        var queue = context.Stream(stream);
        CheckUse(context, target, bytes);
        context.Gpu.Count(c => c with { BytesUploaded = c.BytesUploaded + (long)bytes });
        if (!context.IsPinned((ulong)source, bytes))
        {
            // A driver copies pageable memory to a staging buffer before it returns: correct, but the host waits for it.
            context.Gpu.Report("pageable-copy", "cuMemcpyHtoDAsync", "the source is not pinned, so the copy is not asynchronous.");
            var staged = new ReadOnlySpan<byte>(source, checked((int)bytes)).ToArray();
            context.Submit(queue, new Work("cuMemcpyHtoDAsync", WorkKind.Copy, scope => Store(scope, target, staged)));
            return CuResult.Success;
        }
        nint from = (nint)source;
        context.Submit(queue, new Work("cuMemcpyHtoDAsync", WorkKind.Copy,
            scope => Store(scope, target, new ReadOnlySpan<byte>((void*)from, checked((int)bytes)))));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult CopyToHostAsync(void* target, ulong source, nuint bytes, nint stream) => DriverCall.InContext("cuMemcpyDtoHAsync", context =>
    {
        var queue = context.Stream(stream);
        CheckUse(context, source, bytes);
        if (!context.IsPinned((ulong)target, bytes))
            context.Gpu.Report("pageable-copy", "cuMemcpyDtoHAsync", "the target is not pinned, so the copy is not asynchronous.");
        context.Gpu.Count(c => c with { BytesDownloaded = c.BytesDownloaded + (long)bytes });
        context.Submit(queue, new Work("cuMemcpyDtoHAsync", WorkKind.Copy, scope => Load(scope, (nint)target, source, bytes)));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult CopyOnDeviceAsync(ulong target, ulong source, nuint bytes, nint stream) => DriverCall.InContext("cuMemcpyDtoDAsync", context =>
    {
        var queue = context.Stream(stream);
        CheckUse(context, source, bytes);
        CheckUse(context, target, bytes);
        if (target < source + bytes && source < target + bytes && bytes > 0)
            throw new DriverException(CuResult.InvalidValue, $"source and target overlap ({bytes} bytes from 0x{source:x} to 0x{target:x})");
        context.Submit(queue, new Work("cuMemcpyDtoDAsync", WorkKind.Copy, scope =>
        {
            _ = scope.Read(source, (long)bytes, "source");
            _ = scope.Write(target, (long)bytes, "target");
            scope.Context.Gpu.Machine.Copy(target, source, (long)bytes);
        }));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult FillBytesAsync(ulong target, byte value, nuint count, nint stream) => DriverCall.InContext("cuMemsetD8Async", context =>
    {
        var queue = context.Stream(stream);
        CheckUse(context, target, count);
        context.Submit(queue, new Work("cuMemsetD8Async", WorkKind.Fill, scope =>
            NativeMemory.Fill(scope.WriteInitialized(target, (long)count, "target"), count, value)));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult FillWordsAsync(ulong target, uint value, nuint count, nint stream) => DriverCall.InContext("cuMemsetD32Async", context =>
    {
        var queue = context.Stream(stream);
        if (target % sizeof(uint) != 0)
            throw new DriverException(CuResult.InvalidValue, $"0x{target:x} is not aligned to 4");
        CheckUse(context, target, count * sizeof(uint));
        context.Submit(queue, new Work("cuMemsetD32Async", WorkKind.Fill, scope =>
        {
            uint* words = (uint*)scope.WriteInitialized(target, (long)count * sizeof(uint), "target");
            for (nuint i = 0; i < count; i++)
                words[i] = value;
        }));
        return CuResult.Success;
    });

    private static void Store(WorkScope scope, ulong target, ReadOnlySpan<byte> source) =>
        source.CopyTo(new Span<byte>(scope.WriteInitialized(target, source.Length, "target"), source.Length));

    private static void Load(WorkScope scope, nint target, ulong source, nuint bytes) =>
        Buffer.MemoryCopy(scope.ReadInitialized(source, (long)bytes, "source"), (void*)target, bytes, bytes);

    /// <summary>The range must be in one live allocation whose free is not queued: a driver refuses it when the call is made.</summary>
    private static void CheckUse(SoftContext context, ulong address, nuint bytes)
    {
        if (bytes == 0)
            return;
        var allocation = context.Memory.Find(address);
        if (allocation is null || allocation.FreeQueued)
            throw new DriverException(CuResult.InvalidValue, $"0x{address:x} is not in a live allocation");
        if (address + bytes > allocation.Address + (ulong)allocation.Bytes)
            throw new DriverException(CuResult.InvalidValue, $"{bytes} bytes at offset {address - allocation.Address} of an allocation of {allocation.Bytes}");
    }
}
