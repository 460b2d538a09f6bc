namespace NativeEngine.SoftGpu.Tests;

/// <summary>Shuffles, votes, matches, reductions, carries, packing moves, barriers and special registers.</summary>
[TestFixture]
internal sealed class WarpInstructionTests
{
    /// <summary>Runs a body in one warp; every lane stores %r9 (32 bits).</summary>
    private static uint[] Run(string body, int block = 32, int grid = 1, Dim3? shape = null)
    {
        using var rig = new GpuRig(track: true);
        var dims = shape ?? new Dim3(block);
        int threads = (int)dims.Count;
        var function = rig.Load(PtxSnippet.Kernel($"""
            mov.u32 %r1, %laneid;
            mov.u32 %r20, %tid.x; mov.u32 %r21, %ntid.x; mov.u32 %r22, %tid.y; mov.u32 %r23, %ntid.y; mov.u32 %r24, %tid.z;
            mad.lo.s32 %r25, %r24, %r23, %r22;
            mad.lo.s32 %r26, %r25, %r21, %r20;
            mov.u32 %r27, %ctaid.x;
            mad.lo.s32 %r26, %r27, {threads}, %r26;
            mul.wide.u32 %rd20, %r26, 4;
            add.s64 %rd21, %rd1, %rd20;
            {body}
            st.global.u32 [%rd21], %r9;
            ret;
            """, before: ".shared .align 4 .b8 sh[256];"))["k"];
        ulong data = rig.Upload(new uint[threads * grid]);
        var result = rig.Launch(function, new Dim3(grid), dims, LaunchOptions.Sanitized, data);
        Assert.That(result.Findings, Is.Empty);
        return rig.Download<uint>(data, threads * grid);
    }

    private static uint[] Expect(Func<int, long> lane) => [.. Enumerable.Range(0, 32).Select(i => (uint)lane(i))];

    [TestCase("up", 3, 0, 32)]
    [TestCase("up", 1, 0x1800, 8)]
    [TestCase("down", 5, 31, 32)]
    [TestCase("down", 2, 0x181F, 8)]
    [TestCase("bfly", 16, 31, 32)]
    [TestCase("bfly", 3, 31, 32)]
    [TestCase("bfly", 4, 0x1C1F, 4)]
    [TestCase("idx", 7, 31, 32)]
    [TestCase("idx", 3, 0x181F, 8)]
    public void Shuffles_follow_segments_and_clamps(string mode, int distance, int clamp, int width)
    {
        int From(int lane)
        {
            int segment = lane / width * width;
            int from = mode switch { "up" => lane - distance, "down" => lane + distance, "bfly" => lane ^ distance, _ => segment + distance };
            return from;
        }
        bool Valid(int lane) => mode == "up" ? From(lane) >= lane / width * width : From(lane) < (lane / width + 1) * width;
        var plain = Run($"mul.lo.s32 %r2, %r1, 10;\nshfl.sync.{mode}.b32 %r9, %r2, {distance}, {clamp}, -1;");
        Assert.That(plain, Is.EqualTo(Expect(lane => Valid(lane) ? From(lane) * 10 : lane * 10)));
        var predicate = Run($"shfl.sync.{mode}.b32 %r3|%p1, %r1, {distance}, {clamp}, -1;\nselp.u32 %r9, 1, 0, %p1;");
        Assert.That(predicate, Is.EqualTo(Expect(lane => Valid(lane) ? 1 : 0)));
    }

    [Test]
    public void Halves_of_a_warp_shuffle_apart_when_their_masks_say_so() => Assert.That(
        Run("""
            setp.lt.u32 %p1, %r1, 16;
            @%p1 bra LOW;
            shfl.sync.bfly.b32 %r9, %r1, 1, 31, 0xFFFF0000;
            bra.uni DONE;
            LOW:
            shfl.sync.bfly.b32 %r9, %r1, 2, 31, 0x0000FFFF;
            DONE:
            """), Is.EqualTo(Expect(lane => lane < 16 ? lane ^ 2 : lane ^ 1)));

    [Test]
    public void Groups_with_masks_in_registers_meet_apart() => Assert.That(
        Run("""
            and.b32 %r2, %r1, 1;
            setp.eq.u32 %p1, %r2, 0;
            selp.b32 %r3, 0x55555555, 0xAAAAAAAA, %p1;
            shfl.sync.idx.b32 %r9, %r1, %r2, 31, %r3;
            bar.warp.sync %r3;
            """), Is.EqualTo(Expect(lane => lane & 1)));

