namespace NativeEngine.SoftGpu.Tests;

/// <summary>Blocks that wait for each other: those that fit on the device make progress together, in any schedule and on any number of workers.</summary>
[TestFixture]
internal sealed class CooperativeTests
{
    // Every block writes its word, waits for all, and reads the next block's word; rounds of them, by one counter that only grows.
    private static string GridBarriers(int rounds, string load = "ld.volatile.global.u32") => PtxSnippet.Kernel($"""
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %nctaid.x;
        mul.wide.u32 %rd5, %r2, 4;
        add.s64 %rd6, %rd2, %rd5;
        add.u32 %r4, %r2, 1;
        rem.u32 %r4, %r4, %r3;
        mul.wide.u32 %rd7, %r4, 4;
        add.s64 %rd8, %rd2, %rd7;
        setp.ne.u32 %p1, %r1, 0;
        mov.u32 %r5, 0;
        mov.u32 %r6, %r2;
        ROUND:
        add.u32 %r5, %r5, %r3;
        @%p1 bra JOIN;
        st.global.u32 [%rd6], %r6;
        membar.gl;
        red.global.add.u32 [%rd1], 1;
        WAIT:
        {load} %r7, [%rd1];
        setp.lt.u32 %p2, %r7, %r5;
        @%p2 bra WAIT;
        membar.gl;
        JOIN:
        bar.sync 0;
        ld.global.u32 %r6, [%rd8];
        add.u32 %r5, %r5, %r3;
        bar.sync 0;
        @%p1 bra JOINAGAIN;
        membar.gl;
        red.global.add.u32 [%rd1], 1;
        WAITAGAIN:
        {load} %r7, [%rd1];
        setp.lt.u32 %p2, %r7, %r5;
        @%p2 bra WAITAGAIN;
        membar.gl;
        JOINAGAIN:
        bar.sync 0;
        mul.lo.u32 %r8, %r3, {2 * rounds};
        setp.lt.u32 %p3, %r5, %r8;
        @%p3 bra ROUND;
        mul.wide.u32 %rd9, %r2, 4;
        add.s64 %rd10, %rd3, %rd9;
        st.global.u32 [%rd10], %r6;
        ret;
        """, pointers: 3);

    private static void Run(int grid, int block, LaunchOptions options, int rounds = 3, int workers = 1)
    {
        using var rig = new GpuRig(track: true, threads: workers);
        var function = rig.Load(GridBarriers(rounds))["k"];
        ulong counter = rig.Upload(new int[1], "counter"), words = rig.Upload(new int[grid], "words"), result = rig.Upload(new int[grid], "result");
        var outcome = rig.Launch(function, new Dim3(grid), new Dim3(block), options, counter, words, result);
        Assert.That(outcome.Findings, Is.Empty);
        int[] values = rig.Download<int>(result, grid);
        Assert.That(values, Is.EqualTo(Enumerable.Range(0, grid).Select(i => (i + rounds) % grid)));
    }

    [Test]
    public void Blocks_that_fit_pass_grid_barriers_in_any_schedule([Values] bool cooperative, [Values(null, 1ul, 2ul, 3ul)] ulong? seed,
        [Values(0, ObserverSet.Sanitizers)] ObserverSet observers) =>
        Run(12, 64, new LaunchOptions { IsCooperative = cooperative, ScheduleSeed = seed, Observers = observers, InstructionBudget = 200_000 });

    [Test]
    public void A_full_device_passes_grid_barriers([Values(1, 3)] int workers) =>
        Run(2 * 32, 32, new LaunchOptions { IsCooperative = true, Multiprocessors = 2 }, workers: workers);

