using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftDriver
{
    [UnmanagedCallersOnly]
    public static CuResult StreamBeginCapture(nint stream, CuCaptureMode mode) => DriverCall.InContext("cuStreamBeginCapture", context =>
    {
        var target = context.Stream(stream);
        if (target == context.Legacy)
            throw new DriverException(CuResult.StreamCaptureUnsupported, "the default stream cannot be captured");
        if (target.Capture is not null)
            throw new DriverException(CuResult.InvalidValue, "the stream is being captured already");
        if (!Enum.IsDefined(mode))
            throw new DriverException(CuResult.InvalidValue, $"capture mode {(int)mode}");
        target.Capture = new SoftCapture(target, mode, Environment.CurrentManagedThreadId);
        target.CaptureTail.Clear();
        context.Captures.Add(target.Capture);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamEndCapture(nint stream, nint* graph) => DriverCall.InContext("cuStreamEndCapture", context =>
    {
        var target = context.Stream(stream);
        if (graph is null || target.Capture is not { } capture)
            throw new DriverException(CuResult.InvalidValue, "the stream is not being captured");
        if (capture.Origin != target)
            throw Invalidate(capture, CuResult.StreamCaptureUnmatched, "the capture was begun on another stream");
        if (capture.Mode != CuCaptureMode.Relaxed && capture.Thread != Environment.CurrentManagedThreadId)
            throw Invalidate(capture, CuResult.StreamCaptureWrongThread, "the capture was begun by another thread");
        bool joined = capture.IsJoined();
        foreach (var member in capture.Streams)
        {
            member.Capture = null;
            member.CaptureTail.Clear();
        }
        context.Captures.Remove(capture);
        *graph = 0;
        if (capture.Invalidated)
            throw new DriverException(CuResult.StreamCaptureInvalidated, "the capture was invalidated by an earlier call");
        if (!joined)
            throw new DriverException(CuResult.StreamCaptureUnjoined, "work captured on another stream does not come back to the origin stream by an event");
        *graph = context.Track(new SoftGraph(context, capture.Nodes));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult StreamIsCapturing(nint stream, int* status) => DriverCall.InContext("cuStreamIsCapturing", context =>
    {
        if (status is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        var capture = context.Stream(stream).Capture;
        *status = capture is null ? 0 : capture.Invalidated ? 2 : 1;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphInstantiate(nint* exec, nint graph, ulong flags) => DriverCall.InContext("cuGraphInstantiateWithFlags", context =>
    {
        var source = context.Graph(graph);
        if (exec is null || flags > 1)
            throw new DriverException(CuResult.InvalidValue, $"flags {flags}");
        *exec = context.Track(new SoftGraphExec(context, source.Nodes));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphLaunch(nint exec, nint stream) => DriverCall.InContext("cuGraphLaunch", context =>
    {
        var nodes = context.GraphExec(exec).Nodes;
        var queue = context.Stream(stream);
        context.Gpu.Count(c => c with { GraphLaunches = c.GraphLaunches + 1, GraphNodes = c.GraphNodes + nodes.Count });
        Work? graph = null;
        graph = new Work("graph", WorkKind.Graph, scope => scope.Context.RunNodes(nodes, graph!));
        context.Submit(queue, graph);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphExecUpdate(nint exec, nint graph, CuGraphExecUpdateResult* result) => DriverCall.InContext("cuGraphExecUpdate", context =>
    {
        var target = context.GraphExec(exec);
        var source = context.Graph(graph);
        if (result is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        *result = default;
        if (target.TryUpdate(source, out int different))
            return CuResult.Success;
        result->Result = 1;
        result->ErrorNode = different + 1;
        return CuResult.GraphExecUpdateFailure;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphExecDestroy(nint exec) => DriverCall.InContext("cuGraphExecDestroy", context =>
    {
        context.GraphExec(exec).Destroyed = true;
        context.Drop(exec);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphDestroy(nint graph) => DriverCall.InContext("cuGraphDestroy", context =>
    {
        context.Graph(graph).Destroyed = true;
        context.Drop(graph);
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GraphGetNodes(nint graph, nint* nodes, nuint* count) => DriverCall.InContext("cuGraphGetNodes", context =>
    {
        var source = context.Graph(graph);
        if (count is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        if (nodes is not null)
            for (nuint i = 0; i < *count; i++)
                nodes[i] = (int)i < source.Nodes.Count ? (nint)i + 1 : 0;
        *count = (nuint)source.Nodes.Count;
        return CuResult.Success;
    });

    /// <summary>Calls that wait, or that touch device state at once, cannot be recorded: they are refused and end the capture.</summary>
    /// <param name="context">The context of the call.</param>
    /// <param name="stream">Only this stream matters, or null when the call concerns the whole context.</param>
    private static void ForbidInCapture(this SoftContext context, SoftStream? stream = null)
    {
        if (stream?.Capture is { } own)
            throw Invalidate(own, CuResult.StreamCaptureUnsupported, "not allowed on a stream that is being captured");
        foreach (var capture in context.Captures)
            if (capture.Mode == CuCaptureMode.Global || (capture.Mode == CuCaptureMode.ThreadLocal && capture.Thread == Environment.CurrentManagedThreadId))
                throw Invalidate(capture, CuResult.StreamCaptureUnsupported, "not allowed while a stream is being captured");
    }
}
