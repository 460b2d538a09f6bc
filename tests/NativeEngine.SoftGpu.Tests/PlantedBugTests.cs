namespace NativeEngine.SoftGpu.Tests;

/// <summary>Each kernel has one bug on purpose; the sanitizers must find it at its line, and the repaired kernel must be clean.</summary>
[TestFixture]
internal sealed class PlantedBugTests
{
    private const string ThreadAddress = """
        mov.u32 %r1, %tid.x;
        mul.wide.u32 %rd10, %r1, 4;
        add.s64 %rd11, %rd1, %rd10;

        """;

    private static Finding Find(string ptx, FindingKind kind, int grid = 1, int block = 64, int words = 64, bool upload = true, ulong? seed = null)
    {
        var result = Run(ptx, grid, block, words, upload, seed);
        var found = result.Findings.FirstOrDefault(finding => finding.Kind == kind);
        Assert.That(found, Is.Not.Null, $"expected {kind}, found: {string.Join("; ", result.Findings)}");
        return found!;
    }

    private static LaunchResult Run(string ptx, int grid = 1, int block = 64, int words = 64, bool upload = true, ulong? seed = null)
    {
        using var rig = new GpuRig(track: true);
        var function = rig.Load(ptx)["k"];
        ulong address = upload ? rig.Upload(new int[words], "data") : rig.Memory.Allocate(words * 4, "data");
        return rig.Launch(function, new Dim3(grid), new Dim3(block), LaunchOptions.Sanitized with { ScheduleSeed = seed }, address);
    }

    [Test]
    public void A_read_past_the_end_names_thread_line_and_distance()
    {
        string ptx = PtxSnippet.Kernel(ThreadAddress + "ld.global.u32 %r2, [%rd11+4];\nret;");
        var finding = Find(ptx, FindingKind.OutOfBounds);
        Assert.Multiple(() =>
        {
            Assert.That(finding.Place.Thread, Is.EqualTo(new Dim3(63, 0, 0)));
            Assert.That(finding.Place.PtxLine, Is.EqualTo(PtxSnippet.LineOf(ptx, "ld.global.u32")));
            Assert.That(finding.Place.Kernel, Is.EqualTo("k"));
            Assert.That(finding.Message, Does.Contain("0 bytes past the end of 'data' (256 bytes)"));
        });
    }

    [Test]
    public void A_write_before_the_start_is_out_of_bounds() =>
        Assert.That(Find(PtxSnippet.Kernel(ThreadAddress + "st.global.u32 [%rd11+-4], %r1;\nret;"), FindingKind.OutOfBounds).Message, Does.Contain("before"));

    [Test]
    public void A_shared_access_outside_the_block_memory_is_out_of_bounds()
    {
        string ptx = PtxSnippet.Kernel("mov.u32 %r1, %tid.x;\nmul.wide.u32 %rd5, %r1, 4;\nmov.u64 %rd6, sh;\nadd.s64 %rd7, %rd6, %rd5;\nst.shared.u32 "
            + "[%rd7], %r1;\nret;", before: ".shared .align 4 .b8 sh[128];");
        Assert.That(Find(ptx, FindingKind.OutOfBounds).Place.Thread.X, Is.EqualTo(32));
    }

