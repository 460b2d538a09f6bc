using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Driver;

[TestFixture]
public unsafe class DriverStreamTests
{
    [Test]
    public void Work_is_lazy_until_somebody_waits()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Api.cuMemsetD32Async(a, 1, 16, 0));
        nint store = rig.Function("store"), stream = rig.Stream();
        DriverRig.Ok(rig.Api.cuCtxSynchronize());
        DriverRig.Ok(rig.Launch(store, a, 42, stream));
        Assert.That(*(uint*)a, Is.EqualTo(1), "nothing has run");
        DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
        Assert.That(*(uint*)a, Is.EqualTo(42));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void Asking_makes_progress()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), stream = rig.Stream();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(store, a, 1, stream));
        DriverRig.Ok(rig.Launch(store, a, 2, stream));
        Assert.That(rig.Api.cuStreamQuery(stream), Is.EqualTo(CuResult.NotReady));
        Assert.That(rig.Api.cuStreamQuery(stream), Is.EqualTo(CuResult.Success));
        Assert.That(rig.Read(a), Is.EqualTo(2));
    }

    [Test]
    public void Two_streams_without_an_event_race_whichever_runs_first([Range(0, 5)] int seed)
    {
        using var rig = new DriverRig(new SoftGpuOptions { Seed = (ulong)seed });
        nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(store, a, 1, s1));
        DriverRig.Ok(rig.Launch(store, a, 2, s2));
        DriverRig.Ok(rig.Api.cuCtxSynchronize());
        Assert.That(rig.Rules, Is.EqualTo(new[] { "stream-race" }));
    }

    [Test]
    public void The_seed_decides_the_order()
    {
        HashSet<uint> results = [];
        for (ulong seed = 0; seed < 20; seed++)
        {
            using var rig = new DriverRig(new SoftGpuOptions { Seed = seed });
            nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream();
            ulong a = rig.Allocate();
            rig.Launch(store, a, 1, s1);
            rig.Launch(store, a, 2, s2);
            rig.Api.cuCtxSynchronize();
            results.Add(rig.Read(a));
        }
        Assert.That(results, Is.EquivalentTo(new uint[] { 1, 2 }));
    }

    [Test]
    public void An_event_orders_two_streams([Range(0, 9)] int seed)
    {
        using var rig = new DriverRig(new SoftGpuOptions { Seed = (ulong)seed });
        nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream(), done = rig.Event();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(store, a, 1, s1));
        DriverRig.Ok(rig.Api.cuEventRecord(done, s1));
        DriverRig.Ok(rig.Api.cuStreamWaitEvent(s2, done, 0));
        DriverRig.Ok(rig.Launch(store, a, 2, s2));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(s2));
        Assert.That(*(uint*)a, Is.EqualTo(2));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void Waiting_on_the_host_orders_what_is_queued_afterwards()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream(), done = rig.Event();
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(store, a, 1, s1));
        DriverRig.Ok(rig.Api.cuEventRecord(done, s1));
        DriverRig.Ok(rig.Api.cuEventSynchronize(done));
        DriverRig.Ok(rig.Launch(store, a, 2, s2));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(s2));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void Memory_freed_on_another_stream_too_early_is_a_race()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), s1 = rig.Stream(), s2 = rig.Stream();
        ulong a;
        DriverRig.Ok(rig.Api.cuMemAllocAsync(&a, 64, s1));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(s1));
        DriverRig.Ok(rig.Launch(store, a, 1, s1));
        DriverRig.Ok(rig.Api.cuStreamSynchronize(s1));
        DriverRig.Ok(rig.Api.cuMemsetD8Async(a, 0, 4, s1));
        DriverRig.Ok(rig.Api.cuMemFreeAsync(a, s2));
        rig.Api.cuCtxSynchronize();
        Assert.That(rig.Rules, Is.Not.Empty);
    }

    [Test]
    public void The_default_stream_waits_for_blocking_streams_only()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store"), blocking = rig.Stream(0);
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(store, a, 1, blocking));
        DriverRig.Ok(rig.Launch(store, a, 2, 0));
        DriverRig.Ok(rig.Launch(store, a, 3, blocking));
        DriverRig.Ok(rig.Api.cuCtxSynchronize());
        Assert.That(*(uint*)a, Is.EqualTo(3));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void Freed_handles_and_nonsense_are_refused_by_name()
    {
        using var rig = new DriverRig();
        nint stream = rig.Stream(), handle = rig.Event();
        DriverRig.Ok(rig.Api.cuStreamDestroy(stream));
        DriverRig.Ok(rig.Api.cuEventDestroy(handle));
        Assert.That(rig.Api.cuStreamSynchronize(stream), Is.EqualTo(CuResult.InvalidHandle));
        Assert.That(rig.Api.cuEventRecord(handle, 0), Is.EqualTo(CuResult.InvalidHandle));
        Assert.That(rig.Api.cuStreamSynchronize(12345), Is.EqualTo(CuResult.InvalidHandle));
        Assert.That(rig.Gpu.Findings.Select(f => f.Message), Has.Some.Contains("stream was destroyed").And.Some.Contains("event was destroyed"));
    }

    [Test]
    public void Handles_of_another_device_are_the_wrong_context()
    {
        using var other = new DriverRig();
        nint foreign = other.Stream();
        using var rig = new DriverRig();
        Assert.That(rig.Api.cuStreamSynchronize(foreign), Is.EqualTo(CuResult.InvalidContext));
        Assert.That(rig.Rules, Is.EqualTo(new[] { "api-misuse" }));
        DriverRig.Ok(rig.Api.cuCtxSetCurrent(0));
        Assert.That(rig.Api.cuStreamSynchronize(0), Is.EqualTo(CuResult.InvalidContext));
    }

    [Test]
    public void A_faulting_kernel_breaks_the_context()
    {
        using var rig = new DriverRig();
        nint fault = rig.Function("fault"), store = rig.Function("store");
        ulong a = rig.Allocate();
        DriverRig.Ok(rig.Launch(fault, a, 0, 0));
        Assert.That(rig.Api.cuCtxSynchronize(), Is.EqualTo(CuResult.IllegalAddress));
        Assert.That(rig.Launch(store, a, 0, 0), Is.EqualTo(CuResult.IllegalAddress));
        Assert.That(rig.Gpu.Findings.Single().Message, Does.Contain("wild pointer"));
    }

    [TestCase(0u, 1u, 0u, TestName = "no threads")]
    [TestCase(512u, 1u, 0u, TestName = "over .maxntid")]
    [TestCase(2048u, 1u, 0u, TestName = "over 1024 threads")]
    [TestCase(32u, 0u, 0u, TestName = "no blocks")]
    [TestCase(32u, 1u, 49152u, TestName = "too much shared memory")]
    public void Launch_limits_are_checked(uint block, uint grid, uint shared)
    {
        using var rig = new DriverRig();
        Assert.That(rig.Launch(rig.Function("store"), rig.Allocate(), 0, 0, block, grid, shared), Is.EqualTo(CuResult.InvalidValue));
        Assert.That(rig.Rules, Is.EqualTo(new[] { "api-misuse" }));
    }

    [Test]
    public void More_shared_memory_is_allowed_after_asking_for_it()
    {
        using var rig = new DriverRig();
        nint store = rig.Function("store");
        DriverRig.Ok(rig.Api.cuFuncSetAttribute(store, CuFunctionAttribute.MaxDynamicSharedBytes, 65536));
        DriverRig.Ok(rig.Launch(store, rig.Allocate(), 0, 0, shared: 49152));
        Assert.That(rig.Api.cuFuncSetAttribute(store, CuFunctionAttribute.MaxDynamicSharedBytes, 1 << 20), Is.EqualTo(CuResult.InvalidValue));
    }

    [Test]
    public void Missing_arguments_and_entries_are_refused()
    {
        using var rig = new DriverRig();
        Assert.That(rig.Api.cuLaunchKernel(rig.Function("store"), 1, 1, 1, 1, 1, 1, 0, 0, null, null), Is.EqualTo(CuResult.InvalidValue));
        nint module, function;
        fixed (byte* text = "ptx\0"u8)
            DriverRig.Ok(rig.Api.cuModuleLoadDataEx(&module, text, 0, null, null));
        fixed (byte* text = "nobody\0"u8)
            Assert.That(rig.Api.cuModuleGetFunction(&function, module, text), Is.EqualTo(CuResult.NotFound));
    }

    [Test]
    public void Bad_ptx_gives_the_place_in_the_error_log()
    {
        using var rig = new DriverRig();
        nint module;
        var log = stackalloc byte[256];
        var options = stackalloc CuJitOption[] { CuJitOption.ErrorLogBuffer, CuJitOption.ErrorLogBufferBytes };
        void** values = stackalloc void*[] { log, (void*)256 };
        fixed (byte* text = "bad\0"u8)
            Assert.That(rig.Api.cuModuleLoadDataEx(&module, text, 2, options, values), Is.EqualTo(CuResult.InvalidPtx));
        Assert.That(Marshal.PtrToStringUTF8((nint)log), Does.Contain(":3:7: unknown opcode"));
    }
}
