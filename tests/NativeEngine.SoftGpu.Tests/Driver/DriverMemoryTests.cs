using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Driver;

[TestFixture]
public unsafe class DriverMemoryTests
{
    [Test]
    public void Bytes_come_back_and_a_clean_program_has_no_findings()
    {
        var rig = new DriverRig();
        using (rig)
        {
            ulong a = rig.Allocate(), b;
            nint stream = rig.Stream();
            DriverRig.Ok(rig.Api.cuMemAllocAsync(&b, 64, stream));
            void* pinned;
            DriverRig.Ok(rig.Api.cuMemHostAlloc(&pinned, 64, 0));
            *(uint*)pinned = 77;
            DriverRig.Ok(rig.Api.cuMemcpyHtoDAsync(a, pinned, 64, stream));
            DriverRig.Ok(rig.Api.cuMemcpyDtoDAsync(b, a, 64, stream));
            DriverRig.Ok(rig.Api.cuMemsetD32Async(a, 5, 16, stream));
            DriverRig.Ok(rig.Api.cuMemcpyDtoHAsync(pinned, b, 64, stream));
            DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
            Assert.That(*(uint*)pinned, Is.EqualTo(77));
            Assert.That(rig.Read(a), Is.EqualTo(5));
            DriverRig.Ok(rig.Api.cuMemFree(a));
            DriverRig.Ok(rig.Api.cuMemFreeAsync(b, stream));
            DriverRig.Ok(rig.Api.cuMemFreeHost(pinned));
            DriverRig.Ok(rig.Api.cuStreamDestroy(stream));
            DriverRig.Ok(rig.Api.cuDevicePrimaryCtxRelease(rig.Gpu.Ordinal));
        }
        Assert.That(rig.Gpu.Findings, Is.Empty);
    }

    [Test]
    public void What_is_not_given_back_is_a_leak()
    {
        var rig = new DriverRig();
        rig.Allocate(100);
        rig.Stream();
        rig.Event();
        rig.Dispose();
        Assert.That(rig.Gpu.Findings.Select(f => f.Message), Has.Some.Contains("100 bytes").And.Some.Contains("SoftStream").And.Some.Contains("SoftEvent"));
        Assert.That(rig.Rules, Has.All.EqualTo("leak"));
    }

    [Test]
    public void Memory_runs_out_at_the_capacity_without_being_misuse()
    {
        using var rig = new DriverRig(new SoftGpuOptions { MemoryBytes = 1000 });
        ulong a, b;
        DriverRig.Ok(rig.Api.cuMemAllocAsync(&a, 900, 0));
        Assert.That(rig.Api.cuMemAlloc(&b, 200), Is.EqualTo(CuResult.OutOfMemory));
        nuint free, total;
        DriverRig.Ok(rig.Api.cuMemGetInfo(&free, &total));
        Assert.That((free, total), Is.EqualTo(((nuint)100, (nuint)1000)));
        DriverRig.Ok(rig.Api.cuMemFreeAsync(a, 0));
        DriverRig.Ok(rig.Api.cuMemAllocAsync(&b, 800, 0));
        Assert.That(rig.Rules, Is.Empty);
    }

