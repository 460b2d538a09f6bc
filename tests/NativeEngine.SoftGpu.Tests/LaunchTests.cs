namespace NativeEngine.SoftGpu.Tests;

/// <summary>Launch limits, schedules, counters, traces.</summary>
[TestFixture]
internal sealed class LaunchTests
{
    private const string Nothing = "ret;";

    [TestCase(0, 32, 0, 0, "grid (0,1,1) is empty")]
    [TestCase(1, 2000, 0, 0, "block (2000,1,1) has 2000 threads")]
    [TestCase(1, 64, 60000, 0, "more than the limit of 49152")]
    [TestCase(1, 64, 0, 8, "16 bytes of parameters were given, the kernel takes 8")]
    public void Broken_limits_are_findings(int grid, int block, int shared, int extra, string problem)
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel(Nothing))["k"];
        var result = rig.Machine.Launch(function, new Dim3(grid), new Dim3(block), shared, new byte[8 + extra]);
        Assert.That(result.Fault?.Kind, Is.EqualTo(FindingKind.Launch));
        Assert.That(result.Fault!.Message, Does.Contain(problem));
        Assert.That(result.Fault.Place.Kernel, Is.EqualTo("k"));
    }

    [Test]
    public void The_declared_block_size_is_kept()
    {
        using var rig = new GpuRig();
        var limited = rig.Load(PtxSnippet.Kernel(Nothing, directives: ".maxntid 64, 1, 1"))["k"];
        Assert.That(rig.Launch(limited, new Dim3(1), new Dim3(65), null, 0ul).Fault?.Message, Does.Contain(".maxntid allows 64"));
        Assert.That(rig.Launch(limited, new Dim3(1), new Dim3(64), null, 0ul).Fault, Is.Null);
        var exact = rig.Load(PtxSnippet.Kernel(Nothing, directives: ".reqntid 8, 4"))["k"];
        Assert.That(rig.Launch(exact, new Dim3(1), new Dim3(32), null, 0ul).Fault?.Message, Does.Contain(".reqntid demands"));
    }

    [Test]
    public void A_missing_kernel_is_named_with_those_there_are()
    {
        using var rig = new GpuRig();
        var module = rig.Load(PtxSnippet.Kernel(Nothing));
        Assert.That(() => module["q"], Throws.TypeOf<Core.DeviceException>().With.Message.Contains("no kernel 'q' (kernels: k)"));
    }

    /// <summary>Block sums by shared memory and barriers, with a divergent loop in front; the result must not depend on the order of anything.</summary>
    private const string BlockSum = """
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, 0;
        mov.u32 %r4, 0;
        LOOP:
        add.s32 %r4, %r4, %r3;
        add.s32 %r3, %r3, 1;
        setp.le.u32 %p1, %r3, %r1;
        @%p1 bra LOOP;
        add.s32 %r4, %r4, %r2;
        mul.wide.u32 %rd5, %r1, 4;
        mov.u64 %rd6, sh;
        add.s64 %rd7, %rd6, %rd5;
        st.shared.u32 [%rd7], %r4;
        mov.u32 %r5, 64;
        HALVE:
        bar.sync 0;
        setp.ge.u32 %p2, %r1, %r5;
        @%p2 bra SKIP;
        mul.wide.u32 %rd8, %r5, 4;
        add.s64 %rd9, %rd7, %rd8;
        ld.shared.u32 %r6, [%rd9];
        ld.shared.u32 %r7, [%rd7];
        add.s32 %r7, %r7, %r6;
        st.shared.u32 [%rd7], %r7;
        SKIP:
        shr.u32 %r5, %r5, 1;
        setp.ne.u32 %p3, %r5, 0;
        @%p3 bra HALVE;
        setp.ne.u32 %p4, %r1, 0;
        @%p4 ret;
        mul.wide.u32 %rd10, %r2, 4;
        add.s64 %rd11, %rd1, %rd10;
        st.global.u32 [%rd11], %r7;
        ret;
        """;

    private static (uint[] Sums, LaunchResult Result) RunBlockSum(LaunchOptions options, int threads = 1)
    {
        using var rig = new GpuRig(threads: threads);
        var function = rig.Load(PtxSnippet.Kernel(BlockSum, before: ".shared .align 4 .b8 sh[512];"))["k"];
        ulong output = rig.Upload(new uint[20]);
        var result = rig.Launch(function, new Dim3(20), new Dim3(128), options, output);
        return (rig.Download<uint>(output, 20), result);
    }

    private static readonly uint[] ExpectedSums = [.. Enumerable.Range(0, 20).Select(b => (uint)Enumerable.Range(0, 128).Sum(t => t * (t + 1) / 2 + b))];

    [Test]
    public void Shuffled_schedules_give_the_same_result_without_findings([Values(1ul, 2ul, 3ul, 4ul, 5ul, 6ul, 7ul, 8ul)] ulong seed)
    {
        var (sums, result) = RunBlockSum(LaunchOptions.Sanitized with { ScheduleSeed = seed });
        Assert.That(result.Findings, Is.Empty);
        Assert.That(sums, Is.EqualTo(ExpectedSums));
    }

    [Test]
    public void Counters_do_not_depend_on_workers_or_repetition()
    {
        var (sums, one) = RunBlockSum(new LaunchOptions { Observers = ObserverSet.Counters });
        var (_, many) = RunBlockSum(new LaunchOptions { Observers = ObserverSet.Counters }, threads: 3);
        Assert.That(sums, Is.EqualTo(ExpectedSums));
        foreach (var property in typeof(LaunchCounters).GetProperties())
            Assert.That(property.GetValue(many.Counters), Is.EqualTo(property.GetValue(one.Counters)), property.Name);
        Assert.That(one.Counters.Barriers, Is.EqualTo(20 * 7));
        Assert.That(one.Counters.DivergentBranches, Is.GreaterThan(0));
        Assert.That(one.Counters.Of(InstructionClass.Barrier), Is.EqualTo(20 * 7 * 128));
        long classes = Enum.GetValues<InstructionClass>().Sum(one.Counters.Of);
        Assert.That(classes, Is.EqualTo(one.Counters.ThreadInstructions));
    }

    [TestCase(1, 8 * 4, 8 * 4, 0)]
    [TestCase(2, 8 * 8, 8 * 4, 1)]
    [TestCase(8, 32 * 8, 8 * 4, 7)]
    [TestCase(32, 32 * 8, 8 * 4, 31)]
    public void Strides_cost_sectors_and_bank_conflicts(int stride, int sectors, int minimum, int conflictsPerAccess)
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.lo.s32 %r2, %r1, {stride * 4};
            cvt.u64.u32 %rd5, %r2;
            add.s64 %rd6, %rd1, %rd5;
            ld.global.f32 %f1, [%rd6];
            and.b32 %r3, %r1, 31;
            mul.lo.s32 %r3, %r3, {stride * 4};
            cvt.u64.u32 %rd7, %r3;
            mov.u64 %rd8, sh;
            add.s64 %rd9, %rd8, %rd7;
            st.shared.f32 [%rd9], %f1;
            ret;
            """, before: ".shared .align 4 .b8 sh[4096];"))["k"];
        ulong data = rig.Upload(new float[256 * 32]);
        const int warps = 8;
        var c = rig.Launch(function, new Dim3(1), new Dim3(32 * warps), new LaunchOptions { Observers = ObserverSet.Counters }, data).Counters;
        Assert.Multiple(() =>
        {
            Assert.That(c.GlobalLoadSectors, Is.EqualTo(sectors));
            Assert.That(c.GlobalLoadSectorsMinimum, Is.EqualTo(minimum));
            Assert.That(c.GlobalLoadBytes, Is.EqualTo(warps * 128));
            Assert.That(c.SharedAccesses, Is.EqualTo(warps));
            Assert.That(c.SharedBankConflicts, Is.EqualTo(warps * conflictsPerAccess));
        });
    }

    [Test]
    public void A_trace_shows_what_one_thread_executed()
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel(".loc 1 7 0\nmov.u32 %r1, %tid.x;\nsetp.gt.u32 %p1, %r1, 4;\n@%p1 bra BIG;\nmov.u32 %r2, "
            + "1;\nret;\nBIG:\n.loc 1 9 0\nmov.f32 %f1, 0f3FC00000;\n@!%p1 mov.u32 %r2, 2;\nret;", before: ".file 1 \"demo.cu\""))["k"];
        var steps = new List<TraceStep>();
        var options = new LaunchOptions { Observers = ObserverSet.Trace, Trace = new TraceRequest(new Dim3(1, 0, 0), new Dim3(5, 0, 0), steps.Add) };
        rig.Launch(function, new Dim3(2), new Dim3(64), options, 0ul);
        string[] text = [.. steps.Select(step => $"{step.Instruction.SourceLine} {step.Instruction} {step.Values}{(step.Skipped ? " skipped" : "")}")];
        Assert.That(text[1..], Is.EqualTo(new[]
        {
            "7 mov.u32 %r1, %tid.x; %r1=5",
            "7 setp.gt.u32 %p1, %r1, 4; %p1=true %r1=5",
            "7 @%p1 bra BIG; %p1=true",
            "9 mov.f32 %f1, 0f3FC00000; %f1=1.5",
            "9 @!%p1 mov.u32 %r2, 2; %r2=0 %p1=true skipped",
            "9 ret; ",
        }));
        Assert.That(steps[1].SourceFile, Is.EqualTo("demo.cu"));
    }

    [Test]
    public void Lanes_that_spin_do_not_starve_the_lane_they_wait_for()
    {
        using var rig = new GpuRig();
        // Lane 0 sets the flag in a block that lies behind the spin loop of the others.
        var function = rig.Load(PtxSnippet.Kernel("""
            mov.u32 %r1, %tid.x;
            setp.eq.u32 %p1, %r1, 0;
            @%p1 bra SET;
            SPIN:
            ld.volatile.global.u32 %r2, [%rd1];
            setp.eq.u32 %p2, %r2, 0;
            @%p2 bra SPIN;
            ret;
            SET:
            mov.u32 %r3, 1;
            st.volatile.global.u32 [%rd1], %r3;
            ret;
            """))["k"];
        var result = rig.Launch(function, new Dim3(1), new Dim3(64), new LaunchOptions { InstructionBudget = 1 << 20 }, rig.Upload(new uint[1]));
        Assert.That(result.Findings, Is.Empty);
    }

    [Test]
    public void A_kernel_with_more_than_64_blocks_of_code_runs()
    {
        string body = string.Concat(Enumerable.Range(0, 150).Select(i => $"setp.ne.u32 %p1, %r1, {i};\n@%p1 bra S{i};\nadd.s32 %r2, %r2, {i};\nS{i}:\n"));
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"mov.u32 %r1, %tid.x;\nmov.u32 %r2, 0;\n{body}mul.wide.u32 %rd5, %r1, 4;\nadd.s64 %rd6, %rd1, "
            + "%rd5;\nst.global.u32 [%rd6], %r2;\nret;"))["k"];
        ulong data = rig.Upload(new uint[128]);
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(128), null, data).Findings, Is.Empty);
        Assert.That(rig.Download<uint>(data, 128), Is.EqualTo(Enumerable.Range(0, 128).Select(i => (uint)i)));
    }

    [Test]
    public void Blocks_in_parallel_give_the_bits_of_one_worker()
    {
        float[] Run(int threads)
        {
            using var rig = new GpuRig(threads: threads);
            var function = GpuRig.LoadProduct(rig, "elementwise")["gelu_fwd_f32"];
            float[] x = [.. Enumerable.Range(0, 5000).Select(i => i * 0.002f - 5)];
            ulong y = rig.Upload(new float[x.Length]);
            Assert.That(rig.Launch(function, new Dim3(20), new Dim3(256), null, rig.Upload(x), y, 5000L, 0f, 0f).Findings, Is.Empty);
            return rig.Download<float>(y, x.Length);
        }
        Assert.That(Run(4), Is.EqualTo(Run(1)));
    }
}
