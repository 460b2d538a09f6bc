namespace NativeEngine.SoftGpu.Tests;

/// <summary>Kernels that PTX's memory model orders are silent, in any schedule; the same with a part of the order missing are found.</summary>
[TestFixture]
internal sealed class RaceTests
{
    // %r1 thread, %r2 block, %r10 = 1; %rd4 shared memory, %rd6 the thread's word of it, %rd8 the block's and %rd9 the thread's word of the buffer.
    private const string Prelude = """
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r10, 1;
        mov.u64 %rd4, sh;
        mul.wide.u32 %rd5, %r1, 4;
        add.s64 %rd6, %rd4, %rd5;
        mul.wide.u32 %rd7, %r2, 4;
        add.s64 %rd8, %rd1, %rd7;
        add.s64 %rd9, %rd1, %rd5;
        setp.eq.u32 %p1, %r1, 0;
        setp.ge.u32 %p2, %r1, 32;
        setp.eq.u32 %p3, %r2, 0;

        """;

    private const string ZeroShared = "mov.u32 %r15, 0;\nst.shared.u32 [%rd6], %r15;\nbar.sync 0;\n";

    private static void Check(bool races, string body, int grid = 1, int block = 64)
    {
        string ptx = PtxSnippet.Kernel(Prelude + body + "\nEND:\nret;", before: ".shared .align 16 .b8 sh[1024];");
        foreach (ulong? seed in new ulong?[] { null, 1, 2, 3 })
        {
            using var rig = new GpuRig(track: true);
            var options = LaunchOptions.Sanitized with { ScheduleSeed = seed, InstructionBudget = 1 << 20 };
            var result = rig.Launch(rig.Load(ptx)["k"], new Dim3(grid), new Dim3(block), options, rig.Upload(new int[128], "data"));
            Assert.That(result.Fault, Is.Null, $"seed {seed}");
            Assert.That(
                result.Findings.Any(finding => finding.Kind is FindingKind.SharedRace or FindingKind.GlobalRace), Is.EqualTo(races),
                $"seed {seed}, found: {string.Join("; ", result.Findings)}");
            if (!races)
                Assert.That(result.Findings, Is.Empty, $"seed {seed}");
        }
    }

    // The first warp writes shared words and raises a flag, the second waits for it and reads them.
    [TestCase(false, "bar.warp.sync -1;\nmembar.cta;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.cta;")]
    [TestCase(false, "bar.warp.sync -1;\nfence.acq_rel.cta;", "st.relaxed.cta.global.u32", "ld.relaxed.cta.global.u32", "fence.acq_rel.cta;")]
    [TestCase(false, "bar.warp.sync -1;\nmembar.gl;", "st.volatile.global.u32", "ld.volatile.global.u32", "fence.sc.sys;")]
    [TestCase(false, "bar.warp.sync -1;", "st.release.cta.global.u32", "ld.acquire.cta.global.u32", "")]
    [TestCase(false, "bar.warp.sync -1;", "st.release.gpu.global.u32", "ld.relaxed.gpu.global.u32", "fence.acq_rel.gpu;")]
    [TestCase(false, "bar.warp.sync -1;", "red.release.cta.global.add.u32", "ld.acquire.cta.global.u32", "")]
    [TestCase(true, "bar.warp.sync -1;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.cta;")]
    [TestCase(true, "bar.warp.sync -1;\nmembar.cta;", "st.volatile.global.u32", "ld.volatile.global.u32", "")]
    [TestCase(true, "membar.cta;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.cta;")]
    [TestCase(true, "bar.warp.sync -1;", "st.relaxed.cta.global.u32", "ld.acquire.cta.global.u32", "")]
    [TestCase(true, "bar.warp.sync -1;\nmembar.cta;", "st.global.u32", "ld.volatile.global.u32", "membar.cta;")]
    public void A_flag_inside_a_block(bool races, string before, string raise, string read, string after) => Check(races, $"""
        @%p2 bra READ;
        st.shared.u32 [%rd6], %r1;
        {before}
        @!%p1 bra END;
        {raise} [%rd1+256], %r10;
        bra END;
        READ:
        {read} %r11, [%rd1+256];
        setp.eq.u32 %p4, %r11, 0;
        @%p4 bra READ;
        {after}
        ld.shared.u32 %r12, [%rd6+-128];
        """);

