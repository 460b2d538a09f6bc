namespace NativeEngine.SoftGpu.Tests;

/// <summary>Barriers in shared memory: phases, states, parities, dropping, and what is no barrier.</summary>
[TestFixture]
internal sealed class MbarrierTests
{
    private static (uint[] Values, LaunchResult Result) Run(string body, int block = 64)
    {
        using var rig = new GpuRig(track: true);
        ulong data = rig.Upload(Enumerable.Range(0, block).Select(i => (uint)i + 1).ToArray()), output = rig.Upload(new uint[block]);
        string ptx = PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd5, %r1, 4;
            add.s64 %rd6, %rd1, %rd5;
            add.s64 %rd7, %rd2, %rd5;
            mov.u32 %r9, 0;
            {body}
            st.global.b32 [%rd7], %r9;
            ret;
            """, 2, ".shared .align 8 .b64 bar;\n.shared .align 16 .b8 sh[1024];");
        var result = rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(block), LaunchOptions.Sanitized, data, output);
        return (rig.Download<uint>(output, block), result);
    }

    private const string Initialise = """
        setp.eq.u32 %p1, %r1, 0;
        @%p1 mbarrier.init.shared.b64 [bar], 64;
        bar.sync 0;

        """;

    [Test]
    public void Phases_end_when_all_have_arrived()
    {
        var (values, result) = Run(Initialise + """
            mov.u32 %r5, 0;
            LOOP:
            mbarrier.arrive.shared::cta.b64 %rd8, [bar];
            mbarrier.pending_count.b64 %r6, %rd8;
            WAIT:
            mbarrier.test_wait.shared::cta.b64 %p2, [bar], %rd8;
            @!%p2 bra WAIT;
            add.s32 %r9, %r9, %r6;
            add.s32 %r5, %r5, 1;
            setp.lt.u32 %p3, %r5, 3;
            @%p3 bra LOOP;
            """);
        Assert.That(result.Findings, Is.Empty);
        // Lane after lane finds one arrival less missing: 64 down to 1, in each of three phases.
        Assert.That(values.Sum(x => (int)x), Is.EqualTo(3 * 64 * 65 / 2));
        Assert.That(values, Is.All.InRange(3, 3 * 64));
    }

    [Test]
    public void Parities_tell_this_phase_from_the_last()
    {
        var (values, result) = Run("""
            mov.u32 %r4, bar;
            mbarrier.init.shared.b64 [%r4], 2;
            mbarrier.test_wait.parity.shared.b64 %p1, [%r4], 1;
            mbarrier.test_wait.parity.shared.b64 %p2, [%r4], 0;
            mbarrier.arrive.noComplete.release.cta.shared.b64 _, [%r4], 1;
            mbarrier.arrive_drop.shared.b64 %rd8, [%r4];
            mbarrier.try_wait.parity.acquire.cta.shared.b64 %p3, [%r4], 0, 100;
            mbarrier.arrive.shared.b64 %rd9, [%r4];
            mbarrier.test_wait.shared.b64 %p4, [%r4], %rd9;
            mbarrier.pending_count.b64 %r5, %rd9;
            mbarrier.inval.shared.b64 [%r4];
            selp.u32 %r6, 1, 0, %p1; selp.u32 %r7, 10, 0, %p2; selp.u32 %r8, 100, 0, %p3; selp.u32 %r10, 1000, 0, %p4;
            add.s32 %r9, %r6, %r7; add.s32 %r9, %r9, %r8; add.s32 %r9, %r9, %r10;
            mad.lo.s32 %r9, %r5, 10000, %r9;
            """, 1);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values[0], Is.EqualTo(11101));
    }

    [Test]
    public void Copies_arrive_at_a_barrier()
    {
        var (values, result) = Run(Initialise + """
            mov.u32 %r4, sh;
            mad.lo.s32 %r5, %r1, 4, %r4;
            cp.async.ca.shared.global [%r5], [%rd6], 4;
            cp.async.mbarrier.arrive.noinc.shared.b64 [bar];
            WAIT:
            mbarrier.test_wait.parity.shared.b64 %p2, [bar], 0;
            @!%p2 bra WAIT;
            xor.b32 %r6, %r1, 32;
            mad.lo.s32 %r6, %r6, 4, %r4;
            bar.sync 0;
            ld.shared.u32 %r9, [%r6];
            """);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.EqualTo(Enumerable.Range(0, 64).Select(i => (uint)(i ^ 32) + 1)));
    }

    [TestCase("mbarrier.arrive.shared.b64 %rd8, [sh];", "nobody executed mbarrier.init")]
    [TestCase("mbarrier.init.shared.b64 [bar], 0;", "initialised for 0 arrivals")]
    [TestCase("mbarrier.init.shared.b64 [bar], 2;\nmbarrier.arrive.shared.b64 _, [bar], 3;", "gets 3 arrivals in a phase that waits for 2 more")]
    [TestCase("mbarrier.init.shared.b64 [bar], 1;\nmbarrier.arrive.noComplete.shared.b64 _, [bar], 1;", "ends its phase")]
    [TestCase("mbarrier.init.shared.b64 [bar], 1;\nmbarrier.inval.shared.b64 [bar];\nmbarrier.arrive.shared.b64 _, [bar];", "nobody executed mbarrier.init")]
    public void What_cannot_be_is_a_fault(string body, string problem)
    {
        var fault = Run(body, 1).Result.Fault!;
        Assert.That(fault.Kind, Is.EqualTo(FindingKind.BarrierDivergence));
        Assert.That(fault.Message, Does.Contain(problem));
    }
}