    [Test]
    public void A_cooperative_grid_that_does_not_fit_is_refused_by_name()
    {
        using var rig = new GpuRig();
        var function = rig.Load(GridBarriers(1))["k"];
        var result = rig.Launch(function, new Dim3(5), new Dim3(1024), new LaunchOptions { IsCooperative = true, Multiprocessors = 2 }, 0ul, 0ul, 0ul);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.Launch));
        Assert.That(result.Fault!.Message,
            Does.Contain("a cooperative launch of 5 blocks is too large").And.Contain("2 fit on each of 2 multiprocessors, 4 in all"));
    }

    [Test]
    public void Blocks_that_do_not_fit_together_cannot_wait_for_each_other()
    {
        using var rig = new GpuRig();
        var function = rig.Load(GridBarriers(1))["k"];
        ulong counter = rig.Upload(new int[1]), words = rig.Upload(new int[5]), output = rig.Upload(new int[5]);
        var result = rig.Launch(function, new Dim3(5), new Dim3(1024), new LaunchOptions { Multiprocessors = 2, InstructionBudget = 100_000 }, counter, words,
            output);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.InstructionBudget));
    }

    // Block 0 waits for the flag that the last block raises, by a loop of some loads.
    private static string Spin(string loads) => PtxSnippet.Kernel($"""
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %nctaid.x;
        sub.u32 %r2, %r2, 1;
        setp.eq.u32 %p1, %r1, %r2;
        @%p1 bra LAST;
        setp.ne.u32 %p2, %r1, 0;
        @%p2 bra END;
        WAIT:
        {loads}
        @%p3 bra WAIT;
        st.global.u32 [%rd1+8], %r3;
        END:
        ret;
        LAST:
        st.global.u32 [%rd1], 7;
        ret;
        """);

    private static IEnumerable<TestCaseData> Spins()
    {
        yield return new TestCaseData("ld.global.u32 %r3, [%rd1];\nsetp.eq.u32 %p3, %r3, 0;").SetArgDisplayNames("plain");
        yield return new TestCaseData("cvta.global.u64 %rd2, %rd1;\nld.u32 %r3, [%rd2];\nsetp.eq.u32 %p3, %r3, 0;").SetArgDisplayNames("generic");
        yield return new TestCaseData("ld.volatile.global.u32 %r3, [%rd1];\nsetp.eq.u32 %p3, %r3, 0;").SetArgDisplayNames("volatile");
        yield return new TestCaseData("ld.volatile.global.u32 %r3, [%rd1];\nld.volatile.global.u32 %r4, [%rd1+4];\nsetp.eq.u32 %p3, %r3, %r4;")
            .SetArgDisplayNames("two volatile");
    }

    [TestCaseSource(nameof(Spins))]
    public void A_block_that_spins_lets_the_others_run(string loads)
    {
        foreach (int workers in (int[])[1, 2])
        {
            using var rig = new GpuRig(threads: workers);
            ulong data = rig.Upload(new int[3], "flag");
            var result = rig.Launch(rig.Load(Spin(loads))["k"], new Dim3(40), new Dim3(32), new LaunchOptions { InstructionBudget = 1_000_000 }, data);
            Assert.That(result.Findings, Is.Empty);
            Assert.That(rig.Download<int>(data, 3)[2], Is.EqualTo(7));
        }
    }

    [Test]
    public void A_spin_that_cannot_end_uses_up_its_budget()
    {
        using var rig = new GpuRig();
        ulong data = rig.Upload(new int[3], "flag");
        var result = rig.Launch(rig.Load(Spin("ld.global.u32 %r3, [%rd1+4];\nsetp.eq.u32 %p3, %r3, 0;"))["k"], new Dim3(40), new Dim3(32),
            new LaunchOptions { InstructionBudget = 100_000 }, data);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.InstructionBudget));
        Assert.That(result.Fault!.Message, Does.Contain("the block executed 100000 warp instructions without ending"));
    }

    [TestCase(1024, 0, 2)]
    [TestCase(32, 0, 32)]
    [TestCase(33, 0, 32)]
    [TestCase(96, 0, 21)]
    [TestCase(256, 24 << 10, 4)]
    [TestCase(64, 99 << 10, 1)]
    public void A_multiprocessor_holds_blocks_by_threads_and_shared_memory(int threads, int shared, int blocks) =>
        Assert.That(Residency.PerMultiprocessor(threads, shared), Is.EqualTo(blocks));
}