    // Block 0 writes a word and raises a flag, block 1 waits for it and reads the word.
    [TestCase(false, "membar.gl;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.gl;")]
    [TestCase(false, "", "st.release.gpu.global.u32", "ld.acquire.gpu.global.u32", "")]
    [TestCase(false, "", "st.release.sys.global.u32", "ld.acquire.gpu.global.u32", "")]
    [TestCase(true, "membar.cta;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.gl;")]
    [TestCase(true, "membar.gl;", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.cta;")]
    [TestCase(true, "membar.gl;", "st.volatile.global.u32", "ld.volatile.global.u32", "")]
    [TestCase(true, "", "st.volatile.global.u32", "ld.volatile.global.u32", "membar.gl;")]
    [TestCase(true, "", "st.release.cta.global.u32", "ld.acquire.gpu.global.u32", "")]
    [TestCase(true, "", "st.release.gpu.global.u32", "ld.acquire.cta.global.u32", "")]
    public void A_flag_between_blocks(bool races, string before, string raise, string read, string after) => Check(races, $"""
        @!%p3 bra READ;
        st.global.u32 [%rd1], %r1;
        {before}
        {raise} [%rd1+256], %r10;
        bra END;
        READ:
        {read} %r11, [%rd1+256];
        setp.eq.u32 %p4, %r11, 0;
        @%p4 bra READ;
        {after}
        ld.global.u32 %r12, [%rd1];
        """, grid: 2, block: 1);

    // What is written between the fence and the flag is not published; what the flag's reader resets it has seen written.
    [TestCase(false, "st.global.u32 [%rd1], %r1;\nmembar.gl;", "st.volatile.global.u32 [%rd1+256], %r15;")]
    [TestCase(false, "st.global.u32 [%rd1], %r1;\nmembar.gl;", "st.global.u32 [%rd1+256], %r15;")]
    [TestCase(true, "membar.gl;\nst.global.u32 [%rd1], %r1;", "st.volatile.global.u32 [%rd1+256], %r15;")]
    public void A_flag_is_reset_by_its_reader(bool races, string write, string reset) => Check(races, $"""
        mov.u32 %r15, 0;
        @!%p3 bra READ;
        {write}
        st.volatile.global.u32 [%rd1+256], %r10;
        bra END;
        READ:
        ld.volatile.global.u32 %r11, [%rd1+256];
        setp.eq.u32 %p4, %r11, 0;
        @%p4 bra READ;
        membar.gl;
        ld.global.u32 %r12, [%rd1];
        {reset}
        """, grid: 2, block: 1);

    // A lock by compare-and-swap around a counter.
    [TestCase(false, "gpu", "membar.gl;", "membar.gl;", 2)]
    [TestCase(false, "gpu", "membar.cta;", "membar.cta;", 1)]
    [TestCase(false, "cta", "fence.acq_rel.cta;", "fence.acq_rel.cta;", 1)]
    [TestCase(true, "gpu", "", "membar.gl;", 2)]
    [TestCase(true, "gpu", "membar.gl;", "", 1)]
    [TestCase(true, "gpu", "membar.cta;", "membar.cta;", 2)]
    [TestCase(true, "cta", "membar.gl;", "membar.gl;", 2)]
    public void A_lock(bool races, string scope, string acquire, string release, int grid) => Check(races, $"""
        mov.u32 %r15, 0;
        TRY:
        atom.relaxed.{scope}.global.cas.b32 %r11, [%rd1+256], 0, 1;
        setp.ne.u32 %p4, %r11, 0;
        @%p4 bra NEXT;
        {acquire}
        ld.global.u32 %r12, [%rd1];
        add.u32 %r12, %r12, 1;
        st.global.u32 [%rd1], %r12;
        {release}
        atom.relaxed.{scope}.global.exch.b32 %r13, [%rd1+256], 0;
        mov.u32 %r15, 1;
        NEXT:
        setp.eq.u32 %p5, %r15, 0;
        @%p5 bra TRY;
        """, grid);

    // CUDA's sample threadFenceReduction: the last block reads plainly after its barrier, with no fence of its own, and resets the ticket.
    [TestCase(false, "membar.gl;", "")]
    [TestCase(false, "", "membar.gl;\nbar.sync 1;")]
    [TestCase(true, "", "")]
    [TestCase(true, "membar.cta;", "")]
    public void The_last_block_sums_what_the_others_wrote(bool races, string fence, string fenceOfAll) => Check(races, $"""
        @!%p1 bra TICKET;
        st.global.u32 [%rd8], %r10;
        TICKET:
        {fence}
        {fenceOfAll}
        @!%p1 bra WAIT;
        atom.global.inc.u32 %r11, [%rd1+256], 4;
        setp.eq.u32 %p4, %r11, 3;
        selp.u32 %r12, 1, 0, %p4;
        st.shared.u32 [sh], %r12;
        WAIT:
        bar.sync 0;
        ld.shared.u32 %r12, [sh];
        setp.eq.u32 %p5, %r12, 0;
        @%p5 bra END;
        ld.global.u32 %r13, [%rd1];
        ld.global.u32 %r14, [%rd1+8];
        @!%p1 bra END;
        st.global.u32 [%rd1], %r14;
        mov.u32 %r15, 0;
        st.global.u32 [%rd1+256], %r15;
        """.Replace("ld.global.u32 %r13, [%rd1];", "@!%p1 bra END;\nld.global.u32 %r13, [%rd1];"), grid: 4);

    [TestCase(false, "bar.sync 1, 64;", "bar.sync 2, 64;", 31)]
    [TestCase(true, "bar.sync 1, 64;", "bar.sync 2, 64;", 64)]
    [TestCase(false, "bar.sync 0;", "bar.sync 0;", 64)]
    [TestCase(true, "bar.sync 1, 64;", "", 64)]
    public void Named_barriers_order_their_participants(bool races, string first, string second, int partner) => Check(races, $"""
        st.shared.u32 [%rd6], %r1;
        setp.ge.u32 %p4, %r1, 64;
        @%p4 bra SECOND;
        {first}
        bra JOIN;
        SECOND:
        {second}
        JOIN:
        xor.b32 %r11, %r1, {partner};
        mul.wide.u32 %rd10, %r11, 4;
        add.s64 %rd11, %rd4, %rd10;
        ld.shared.u32 %r12, [%rd11];
        """.Replace("bar.sync 0;\nbra JOIN;\nSECOND:\nbar.sync 0;", "SECOND:\nbar.sync 0;"), block: 128);

    // Producers arrive and go on, consumers wait; a second barrier would be needed before the next write.
    [TestCase(false, "st.shared.u32 [%rd6], %r1;\nbar.arrive 1, 128;", "bar.sync 1, 128;\nld.shared.u32 %r12, [%rd6+-256];")]
    [TestCase(true, "bar.arrive 1, 128;\nst.shared.u32 [%rd6], %r1;", "bar.sync 1, 128;\nld.shared.u32 %r12, [%rd6+-256];")]
    [TestCase(true, "st.shared.u32 [%rd6], %r1;\nbar.arrive 1, 128;\nst.shared.u32 [%rd6], %r10;", "bar.sync 1, 128;\nld.shared.u32 %r12, [%rd6+-256];")]
    [TestCase(false, "st.shared.u32 [%rd6], %r1;\nbar.arrive 1, 128;\nbar.sync 2, 128;\nst.shared.u32 [%rd6], %r10;",
        "bar.sync 1, 128;\nld.shared.u32 %r12, [%rd6+-256];\nbar.arrive 2, 128;")]
    [TestCase(true, "ld.shared.u32 %r12, [%rd6+256];\nbar.arrive 1, 128;", "st.shared.u32 [%rd6], %r1;\nbar.sync 1, 128;")]
    public void Arrivals_come_before_those_who_wait(bool races, string producer, string consumer) => Check(races, $"""
        setp.ge.u32 %p4, %r1, 64;
        @%p4 bra CONSUME;
        {producer}
        bra END;
        CONSUME:
        {consumer}
        """.Replace("ld.shared.u32 %r12, [%rd6+256];", "ld.volatile.shared.u32 %r12, [%rd6+256];"), block: 128);

    [TestCase(true, "", 1)]
    [TestCase(false, "bar.warp.sync -1;", 1)]
    [TestCase(true, "shfl.sync.bfly.b32 %r11, %r1, 1, 31, -1;", 1)]
    [TestCase(true, "vote.sync.ballot.b32 %r11, %p1, -1;", 1)]
    [TestCase(true, "membar.cta;", 1)]
    [TestCase(true, "@%p6 bar.warp.sync 0xffff;", 16)]
    [TestCase(true, "bar.warp.sync -1;", 32)]
    public void Lanes_are_threads(bool races, string between, int partner) => Check(races, $"""
        st.shared.u32 [%rd6], %r1;
        setp.lt.u32 %p6, %r1, 16;
        {between.Replace("@%p6 bar.warp.sync 0xffff;", "@!%p6 bra OTHERS;\nbar.warp.sync 0xffff;\nOTHERS:")}
        xor.b32 %r12, %r1, {partner};
        mul.wide.u32 %rd10, %r12, 4;
        add.s64 %rd11, %rd4, %rd10;
        ld.shared.u32 %r13, [%rd11];
        """, block: partner < 32 ? 32 : 64);

    // Reductions in volatile shared memory, as they were written before lanes were threads; relaxed accesses are atomic and stay silent.
    [TestCase(true, "volatile", "", 16)]
    [TestCase(false, "volatile", "bar.warp.sync -1;", 16)]
    [TestCase(true, "volatile", "bar.warp.sync -1;", 32)]
    [TestCase(true, "volatile", "", 32)]
    [TestCase(false, "relaxed.cta", "", 32)]
    [TestCase(false, "volatile", "bar.sync 0;", 32)]
    public void Volatile_accesses_order_nothing(bool races, string how, string between, int partner) => Check(races, ZeroShared + $"""
        add.u32 %r11, %r1, 1;
        st.{how}.shared.u32 [%rd6], %r11;
        {between}
        xor.b32 %r12, %r1, {partner};
        mul.wide.u32 %rd10, %r12, 4;
        add.s64 %rd11, %rd4, %rd10;
        ld.{how}.shared.u32 %r13, [%rd11];
        st.global.u32 [%rd9], %r13;
        """, block: partner < 32 ? 32 : 64);

    [Test]
    public void A_threads_own_strong_access_hides_nothing_of_its_plain_store([Values("st.volatile.shared.u32 [%rd6], %r10;",
        "red.shared.add.u32 [%rd6], 1;")] string strong) =>
        Check(races: true, $"st.shared.u32 [%rd6], %r1;\n{strong}\nxor.b32 %r12, %r1, 32;\nmul.wide.u32 %rd10, %r12, 4;\nadd.s64 %rd11, %rd4, "
            + "%rd10;\natom.shared.add.u32 %r13, [%rd11], 1;");

    [TestCase(true, "")]
    [TestCase(false, "bar.sync 0;")]
    public void A_histogram_is_cleared_before_it_counts(bool races, string between) => Check(races, $"""
        setp.ge.u32 %p4, %r1, 8;
        @%p4 bra ADD;
        mov.u32 %r15, 0;
        st.shared.u32 [%rd6], %r15;
        ADD:
        {between}
        and.b32 %r11, %r1, 7;
        mul.wide.u32 %rd10, %r11, 4;
        add.s64 %rd11, %rd4, %rd10;
        red.shared.add.u32 [%rd11], 1;
        bar.sync 0;
        ld.shared.u32 %r12, [%rd4];
        """);

    [Test]
    public void All_readers_are_remembered([Values(32, 96, 256)] int block, [Values(1, 3, 5)] int grid)
    {
        string write = $"bar.sync 0;\nsetp.eq.u32 %p4, %r2, {grid - 1};\n@!%p4 bra END;\n@!%p1 bra END;\nst.global.u32 [%rd1], %r10;";
        Check(races: grid > 1, $"ld.global.u32 %r11, [%rd1];\n{write}", grid, block);
        Check(races: block > 32 || grid > 1, $"ld.global.u32 %r11, [%rd1];\n{write.Replace("bar.sync 0;", "bar.warp.sync -1;")}", grid, block);
    }

    // Threads that order themselves by fences may still miss one of many readers.
    [Test]
    public void A_reader_that_does_not_wait_is_remembered_among_those_who_do() => Check(races: true, $"""
        ld.global.u32 %r11, [%rd1];
        setp.eq.u32 %p4, %r2, 1;
        @%p4 bra END;
        membar.gl;
        atom.global.add.u32 %r12, [%rd1+256], 1;
        membar.gl;
        setp.ne.u32 %p5, %r12, 3;
        @%p5 bra END;
        st.global.u32 [%rd1], %r10;
        """, grid: 5, block: 1);

    [TestCase(true, "atom.cta.global.add.u32 %r11, [%rd1], 1;", "atom.cta.global.add.u32 %r11, [%rd1], 1;")]
    [TestCase(true, "atom.cta.global.add.u32 %r11, [%rd1], 1;", "atom.gpu.global.add.u32 %r11, [%rd1], 1;")]
    [TestCase(false, "atom.sys.global.add.u32 %r11, [%rd1], 1;", "atom.gpu.global.add.u32 %r11, [%rd1], 1;")]
    [TestCase(true, "atom.global.add.u64 %rd10, [%rd1], 1;", "atom.global.add.u32 %r11, [%rd1+4], 1;")]
    [TestCase(true, "st.global.u8 [%rd1+2], %r10;", "ld.global.u32 %r11, [%rd1];")]
    [TestCase(false, "st.global.u8 [%rd1+2], %r10;", "ld.global.u16 %r11, [%rd1];")]
    [TestCase(true, "st.global.v4.u32 [%rd1], {%r1, %r1, %r1, %r1};", "ld.global.u8 %r11, [%rd1+15];")]
    [TestCase(false, "st.global.v4.u32 [%rd1], {%r1, %r1, %r1, %r1};", "ld.global.u8 %r11, [%rd1+16];")]
    [TestCase(true, "ld.global.v2.u64 {%rd10, %rd11}, [%rd1];", "st.global.u16 [%rd1+14], %r10;")]
    [TestCase(true, "ld.volatile.global.u32 %r11, [%rd1];", "st.global.u8 [%rd1+3], %r10;")]
    [TestCase(true, "red.global.add.f32 [%rd1], 0f3F800000;", "ld.global.u32 %r11, [%rd1];")]
    public void Accesses_of_two_blocks(bool races, string first, string second) =>
        Check(races, $"@%p3 bra FIRST;\n{second.Replace("ld.global.u8 %r11", "ld.global.u8 %rs1").Replace("ld.global.u16 %r11", "ld.global.u16 %rs1")}\nbra END;\nFIRST:\n{first}", grid: 2, block: 1);

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    [TestCase(true, 4)]
    public void Lanes_that_share_a_word_by_bytes(bool races, int partner) => Check(races, $"""
        cvt.u64.u32 %rd10, %r1;
        add.s64 %rd11, %rd4, %rd10;
        st.shared.u8 [%rd11], %r1;
        xor.b32 %r11, %r1, {partner};
        cvt.u64.u32 %rd12, %r11;
        add.s64 %rd13, %rd4, %rd12;
        ld.shared.u8 %rs1, [%rd13];
        """, block: 32);

    // One block initialises data behind a flag, the others look at the flag once.
    [TestCase(false, "membar.gl;", "membar.gl;")]
    [TestCase(true, "membar.gl;", "")]
    public void A_flag_that_is_checked_once(bool races, string before, string after) => Check(races, $"""
        @!%p3 bra LOOK;
        st.global.u32 [%rd1], %r10;
        {before}
        st.volatile.global.u32 [%rd1+256], %r10;
        bra END;
        LOOK:
        ld.volatile.global.u32 %r11, [%rd1+256];
        setp.eq.u32 %p4, %r11, 0;
        @%p4 bra OTHERWISE;
        {after}
        ld.global.u32 %r12, [%rd1];
        bra END;
        OTHERWISE:
        {(races ? "ld.global.u32 %r12, [%rd1];" : "")}
        """, grid: 2, block: 1);
}