    [Test]
    public void An_access_to_freed_memory_is_use_after_free()
    {
        using var rig = new GpuRig(track: true);
        var function = rig.Load(PtxSnippet.Kernel("ld.global.u32 %r2, [%rd1];\nret;"))["k"];
        ulong address = rig.Upload(new int[4], "gone");
        Assert.That(rig.Memory.Free(address), Is.Null);
        var result = rig.Launch(function, new Dim3(1), new Dim3(1), null, address);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.UseAfterFree));
        Assert.That(result.Fault!.Message, Does.Contain("'gone'"));
    }

    [Test]
    public void A_misaligned_access_is_found() =>
        Assert.That(Find(PtxSnippet.Kernel("ld.global.u32 %r2, [%rd1+2];\nret;"), FindingKind.Misaligned).Message, Does.Contain("not a multiple of 4"));

    [Test]
    public void A_vector_access_must_be_aligned_as_a_whole() =>
        Find(PtxSnippet.Kernel("ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd1+8];\nret;"), FindingKind.Misaligned);

    [Test]
    public void A_write_to_constant_memory_is_found() =>
        Find(PtxSnippet.Kernel("mov.u64 %rd5, table;\ncvta.const.u64 %rd6, %rd5;\nmov.u32 %r1, 1;\nst.u32 [%rd6], %r1;\nret;",
            before: ".const .u32 table[4] = {1, 2, 3, 4};"), FindingKind.WriteToConstant);

    [Test]
    public void A_read_of_global_memory_nobody_wrote_is_found()
    {
        string ptx = PtxSnippet.Kernel(ThreadAddress + "ld.global.u32 %r2, [%rd11];\nst.global.u32 [%rd11], %r2;\nret;");
        var finding = Find(ptx, FindingKind.UninitialisedGlobal, upload: false);
        Assert.That(finding.Count, Is.EqualTo(64), "every thread reads");
        Assert.That(Run(ptx).Findings, Is.Empty, "clean once the host has written");
    }

    [Test]
    public void A_read_of_shared_memory_nobody_wrote_is_found() =>
        Find(PtxSnippet.Kernel("ld.shared.u32 %r2, [sh];\nst.global.u32 [%rd1], %r2;\nret;", before: ".shared .align 4 .b8 sh[128];"),
            FindingKind.UninitialisedShared);

    [Test]
    public void A_read_of_local_memory_nobody_wrote_is_found() =>
        Find(PtxSnippet.Kernel(".local .align 4 .b8 depot[16];\nmov.u32 %r1, 1;\nst.local.u32 [depot], %r1;\nld.local.u32 %r2, [depot+4];\nst.global.u32 "
            + "[%rd1], %r1;\nret;"), FindingKind.UninitialisedLocal);

    [Test]
    public void A_register_written_on_one_path_only_is_found()
    {
        string ptx = PtxSnippet.Kernel("""
            mov.u32 %r1, %tid.x;
            setp.lt.u32 %p1, %r1, 16;
            @%p1 bra SKIP;
            mov.u32 %r2, 5;
            SKIP:
            st.global.u32 [%rd1], %r2;
            ret;
            """);
        var finding = Find(ptx, FindingKind.UninitialisedRegister);
        Assert.That(finding.Message, Does.Contain("%r2"));
        Assert.That(finding.Place.Thread.X, Is.LessThan(16));
    }

    // Lane 0 has a value, the others have none; a shuffle gives them one, or not.
    [TestCase(false, "shfl.sync.idx.b32 %r3, %r2, 0, 31, -1;\nst.global.u32 [%rd11], %r3;")]
    [TestCase(false, "shfl.sync.idx.b32 %r3, %r2, 0, 31, -1;\nadd.u32 %r4, %r3, 1;\nst.global.u32 [%rd11], %r4;")]
    [TestCase(false, "shfl.sync.down.b32 %r3, %r2, 1, 31, -1;\nadd.u32 %r4, %r3, %r2;\nmov.u32 %r5, %r4;\n@%p1 st.global.u32 [%rd11], %r1;")]
    [TestCase(true, "shfl.sync.idx.b32 %r3, %r2, 1, 31, -1;\nst.global.u32 [%rd11], %r3;")]
    [TestCase(true, "shfl.sync.down.b32 %r3, %r2, 1, 31, -1;\nadd.u32 %r4, %r3, %r2;\n@%p1 st.global.u32 [%rd11], %r4;")]
    [TestCase(true, "shfl.sync.up.b32 %r3, %r2, 1, 0, -1;\nsetp.eq.u32 %p2, %r3, 5;\n@%p2 bra NEXT;\nNEXT:")]
    [TestCase(true, "shfl.sync.idx.b32 %r3, %r1, %r2, 31, -1;\nst.global.u32 [%rd11], %r3;")]
    [TestCase(true, "shfl.sync.bfly.b32 %r3, %r2, 1, 31, -1;\nand.b32 %r3, %r3, 4;\ncvt.u64.u32 %rd12, %r3;\nadd.s64 %rd13, %rd1, %rd12;\nld.global.u32 "
        + "%r4, [%rd13];")]
    public void A_shuffle_may_read_what_nobody_wrote_where_nobody_uses_it(bool used, string body)
    {
        string ptx = PtxSnippet.Kernel(ThreadAddress + $"setp.eq.u32 %p1, %r1, 0;\n@%p1 mov.u32 %r2, 7;\n{body}\nret;");
        if (used)
            Find(ptx, FindingKind.UninitialisedRegister, block: 32);
        else
            Assert.That(Run(ptx, block: 32).Findings, Is.Empty);
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public void A_shuffle_may_read_a_place_of_the_stack_that_its_lane_has_not_written(bool used, int lane)
    {
        string ptx = PtxSnippet.Kernel(
            $".local .align 4 .b8 depot[16];\n{ThreadAddress}setp.eq.u32 %p1, %r1, 0;\n@%p1 st.local.u32 [depot+4], %r1;\nld.local.u32 %r2, "
                + $"[depot+4];\nshfl.sync.idx.b32 %r3, %r2, {lane}, 31, -1;\n"
            + "st.local.u32 [depot+8], %r3;\nld.local.u32 %r4, [depot+8];\nst.global.u32 [%rd11], %r4;\nret;");
        var result = Run(ptx, block: 32);
        Assert.That(result.Findings.Any(finding => finding.Kind == FindingKind.UninitialisedRegister), Is.EqualTo(used), string.Join("; ", result.Findings));
        Assert.That(result.Findings, used ? Is.Not.Empty : Is.Empty);
    }

    // Every thread reads what its partner wrote: with 33 a thread of another warp, with 1 a neighbour.
    private static string SharedExchange(string between, int partner = 33) => PtxSnippet.Kernel($"""
        mov.u32 %r1, %tid.x;
        mul.wide.u32 %rd5, %r1, 4;
        mov.u64 %rd6, sh;
        add.s64 %rd7, %rd6, %rd5;
        st.shared.u32 [%rd7], %r1;
        {between}
        xor.b32 %r2, %r1, {partner};
        mul.wide.u32 %rd8, %r2, 4;
        add.s64 %rd9, %rd6, %rd8;
        ld.shared.u32 %r3, [%rd9];
        add.s64 %rd11, %rd1, %rd5;
        st.global.u32 [%rd11], %r3;
        ret;
        """, before: ".shared .align 4 .b8 sh[256];");

    [Test]
    public void A_missing_barrier_is_a_shared_race([Values(1ul, 2ul, 3ul)] ulong seed)
    {
        var finding = Find(SharedExchange(""), FindingKind.SharedRace, seed: seed);
        Assert.That(finding.Message, Does.Contain("no synchronisation between"));
        Assert.That(Run(SharedExchange("bar.sync 0;"), seed: seed).Findings, Is.Empty);
    }

    [Test]
    public void Lanes_of_one_warp_race_too_unless_the_warp_is_synchronised()
    {
        Find(SharedExchange("", partner: 1), FindingKind.SharedRace, block: 32);
        Assert.That(Run(SharedExchange("bar.warp.sync -1;", partner: 1), block: 32).Findings, Is.Empty);
    }

    [Test]
    public void A_write_after_another_warp_read_is_a_shared_race() =>
        Find(PtxSnippet.Kernel("""
            mov.u32 %r1, %tid.x;
            setp.ne.u32 %p1, %r1, 0;
            @%p1 bra A;
            mov.u32 %r4, 7;
            st.shared.u32 [sh], %r4;
            A:
            bar.sync 0;
            ld.shared.u32 %r3, [sh];
            setp.ne.u32 %p2, %r1, 63;
            @%p2 bra B;
            st.shared.u32 [sh], %r1;
            B:
            ret;
            """, before: ".shared .align 4 .b8 sh[4];"), FindingKind.SharedRace);

    [Test]
    public void Blocks_that_write_one_word_race()
    {
        string ptx = PtxSnippet.Kernel("mov.u32 %r1, %ctaid.x;\nst.global.u32 [%rd1], %r1;\nret;");
        Assert.That(Find(ptx, FindingKind.GlobalRace, grid: 4, block: 1).Message, Does.Contain("block (0,0,0)"));
    }

    [Test]
    public void Threads_that_set_the_same_flag_do_not_race() =>
        Assert.That(Run(PtxSnippet.Kernel("mov.u32 %r1, 1;\nst.global.u32 [%rd1], %r1;\nret;"), grid: 4).Findings, Is.Empty);

    [Test]
    public void Atomics_of_many_blocks_do_not_race() =>
        Assert.That(Run(PtxSnippet.Kernel("red.global.add.u32 [%rd1], 1;\nret;"), grid: 4).Findings, Is.Empty);

    private static string LastBlockSums(string fence) => PtxSnippet.Kernel($"""
        mov.u32 %r1, %ctaid.x;
        mul.wide.u32 %rd5, %r1, 4;
        add.s64 %rd6, %rd1, %rd5;
        add.s32 %r2, %r1, 10;
        st.global.u32 [%rd6+16], %r2;
        {fence}
        atom.global.add.u32 %r3, [%rd1], 1;
        setp.ne.u32 %p1, %r3, 3;
        @%p1 bra END;
        {fence}
        ld.global.u32 %r4, [%rd1+16];
        ld.global.u32 %r5, [%rd1+20];
        add.s32 %r6, %r4, %r5;
        st.global.u32 [%rd1+4], %r6;
        END:
        ret;
        """);

    [Test]
    public void The_last_block_may_read_what_fenced_blocks_wrote([Values(1ul, 2ul)] ulong seed)
    {
        Assert.That(Run(LastBlockSums("membar.gl;"), grid: 4, block: 1, seed: seed).Findings, Is.Empty);
        Find(LastBlockSums(""), FindingKind.GlobalRace, grid: 4, block: 1, seed: seed);
    }

    [Test]
    public void A_non_coherent_read_of_what_the_launch_writes_is_found() =>
        Find(PtxSnippet.Kernel(ThreadAddress + "ld.global.nc.u32 %r2, [%rd11];\nadd.s32 %r2, %r2, 1;\nst.global.u32 [%rd11], %r2;\nret;"),
            FindingKind.NonCoherentRead);

    [Test]
    public void A_barrier_that_exited_threads_never_reach_is_found()
    {
        string ptx = PtxSnippet.Kernel("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 16;\n@%p1 ret;\nbar.sync 0;\nret;");
        var finding = Find(ptx, FindingKind.BarrierDivergence);
        Assert.That(finding.Place.PtxLine, Is.EqualTo(PtxSnippet.LineOf(ptx, "bar.sync")));
    }

    [Test]
    public void Threads_at_two_barriers_stop_the_launch()
    {
        string ptx = PtxSnippet.Kernel("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra A;\nbar.sync 1;\nret;\nA:\nbar.sync 2;\nret;");
        var result = Run(ptx);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.BarrierDivergence));
        Assert.That(result.Fault!.Message, Does.Contain("32 of 64 threads wait"));
    }

    [Test]
    public void Different_barrier_instructions_that_meet_are_found() =>
        Find(PtxSnippet.Kernel("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra A;\nbar.sync 0;\nret;\nA:\nbar.sync 0;\nret;"),
            FindingKind.BarrierDivergence);

    [Test]
    public void A_shuffle_that_lanes_never_reach_is_found() =>
        Find(PtxSnippet.Kernel("mov.u32 %r1, %laneid;\nsetp.lt.u32 %p1, %r1, 16;\n@%p1 bra WAIT;\nshfl.sync.bfly.b32 %r2, %r1, 1, 31, "
            + "-1;\nret;\nWAIT:\nbar.sync 0;\nret;"), FindingKind.WarpSync);

    [Test]
    public void A_shuffle_from_an_exited_lane_is_found() =>
        Find(PtxSnippet.Kernel("mov.u32 %r1, %laneid;\nsetp.ge.u32 %p1, %r1, 16;\n@%p1 ret;\nshfl.sync.bfly.b32 %r2, %r1, 16, 31, -1;\nst.global.u32 "
            + "[%rd1], %r2;\nret;", 1), FindingKind.WarpSync, block: 32);

    [Test]
    public void Division_by_zero_is_found() =>
        Find(PtxSnippet.Kernel("mov.u32 %r1, %tid.x;\ndiv.u32 %r2, 7, %r1;\nst.global.u32 [%rd1], 3;\nret;".Replace("st.global.u32 [%rd1], 3;", "")),
            FindingKind.DivisionByZero);

    [Test]
    public void A_trap_stops_the_launch() => Assert.That(Run(PtxSnippet.Kernel("trap;\nret;")).Fault?.Kind, Is.EqualTo(FindingKind.Trap));

    [Test]
    public void A_kernel_without_end_is_stopped_by_its_budget()
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel("LOOP:\nbra.uni LOOP;\n"))["k"];
        var result = rig.Launch(function, new Dim3(1), new Dim3(32), new LaunchOptions { InstructionBudget = 100_000 }, 0ul);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.InstructionBudget));
    }

    [Test]
    public void Memory_that_is_never_freed_is_a_leak()
    {
        using var memory = new DeviceMemory();
        memory.Allocate(100, "weights");
        ulong second = memory.Allocate(8, "temporary");
        memory.Free(second);
        var leak = memory.Leaks().Single();
        Assert.That(leak.Kind, Is.EqualTo(FindingKind.Leak));
        Assert.That(leak.Message, Does.Contain("'weights' (100 bytes)"));
    }

    [Test]
    public unsafe void Host_code_that_writes_into_a_red_zone_is_found_at_the_free()
    {
        using var memory = new DeviceMemory();
        ulong address = memory.Allocate(100, "tight");
        ((byte*)address)[103] = 1;
        Assert.That(memory.Free(address)?.Message, Does.Contain("3 bytes past its end"));
    }

    [Test]
    public void Findings_name_the_source_line_when_the_ptx_has_one()
    {
        string ptx = PtxSnippet.Kernel(".loc 1 42 7\ntrap;\nret;", before: ".file 1 \"kernels/demo.cu\"");
        var fault = Run(ptx).Fault!;
        Assert.That(fault.Place.SourceFile, Is.EqualTo("kernels/demo.cu"));
        Assert.That(fault.Place.SourceLine, Is.EqualTo(42));
        Assert.That(fault.ToString(), Does.Contain("kernels/demo.cu:42"));
    }
}