    [Test]
    public void Votes() => Assert.That(
        Run("""
            setp.lt.u32 %p1, %r1, 5;
            vote.sync.ballot.b32 %r2, %p1, -1;
            vote.sync.any.pred %p2, %p1, -1;
            vote.sync.all.pred %p3, !%p1, -1;
            vote.sync.uni.pred %p4, %p1, -1;
            selp.u32 %r3, 0x100, 0, %p2;
            selp.u32 %r4, 0x200, 0, %p3;
            selp.u32 %r5, 0x400, 0, %p4;
            or.b32 %r9, %r2, %r3;
            or.b32 %r9, %r9, %r4;
            or.b32 %r9, %r9, %r5;
            """), Is.EqualTo(Expect(_ => 0x11F)));

    [Test]
    public void Matches_and_active_lanes() => Assert.That(
        Run("""
            and.b32 %r2, %r1, 3;
            match.any.sync.b32 %r3, %r2, -1;
            match.all.sync.b32 %r4|%p1, %r2, -1;
            activemask.b32 %r5;
            selp.u32 %r6, 1, 0, %p1;
            add.s32 %r9, %r3, %r4;
            add.s32 %r9, %r9, %r6;
            not.b32 %r5, %r5;
            add.s32 %r9, %r9, %r5;
            """), Is.EqualTo(Expect(lane => 0x11111111u << (lane & 3))));

    [TestCase("add.s32", 32 * 31 / 2)]
    [TestCase("min.u32", 0)]
    [TestCase("max.s32", 31)]
    [TestCase("or.b32", 31)]
    [TestCase("and.b32", 0)]
    [TestCase("xor.b32", 0)]
    public void Warp_reductions(string operation, int expected) =>
        Assert.That(Run($"redux.sync.{operation} %r9, %r1, -1;"), Is.EqualTo(Expect(_ => expected)));

    [Test]
    public void Carries_join_two_words() => Assert.That(
        Run("""
            mov.u32 %r2, 0xFFFFFFFF;
            add.cc.u32 %r3, %r2, %r1;
            addc.u32 %r4, 5, 0;
            sub.cc.u32 %r5, %r1, 1;
            subc.u32 %r6, 9, 0;
            mul.lo.s32 %r6, %r6, 100;
            add.s32 %r9, %r4, %r6;
            """), Is.EqualTo(Expect(lane => (lane == 0 ? 5 : 6) + (lane == 0 ? 800 : 900))));

    [Test]
    public void Products_of_two_words_carry_into_the_next()
    {
        // 64 x 64 = 128 bits from 32-bit parts, as compilers write it; lane's operands are made of its number.
        uint[] got = Run("""
            mad.lo.s32 %r2, %r1, 0x9E3779B9, 0x7F4A7C15; mul.lo.s32 %r3, %r2, 0x85EBCA6B; mul.lo.s32 %r4, %r3, 0xC2B2AE35; not.b32 %r5, %r4;
            mul.lo.u32 %r6, %r2, %r4;
            mul.hi.u32 %r7, %r2, %r4;
            mad.lo.cc.u32 %r7, %r3, %r4, %r7;
            madc.hi.u32 %r8, %r3, %r4, 0;
            mad.lo.cc.u32 %r7, %r2, %r5, %r7;
            madc.hi.cc.u32 %r8, %r2, %r5, %r8;
            addc.u32 %r10, 0, 0;
            mad.lo.cc.u32 %r8, %r3, %r5, %r8;
            madc.hi.u32 %r10, %r3, %r5, %r10;
            mul.lo.u32 %r11, %r7, 3; mul.lo.u32 %r12, %r8, 5; mul.lo.u32 %r13, %r10, 7;
            add.s32 %r9, %r6, %r11; add.s32 %r9, %r9, %r12; add.s32 %r9, %r9, %r13;
            """);
        Assert.That(got, Is.EqualTo(Expect(lane =>
        {
            uint r2 = unchecked((uint)lane * 0x9E3779B9u + 0x7F4A7C15u), r3 = unchecked(r2 * 0x85EBCA6Bu), r4 = unchecked(r3 * 0xC2B2AE35u), r5 = ~r4;
            var product = (UInt128)((ulong)r3 << 32 | r2) * ((ulong)r5 << 32 | r4);
            return unchecked((uint)product + 3 * (uint)(product >> 32) + 5 * (uint)(product >> 64) + 7 * (uint)(product >> 96));
        })));
    }

