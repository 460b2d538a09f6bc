using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Driver;

[TestFixture]
public unsafe class DriverGraphTests
{
    [Test]
    public void A_captured_stream_runs_nothing_until_the_graph_is_launched()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), stream = rig.Stream();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Api.cuMemsetD32Async(a, 7, 1, stream));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
        nint exec = Capture(rig, stream, () => DriverRig.Ok(rig.Launch(store, a, 42, stream)));
        Assert.That(rig.Read(a), Is.EqualTo(7));
        DriverRig.Ok(rig.Api.cuGraphLaunch(exec, stream));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
        Assert.That(rig.Read(a), Is.EqualTo(42));
        Assert.That(rig.Gpu.Counters.GraphLaunches, Is.EqualTo(1));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void A_fork_that_is_joined_keeps_its_order_in_the_graph([Range(0, 9)] int seed)
    {
        using var rig = new DriverRig(new SoftGpuOptions { Seed = (ulong)seed });
        nint store = rig.Function("store"), main = rig.Stream(), side = rig.Stream(), fork = rig.Event(), join = rig.Event();
        ulong a = rig.Allocate(), b = rig.Allocate();
        nint exec = Capture(rig, main, () =>
        {
            DriverRig.Ok(rig.Launch(store, a, 1, main));
            DriverRig.Ok(rig.Api.cuEventRecord(fork, main));
            DriverRig.Ok(rig.Api.cuStreamWaitEvent(side, fork, 0));
            DriverRig.Ok(rig.Launch(store, a, 2, side));
            DriverRig.Ok(rig.Launch(store, b, 5, main));
            DriverRig.Ok(rig.Api.cuEventRecord(join, side));
            DriverRig.Ok(rig.Api.cuStreamWaitEvent(main, join, 0));
            DriverRig.Ok(rig.Launch(store, a, 3, main));
        });
        DriverRig.Ok(rig.Api.cuGraphLaunch(exec, main));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(main));
        Assert.That((rig.Read(a), rig.Read(b)), Is.EqualTo((3u, 5u)));
        DriverRig.Ok(rig.Launch(store, a, 9, side)); // the side stream is free again
        DriverRig.Ok(rig.Api.cuStreamSynchronize(side));
        Assert.That(rig.Read(a), Is.EqualTo(9));
    }

    [Test]
    public void A_fork_that_is_not_joined_ends_the_capture_unjoined()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), main = rig.Stream(), side = rig.Stream(), fork = rig.Event(), graph;
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Global));
        DriverRig.Ok(rig.Api.cuEventRecord(fork, main));
        DriverRig.Ok(rig.Api.cuStreamWaitEvent(side, fork, 0));
        DriverRig.Ok(rig.Launch(store, a, 2, side));
        Assert.That(rig.Api.cuStreamEndCapture(main, &graph), Is.EqualTo(CuResult.StreamCaptureUnjoined));
        Assert.That(rig.Rules, Is.EqualTo(new[] { "api-misuse" }));
    }

    [Test]
    public void Waiting_inside_a_capture_ends_it()
    {
        using var rig = new DriverRig();
        nint main = rig.Stream(), graph;
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Global));
        Assert.That(rig.Api.cuStreamSynchronize(main), Is.EqualTo(CuResult.StreamCaptureUnsupported));
        int status;
        DriverRig.Ok(rig.Api.cuStreamIsCapturing(main, &status));
        Assert.That(status, Is.EqualTo(2));
        Assert.That(rig.Api.cuStreamEndCapture(main, &graph), Is.EqualTo(CuResult.StreamCaptureInvalidated));
        DriverRig.Ok(rig.Api.cuStreamIsCapturing(main, &status));
        Assert.That(status, Is.Zero);
    }

    [Test]
    public void Allocating_synchronously_ends_a_global_capture_but_not_a_relaxed_one()
    {
        using var rig = new DriverRig();
        nint main = rig.Stream(), graph;
        ulong a;
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Global));
        Assert.That(rig.Api.cuMemAlloc(&a, 16), Is.EqualTo(CuResult.StreamCaptureUnsupported));
        Assert.That(rig.Api.cuStreamEndCapture(main, &graph), Is.EqualTo(CuResult.StreamCaptureInvalidated));
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Relaxed));
        DriverRig.Ok(rig.Api.cuMemAlloc(&a, 16));
        DriverRig.Ok(rig.Api.cuStreamEndCapture(main, &graph));
    }

    [Test]
    public void Events_do_not_cross_the_border_of_a_capture()
    {
        using var rig = new DriverRig();
        nint main = rig.Stream(), outside = rig.Event(), inside = rig.Event(), graph;
        DriverRig.Ok(rig.Api.cuEventRecord(outside, main));
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Relaxed));
        DriverRig.Ok(rig.Api.cuEventRecord(inside, main));
        Assert.That(rig.Api.cuEventQuery(inside), Is.EqualTo(CuResult.CapturedEvent));
        Assert.That(rig.Api.cuStreamEndCapture(main, &graph), Is.EqualTo(CuResult.StreamCaptureInvalidated));
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Relaxed));
        Assert.That(rig.Api.cuStreamWaitEvent(main, outside, 0), Is.EqualTo(CuResult.StreamCaptureIsolation));
    }

    [Test]
    public void The_default_stream_may_not_interrupt_a_blocking_capture()
    {
        using var rig = new DriverRig();
        nint blocking = rig.Stream(0), store = rig.Function("store");
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(blocking, CuCaptureMode.Relaxed));
        Assert.That(rig.Launch(store, a, 1, 0), Is.EqualTo(CuResult.StreamCaptureImplicit));
        Assert.That(rig.Api.cuStreamBeginCapture(0, CuCaptureMode.Relaxed), Is.EqualTo(CuResult.StreamCaptureUnsupported));
    }

    [Test]
    public void Ending_on_another_stream_or_without_beginning_is_refused()
    {
        using var rig = new DriverRig();
        nint main = rig.Stream(), side = rig.Stream(), fork = rig.Event(), graph;
        Assert.That(rig.Api.cuStreamEndCapture(main, &graph), Is.EqualTo(CuResult.InvalidValue));
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(main, CuCaptureMode.Global));
        DriverRig.Ok(rig.Api.cuEventRecord(fork, main));
        DriverRig.Ok(rig.Api.cuStreamWaitEvent(side, fork, 0));
        Assert.That(rig.Api.cuStreamEndCapture(side, &graph), Is.EqualTo(CuResult.StreamCaptureUnmatched));
    }

    [Test]
    public void Updating_takes_new_arguments_and_refuses_another_shape()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), stream = rig.Stream();
        ulong a = rig.Allocate();
        nint exec = Capture(rig, stream, () => DriverRig.Ok(rig.Launch(store, a, 1, stream)));
        nint same = CaptureGraph(rig, stream, () => DriverRig.Ok(rig.Launch(store, a, 2, stream)));
        nint longer = CaptureGraph(rig, stream, () =>
        {
            DriverRig.Ok(rig.Launch(store, a, 2, stream));
            DriverRig.Ok(rig.Api.cuMemsetD8Async(a, 0, 4, stream));
        });
        CuGraphExecUpdateResult result;
        DriverRig.Ok(rig.Api.cuGraphExecUpdate(exec, same, &result));
        Assert.That(rig.Api.cuGraphExecUpdate(exec, longer, &result), Is.EqualTo(CuResult.GraphExecUpdateFailure));
        DriverRig.Ok(rig.Api.cuGraphLaunch(exec, stream));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
        Assert.That(rig.Read(a), Is.EqualTo(2));
        DriverRig.Ok(rig.Api.cuGraphExecDestroy(exec));
        Assert.That(rig.Api.cuGraphLaunch(exec, stream), Is.EqualTo(CuResult.InvalidValue));
    }

    [Test]
    public void A_graph_races_with_unordered_work_like_anything_else()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream();
        ulong a = rig.Allocate();
        nint exec = Capture(rig, s1, () => DriverRig.Ok(rig.Launch(store, a, 1, s1)));
        DriverRig.Ok(rig.Api.cuGraphLaunch(exec, s1));
        DriverRig.Ok(rig.Launch(store, a, 2, s2));
        DriverRig.Ok(rig.Api.cuCtxSynchronize());
        Assert.That(rig.Rules, Is.EqualTo(new[] { "stream-race" }));
    }

    private static nint Capture(DriverRig rig, nint stream, Action body)
    {
        nint graph = CaptureGraph(rig, stream, body), exec;
        DriverRig.Ok(rig.Api.cuGraphInstantiateWithFlags(&exec, graph, 0));
        DriverRig.Ok(rig.Api.cuGraphDestroy(graph));
        return exec;
    }

    private static nint CaptureGraph(DriverRig rig, nint stream, Action body)
    {
        nint graph;
        DriverRig.Ok(rig.Api.cuStreamBeginCapture(stream, CuCaptureMode.Global));
        body();
        DriverRig.Ok(rig.Api.cuStreamEndCapture(stream, &graph));
        return graph;
    }
}