    [Test]
    public void Freeing_twice_and_wild_addresses_are_refused()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate();
        Assert.That(rig.Api.cuMemFree(a + 4), Is.EqualTo(CuResult.InvalidValue));
        DriverRig.Ok(rig.Api.cuMemFree(a));
        Assert.That(rig.Api.cuMemFree(a), Is.EqualTo(CuResult.InvalidValue));
        ulong b;
        DriverRig.Ok(rig.Api.cuMemAllocAsync(&b, 64, 0));
        DriverRig.Ok(rig.Api.cuMemFreeAsync(b, 0));
        Assert.That(rig.Api.cuMemFreeAsync(b, 0), Is.EqualTo(CuResult.InvalidValue));
        Assert.That(rig.Api.cuMemsetD8Async(b, 0, 64, 0), Is.EqualTo(CuResult.InvalidValue));
        Assert.That(rig.Rules, Has.Length.EqualTo(4).And.All.EqualTo("api-misuse"));
    }

    [Test]
    public void Memory_of_the_pool_and_other_memory_are_not_mixed()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate();
        Assert.That(rig.Api.cuMemFreeAsync(a, 0), Is.EqualTo(CuResult.InvalidValue));
        DriverRig.Ok(rig.Api.cuMemFree(a));
        DriverRig.Ok(rig.Api.cuMemAllocAsync(&a, 64, 0));
        DriverRig.Ok(rig.Api.cuMemFree(a)); // allowed: it waits
        Assert.That(rig.Rules, Is.EqualTo(new[] { "api-misuse" }));
    }

    [Test]
    public void A_device_without_pools_says_so_and_allocates_plainly()
    {
        using var rig = new DriverRig(new SoftGpuOptions { MemoryPools = false });
        int pools = -1;
        DriverRig.Ok(rig.Api.cuDeviceGetAttribute(&pools, CuDeviceAttribute.MemoryPoolsSupported, rig.Gpu.Ordinal));
        ulong a;
        Assert.That((pools, rig.Api.cuMemAllocAsync(&a, 64, 0)), Is.EqualTo((0, CuResult.NotSupported)));
        DriverRig.Ok(rig.Api.cuMemFree(rig.Allocate()));
    }

    [Test]
    public void Copies_past_the_end_are_refused()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate(64);
        var host = stackalloc byte[128];
        Assert.That(rig.Api.cuMemcpyHtoD(a, host, 65), Is.EqualTo(CuResult.InvalidValue));
        Assert.That(rig.Api.cuMemcpyDtoH(host, a + 60, 8), Is.EqualTo(CuResult.InvalidValue));
        Assert.That(rig.Api.cuMemcpyDtoDAsync(a + 8, a, 16, 0), Is.EqualTo(CuResult.InvalidValue), "overlap");
        Assert.That(rig.Gpu.Findings, Has.Count.EqualTo(3));
    }

    [Test]
    public void An_asynchronous_copy_from_pageable_memory_is_a_finding_and_still_right()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate();
        uint value = 9;
        DriverRig.Ok(rig.Api.cuMemcpyHtoDAsync(a, &value, 4, 0));
        value = 10;
        Assert.That(rig.Read(a), Is.EqualTo(9));
        Assert.That(rig.Rules, Is.EqualTo(new[] { "pageable-copy" }));
    }

    [Test]
    public void Pinned_memory_is_read_when_the_copy_runs_not_when_it_is_queued()
    {
        using var rig = new DriverRig();
        ulong a = rig.Allocate();
        nint stream = rig.Stream();
        void* pinned;
        DriverRig.Ok(rig.Api.cuMemHostAlloc(&pinned, 4, 0));
        *(uint*)pinned = 1;
        DriverRig.Ok(rig.Api.cuMemcpyHtoDAsync(a, pinned, 4, stream));
        *(uint*)pinned = 2; // a program that forgets to wait sees its mistake
        DriverRig.Ok(rig.Api.cuStreamSynchronize(stream));
        Assert.That(rig.Read(a), Is.EqualTo(2));
    }

    [Test]
    public void A_planned_fault_hits_the_named_call_only()
    {
        using var rig = new DriverRig(new SoftGpuOptions { Faults = [new InjectedFault("cuMemAlloc", 2, (int)CuResult.OutOfMemory)] });
        ulong address;
        DriverRig.Ok(rig.Api.cuMemAlloc(&address, 16));
        Assert.That(rig.Api.cuMemAlloc(&address, 16), Is.EqualTo(CuResult.OutOfMemory));
        DriverRig.Ok(rig.Api.cuMemAlloc(&address, 16));
    }

    [Test]
    public void A_sticky_fault_breaks_the_context_for_every_later_call()
    {
        using var rig = new DriverRig(new SoftGpuOptions { Faults = [new InjectedFault("cuMemsetD8Async", 1, (int)CuResult.LaunchFailed, Sticky: true)] });
        ulong a = rig.Allocate();
        Assert.That(rig.Api.cuMemsetD8Async(a, 0, 4, 0), Is.EqualTo(CuResult.LaunchFailed));
        Assert.That(rig.Api.cuCtxSynchronize(), Is.EqualTo(CuResult.LaunchFailed));
        Assert.That(rig.Api.cuMemFree(a), Is.EqualTo(CuResult.LaunchFailed));
    }

    [Test]
    public void Every_field_of_the_driver_table_is_filled()
    {
        var tables = SoftDevice.Tables;
        foreach (var row in NativeTable.Rows<CudaDriverApi>())
            Assert.That(NativeTable.Address(tables.Driver, row.Index), Is.Not.Zero, row.Field);
    }
}