    [Test]
    public void Forms_of_old_targets_are_for_the_lanes_that_execute_them()
    {
        string ptx = PtxSnippet.Kernel("""
            mov.u32 %r1, %laneid;
            setp.lt.u32 %p1, %r1, 8;
            vote.ballot.b32 %r2, %p1;
            shfl.down.b32 %r3|%p2, %r1, 1, 31;
            vote.any.pred %p3, !%p2;
            selp.u32 %r4, 1000, 0, %p3;
            add.s32 %r3, %r3, %r4;
            add.s32 %r2, %r2, %r3;
            mul.wide.u32 %rd5, %r1, 4;
            add.s64 %rd5, %rd5, %rd1;
            st.global.u32 [%rd5], %r2;
            ret;
            """).Replace(PtxSnippet.Header, ".version 5.0\n.target sm_35\n.address_size 64\n");
        using var rig = new GpuRig(track: true);
        ulong data = rig.Upload(new uint[32]);
        Assert.That(rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(32), LaunchOptions.Sanitized, data).Findings, Is.Empty);
        Assert.That(rig.Download<uint>(data, 32), Is.EqualTo(Expect(lane => 0xFF + Math.Min(lane + 1, 31) + 1000)));
    }

    [TestCase("f16x2", 0x3C00u, 0xC000u)]
    [TestCase("bf16x2", 0x3F80u, 0xC000u)]
    public void Halves_are_compared_one_by_one(string type, uint one, uint minusTwo) => Assert.That(
        Run($"""
            setp.lt.u32 %p5, %r1, 4;
            mov.u32 %r2, 0x{minusTwo | one << 16:x};
            mov.u32 %r3, 0x{one | minusTwo << 16:x};
            setp.lt.{type} %p1|%p2, %r2, %r3;
            setp.gt.and.{type} %p3|%p4, %r2, %r3, %p5;
            selp.u32 %r4, 1, 0, %p1; selp.u32 %r5, 10, 0, %p2; selp.u32 %r6, 100, 0, %p3; selp.u32 %r7, 1000, 0, %p4;
            add.s32 %r9, %r4, %r5; add.s32 %r9, %r9, %r6; add.s32 %r9, %r9, %r7;
            """), Is.EqualTo(Expect(lane => 1 + (lane < 4 ? 1000 : 0))));

    [Test]
    public void Reducing_barriers_in_their_long_spelling() => Assert.That(
        Run("setp.gt.u32 %p1, %r1, 3;\nbarrier.cta.red.popc.aligned.u32 %r9, 0, %p1;\nbarrier.red.or.aligned.pred %p2, 1, 64, %p1;\n@%p2 add.s32 %r9, "
            + "%r9, 100;", 64),
        Is.All.EqualTo(156));

    [Test]
    public void One_member_is_elected() => Assert.That(
        Run("setp.gt.u32 %p1, %r1, 2;\nmov.u32 %r9, 99;\n@%p1 bra L;\nbra.uni END;\nL:\nelect.sync %r9|%p2, 0xFFFFFFF8;\n@%p2 add.s32 %r9, %r9, 100;\nEND:"),
        Is.EqualTo(Expect(lane => lane < 3 ? 99 : lane == 3 ? 103 : 3)));

    [Test]
    public void Logic_with_a_predicate() => Assert.That(
        Run("""
            setp.lt.u32 %p1, %r1, 16;
            lop3.or.b32 %r2|%p2, %r1, 3, 0, 0xC0, %p1;
            lop3.and.b32 _|%p3, %r1, 3, 0, 0xC0, !%p1;
            selp.u32 %r3, 100, 0, %p2;
            selp.u32 %r4, 1000, 0, %p3;
            add.s32 %r9, %r2, %r3;
            add.s32 %r9, %r9, %r4;
            """), Is.EqualTo(Expect(lane => (lane & 3) + ((lane & 3) != 0 || lane < 16 ? 100 : 0) + ((lane & 3) != 0 && lane >= 16 ? 1000 : 0))));

    [Test]
    public void A_block_is_a_cluster_of_its_own() => Assert.That(
        Run("""
            mov.u32 %r2, %cluster_ctarank; mov.u32 %r3, %cluster_nctarank; mov.u32 %r4, %clusterid.x; mov.u32 %r5, %envreg3; mov.u32 %r6, %nclusterid.x;
            mad.lo.s32 %r9, %r2, 100, %r3; mad.lo.s32 %r9, %r9, 10, %r4; mad.lo.s32 %r9, %r9, 10, %r5; mad.lo.s32 %r9, %r9, 10, %r6;
            """, grid: 2), Is.EqualTo(Expect(_ => 1002).Concat(Expect(_ => 1102))));

    [Test]
    public void Packing_moves_and_sinks() => Assert.That(
        Run("""
            mov.u32 %r2, 0xABCD1234;
            mov.b32 {%rs1, %rs2}, %r2;
            mov.b32 %r3, {%rs2, %rs1};
            mov.b64 %rd5, {%r3, %r2};
            mov.b64 {_, %r4}, %rd5;
            mov.b64 {%rs3, %rs4, _, _}, %rd5;
            mov.b64 %rd6, {%rs4, %rs3, %rs4, %rs3};
            mov.b64 {%r5, _}, %rd6;
            xor.b32 %r6, %r4, %r2;
            xor.b32 %r7, %r5, 0xABCD1234;
            xor.b32 %r8, %r3, 0x1234ABCD;
            or.b32 %r9, %r6, %r7;
            or.b32 %r9, %r9, %r8;
            """), Is.EqualTo(Expect(_ => 0)));

    [Test]
    public void Setp_with_two_results_and_a_third_source() => Assert.That(
        Run("""
            setp.lt.u32 %p3, %r1, 20;
            setp.gt.and.u32 %p1|%p2, %r1, 9, %p3;
            setp.gt.xor.u32 %p4, %r1, 9, !%p3;
            selp.u32 %r2, 1, 0, %p1;
            selp.u32 %r3, 2, 0, %p2;
            selp.u32 %r4, 4, 0, %p4;
            add.s32 %r9, %r2, %r3;
            add.s32 %r9, %r9, %r4;
            """), Is.EqualTo(Expect(lane => (lane > 9 && lane < 20 ? 1 : 0) + (lane <= 9 && lane < 20 ? 2 : 0) + (lane > 9 ^ lane >= 20 ? 4 : 0))));

    [Test]
    public void Guards_leave_other_lanes_alone() => Assert.That(
        Run("setp.lt.u32 %p1, %r1, 7;\nmov.u32 %r9, 1;\n@%p1 mov.u32 %r9, 2;\n@!%p1 add.s32 %r9, %r9, %r1;"),
            Is.EqualTo(Expect(lane => lane < 7 ? 2 : 1 + lane)));

    [Test]
    public void Loops_with_a_trip_count_per_lane_reconverge() => Assert.That(
        Run("mov.u32 %r2, 0;\nmov.u32 %r9, 0;\nL:\nadd.s32 %r9, %r9, %r2;\nadd.s32 %r2, %r2, 1;\nsetp.le.u32 %p1, %r2, %r1;\n@%p1 bra "
            + "L;\nredux.sync.add.s32 %r9, %r9, -1;"),
        Is.EqualTo(Expect(_ => Enumerable.Range(0, 32).Sum(l => l * (l + 1) / 2))));

    [Test]
    public void Reducing_barriers_count_threads() => Assert.That(
        Run("setp.lt.u32 %p1, %r20, 40;\nbar.red.popc.u32 %r9, 0, %p1;\nbar.red.and.pred %p2, 0, %p1;\nbar.red.or.pred %p3, 0, !%p1;\n@%p2 add.s32 %r9, "
            + "%r9, 1000;\n@%p3 add.s32 %r9, %r9, 100;", 96),
        Is.All.EqualTo(140));

    [Test]
    public void Producers_arrive_and_consumers_wait() => Assert.That(
        Run("""
            setp.lt.u32 %p1, %r20, 32;
            @%p1 bra PRODUCE;
            barrier.sync 1, 64;
            ld.shared.u32 %r9, [sh];
            bra.uni END;
            PRODUCE:
            mov.u32 %r9, 77;
            setp.eq.u32 %p2, %r20, 0;
            @%p2 st.shared.u32 [sh], %r9;
            bar.warp.sync -1;
            bar.arrive 1, 64;
            END:
            """, 64), Is.All.EqualTo(77));

    [Test]
    public void Positions_in_three_dimensions()
    {
        uint[] got = Run("mad.lo.s32 %r9, %r24, 100, %r22;\nmad.lo.s32 %r9, %r9, 100, %r20;", shape: new Dim3(5, 3, 4), grid: 2);
        for (int i = 0; i < got.Length; i++)
        {
            int thread = i % 60;
            Assert.That(got[i], Is.EqualTo((thread / 15 * 100 + thread / 5 % 3) * 100 + thread % 5));
        }
    }

    [Test]
    public void Generic_addresses_know_their_space() => Assert.That(
        Run("""
            .local .align 8 .b8 depot[8];
            mov.u64 %rd5, sh;
            cvta.shared.u64 %rd6, %rd5;
            mov.u64 %rd7, depot;
            cvta.local.u64 %rd8, %rd7;
            isspacep.shared %p1, %rd6;
            isspacep.local %p2, %rd8;
            isspacep.global %p3, %rd1;
            isspacep.global %p4, %rd6;
            selp.u32 %r2, 1, 0, %p1;
            selp.u32 %r3, 2, 0, %p2;
            selp.u32 %r4, 4, 0, %p3;
            selp.u32 %r5, 8, 0, %p4;
            st.u32 [%rd8+4], %r1;
            ld.local.u32 %r6, [depot+4];
            cvta.to.local.u64 %rd9, %rd8;
            ld.local.u32 %r7, [%rd9+4];
            add.s32 %r9, %r2, %r3;
            add.s32 %r9, %r9, %r4;
            add.s32 %r9, %r9, %r5;
            mad.lo.s32 %r9, %r6, 100, %r9;
            sub.s32 %r7, %r7, %r6;
            add.s32 %r9, %r9, %r7;
            """), Is.EqualTo(Expect(lane => 7 + 100 * lane)));
}
