using System.Diagnostics;
using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftDriver
{
    [UnmanagedCallersOnly]
    public static CuResult StreamCreate(nint* stream, uint flags) => DriverCall.InContext("cuStreamCreate", context =>
    {
        if (stream is null || flags > CuFlags.StreamNonBlocking)
            throw new DriverException(CuResult.InvalidValue, $"flags {flags}");
        *stream = context.Track(context.AddStream(flags == 0, "stream"));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamDestroy(nint stream) => DriverCall.InContext("cuStreamDestroy", context =>
    {
        var target = context.Stream(stream);
        if (target == context.Legacy)
            throw new DriverException(CuResult.InvalidHandle, "the default stream cannot be destroyed");
        if (target.Capture is { } capture)
        {
            capture.Invalidated = true;
            throw new DriverException(CuResult.StreamCaptureUnsupported, "the stream is being captured");
        }
        context.RemoveStream(target);
        context.Drop(stream);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamSynchronize(nint stream) => DriverCall.InContext("cuStreamSynchronize", context =>
    {
        var target = context.Stream(stream);
        context.ForbidInCapture(target);
        context.Gpu.Count(static c => c with { HostSyncs = c.HostSyncs + 1 });
        context.Finish(target);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamQuery(nint stream) => DriverCall.InContext("cuStreamQuery", context =>
    {
        var target = context.Stream(stream);
        context.ForbidInCapture(target);
        return Poll(context, target.Last);
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamWaitEvent(nint stream, nint @event, uint flags) => DriverCall.InContext("cuStreamWaitEvent", context =>
    {
        var waiter = context.Stream(stream);
        var target = context.Event(@event);
        if (flags != 0)
            throw new DriverException(CuResult.InvalidValue, $"flags {flags}");
        if (target.Capture is { } capture)
        {
            if (!context.Captures.Contains(capture))
                throw new DriverException(CuResult.CapturedEvent, "the event was recorded in a capture that has ended; record it again");
            if (waiter.Capture is not null && waiter.Capture != capture)
                throw Invalidate(waiter.Capture, CuResult.StreamCaptureMerge, "the event belongs to another capture");
            if (waiter.Capture is null)
            {
                waiter.Capture = capture;
                capture.Streams.Add(waiter);
            }
            foreach (var node in target.CapturedNodes)
                if (!waiter.CaptureTail.Contains(node))
                    waiter.CaptureTail.Add(node);
            return CuResult.Success;
        }
        if (waiter.Capture is { } own)
            throw Invalidate(own, CuResult.StreamCaptureIsolation, "a captured stream waits for an event from outside the capture");
        if (target.Recorded is { } work)
            waiter.WaitFor(work);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult LaunchHostFunction(nint stream, delegate* unmanaged<void*, void> function, void* data) =>
        DriverCall.InContext("cuLaunchHostFunc", context =>
    {
        var target = context.Stream(stream);
        if (function is null)
            throw new DriverException(CuResult.InvalidValue, "a null function");
        context.Submit(target, new Work("host function", WorkKind.Host, _ => function(data)) { Subject = (nint)function });
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult EventCreate(nint* @event, uint flags) => DriverCall.InContext("cuEventCreate", context =>
    {
        if (@event is null || flags > 3)
            throw new DriverException(CuResult.InvalidValue, $"flags {flags}");
        *@event = context.Track(new SoftEvent(context, (flags & CuFlags.EventDisableTiming) == 0));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult EventDestroy(nint @event) => DriverCall.InContext("cuEventDestroy", context =>
    {
        context.Event(@event).Destroyed = true;
        context.Drop(@event);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult EventRecord(nint @event, nint stream) => DriverCall.InContext("cuEventRecord", context =>
    {
        var target = context.Event(@event);
        var queue = context.Stream(stream);
        if (queue.Capture is { } capture)
        {
            target.Capture = capture;
            target.CapturedNodes.Clear();
            target.CapturedNodes.AddRange(queue.CaptureTail);
            return CuResult.Success;
        }
        target.Capture = null;
        var mark = new Work("event", WorkKind.Event, static _ => { });
        context.Submit(queue, mark);
        target.Recorded = mark;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult EventSynchronize(nint @event) => DriverCall.InContext("cuEventSynchronize", context =>
    {
        var target = context.Event(@event);
        ForbidCaptured(context, target);
        context.Gpu.Count(static c => c with { HostSyncs = c.HostSyncs + 1 });
        context.WaitFor(target.Recorded);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult EventQuery(nint @event) => DriverCall.InContext("cuEventQuery", context =>
    {
        var target = context.Event(@event);
        ForbidCaptured(context, target);
        return Poll(context, target.Recorded);
    });

    [UnmanagedCallersOnly]
    public static CuResult EventElapsedTime(float* milliseconds, nint start, nint end) => DriverCall.InContext("cuEventElapsedTime", context =>
    {
        var (first, last) = (context.Event(start), context.Event(end));
        if (milliseconds is null || !first.Timed || !last.Timed)
            throw new DriverException(CuResult.InvalidHandle, "an event was created without timing");
        if (first.Recorded is null || last.Recorded is null)
            throw new DriverException(CuResult.InvalidHandle, "an event was never recorded");
        if (!first.Recorded.Done || !last.Recorded.Done)
            return CuResult.NotReady;
        *milliseconds = (float)Stopwatch.GetElapsedTime(first.Recorded.DoneAt, last.Recorded.DoneAt).TotalMilliseconds;
        return CuResult.Success;
    });

    /// <summary>Asking makes progress, as time passing does: one piece of work runs, so that polling ends.</summary>
    private static CuResult Poll(SoftContext context, Work? work)
    {
        if (work is { Done: false })
            context.RunOne();
        if (work is { Done: false })
            return CuResult.NotReady;
        context.WaitFor(work);
        return CuResult.Success;
    }

    private static void ForbidCaptured(SoftContext context, SoftEvent target)
    {
        if (target.Capture is { } capture && context.Captures.Contains(capture))
            throw Invalidate(capture, CuResult.CapturedEvent, "the event is part of a capture");
        context.ForbidInCapture();
    }

    private static DriverException Invalidate(SoftCapture capture, CuResult result, string message)
    {
        capture.Invalidated = true;
        return new DriverException(result, message);
    }
}
