namespace NativeEngine.SoftGpu.Tests;

/// <summary>Loads, stores and atomics: every width and vector, every address shape, every space.</summary>
[TestFixture]
internal sealed class MemoryInstructionTests
{
    private const int Threads = 64;

    /// <summary>Element number of a thread's access, by the shape of the addresses.</summary>
    private static int Element(string shape, int thread) => shape switch
    {
        "neighbours" => thread,
        "same" => 5,
        "reversed" => Threads - 1 - thread,
        "strided" => thread * 3,
        _ => thread * 7 % Threads,
    };

    private static readonly string[] Shapes = ["neighbours", "same", "reversed", "strided", "scattered"];

    private static readonly string[] Types = ["b8", "u8", "s8", "b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"];

    private static string Register(string type, int number) =>
        type switch { "f32" => "%f", "f64" => "%fd", _ => type[1..] switch { "64" => "%rd", "32" => "%r", _ => "%rs" } } + number;

    [Test]
    public void Loads_and_stores_move_the_right_bytes(
        [ValueSource(nameof(Types))] string type, [Values(1, 2, 4)] int vector, [ValueSource(nameof(Shapes))] string shape,
            [Values("global", "shared", "generic", "local")] string space)
    {
        int size = int.Parse(type[1..]) / 8, bytes = size * vector;
        // 32 bytes exist in global memory, from sm_100 on.
        if (bytes > 16 && space != "global")
        {
            string named = space == "generic" ? "ld" : "ld." + space;
            string refused = PtxSnippet.Kernel($"{named}.v{vector}.{type} "
                + $"{{{string.Join(", ", Enumerable.Range(5, vector).Select(i => Register(type, i)))}}}, [%rd1];\nret;");
            Assert.That(() => PtxModule.Parse(refused, "wide.ptx"), Throws.TypeOf<PtxException>().With.Message.Contains("more than 16"));
            return;
        }
        string suffix = (vector > 1 ? $".v{vector}" : "") + "." + type;
        string braces = vector == 1 ? Register(type, 5) : "{" + string.Join(", ", Enumerable.Range(5, vector).Select(i => Register(type, i))) + "}";
        // Elements go through the tested space and come back to the output.
        string Through(string store, string load) => $"ld.global{suffix} {braces}, [%rd20];\n{store}\n{load}\n";
        string middle = space switch
        {
            "shared" => Through($"st.shared{suffix} [%rd22], {braces};\nbar.sync 0;", $"ld.shared{suffix} {braces}, [%rd22];"),
            "local" => Through($"st.local{suffix} [depot+16], {braces};", $"ld.local{suffix} {braces}, [depot+16];"),
            "generic" => $"ld{suffix} {braces}, [%rd20];\nst{suffix} [%rd24], {braces};\nbar.sync 0;\nld{suffix} {braces}, [%rd24];\n",
            _ => $"ld.global{suffix} {braces}, [%rd20];\n",
        };
        string ptx = PtxSnippet.Kernel($"""
            .local .align 16 .b8 depot[64];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd10, %r1, 4;
            add.s64 %rd11, %rd3, %rd10;
            ld.global.u32 %r2, [%rd11];
            mul.wide.u32 %rd12, %r2, {bytes};
            add.s64 %rd20, %rd1, %rd12;
            mov.u64 %rd21, sh;
            mul.wide.u32 %rd13, %r1, {bytes};
            add.s64 %rd22, %rd21, %rd13;
            cvta.shared.u64 %rd24, %rd22;
            {middle}
            add.s64 %rd25, %rd2, %rd13;
            st.global{suffix} [%rd25], {braces};
            ret;
            """, 3, ".shared .align 16 .b8 sh[1024];");
        using var rig = new GpuRig(track: true);
        var function = rig.Load(ptx)["k"];
        var random = new Random(bytes + shape.Length);
        byte[] data = new byte[Threads * 3 * bytes];
        random.NextBytes(data);
        int[] indices = [.. Enumerable.Range(0, Threads).Select(thread => Element(shape, thread))];
        ulong output = rig.Upload(new byte[Threads * bytes]);
        var result = rig.Launch(function, new Dim3(1), new Dim3(Threads), LaunchOptions.Sanitized, rig.Upload(data), output, rig.Upload(indices));
        Assert.That(result.Findings, Is.Empty);
        byte[] got = rig.Download<byte>(output, Threads * bytes);
        for (int thread = 0; thread < Threads; thread++)
            Assert.That(got.AsSpan(thread * bytes, bytes).ToArray(), Is.EqualTo(data.AsSpan(indices[thread] * bytes, bytes).ToArray()), $"thread {thread}");
    }

    [TestCase("s8", "%r5", 0xFFFFFF80u)]
    [TestCase("u8", "%r5", 0x80u)]
    [TestCase("s16", "%r5", 0xFFFF8F80u)]
    [TestCase("u16", "%r5", 0x8F80u)]
    public void Narrow_loads_extend_by_their_sign(string type, string register, uint expected)
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"ld.global.{type} {register}, [%rd1];\nst.global.u32 [%rd1+4], {register};\nld.global.{type} %rd5, "
            + "[%rd1];\nst.global.u64 [%rd1+8], %rd5;\nret;"))["k"];
        ulong data = rig.Upload(new uint[] { 0x12348F80, 0, 0, 0 });
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(1), null, data).Findings, Is.Empty);
        Assert.That(rig.Download<uint>(data, 4)[1], Is.EqualTo(expected));
        Assert.That(rig.Download<ulong>(data + 8, 1)[0], Is.EqualTo(type[0] == 's' ? (ulong)(long)(int)expected : expected));
    }

    private static IEnumerable<TestCaseData> Atomics()
    {
        yield return Case("add.u32", 5u, i => i, (old, x) => old + x);
        yield return Case("add.s32", unchecked((uint)-5), i => i, (old, x) => old + x);
        yield return Case("min.s32", 100u, i => unchecked((uint)(10 - (int)i)), (old, x) => (uint)Math.Min((int)old, (int)x));
        yield return Case("max.s32", unchecked((uint)-3), i => i, (old, x) => (uint)Math.Max((int)old, (int)x));
        yield return Case("min.u32", 7u, i => i + 3, Math.Min);
        yield return Case("max.u32", 7u, i => i, Math.Max);
        yield return Case("and.b32", 0xFFFF_FFFFu, i => ~(1u << (int)i % 32), (old, x) => old & x);
        yield return Case("or.b32", 0u, i => 1u << (int)i % 32, (old, x) => old | x);
        yield return Case("xor.b32", 9u, i => i, (old, x) => old ^ x);
        yield return Case("inc.u32", 3u, _ => 10u, (old, x) => old >= x ? 0 : old + 1);
        yield return Case("dec.u32", 3u, _ => 10u, (old, x) => old == 0 || old > x ? x : old - 1);
        yield return Case("exch.b32", 3u, i => i, (_, x) => x);
        yield return Case("add.f32", BitConverter.SingleToUInt32Bits(0.5f), i => BitConverter.SingleToUInt32Bits(0.1f * i),
            (old, x) => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(old) + BitConverter.UInt32BitsToSingle(x)));

        static TestCaseData Case(string operation, uint start, Func<uint, uint> operand, Func<uint, uint, uint> apply) => new(operation, start, operand, apply);
    }

    [TestCaseSource(nameof(Atomics))]
    public void Atomics_serve_lanes_in_order(string operation, uint start, Func<uint, uint> operand, Func<uint, uint, uint> apply)
    {
        foreach (string space in new[] { "global", "shared", "" })
        {
            string dot = space.Length > 0 ? "." + space : "";
            string address = space == "shared" ? "sh" : "%rd1";
            string register = operation.EndsWith("f32", StringComparison.Ordinal) ? "%f5" : "%r5";
            string result = operation.EndsWith("f32", StringComparison.Ordinal) ? "%f6" : "%r6";
            using var rig = new GpuRig();
            var function = rig.Load(PtxSnippet.Kernel($"""
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd10, %r1, 4;
                add.s64 %rd11, %rd2, %rd10;
                ld.global.b32 {register}, [%rd11];
                ld.global.b32 %r8, [%rd1];
                st.shared.b32 [sh], %r8;
                atom{dot}.{operation} {result}, [{address}], {register};
                st.global.b32 [%rd11], {result};
                ld.shared.b32 %r9, [sh];
                st.global.b32 [%rd1+4], %r9;
                ret;
                """, 2, ".shared .align 4 .b8 sh[4];"))["k"];
            ulong data = rig.Upload(new[] { start, 0u });
            uint[] operands = [.. Enumerable.Range(0, 32).Select(i => operand((uint)i))];
            ulong values = rig.Upload(operands);
            Assert.That(rig.Launch(function, new Dim3(1), new Dim3(32), null, data, values).Findings, Is.Empty);
            uint[] old = rig.Download<uint>(values, 32);
            uint at = start;
            for (int lane = 0; lane < 32; lane++)
            {
                Assert.That(old[lane], Is.EqualTo(at), $"{space} lane {lane}");
                at = apply(at, operands[lane]);
            }
            Assert.That(rig.Download<uint>(data, 2)[space == "shared" ? 1 : 0], Is.EqualTo(at));
        }
    }

    [Test]
    public void Wide_atomics_and_compare_and_swap()
    {
        using var rig = new GpuRig(threads: 2);
        var function = rig.Load(PtxSnippet.Kernel("""
            atom.global.add.u64 %rd5, [%rd1], 3;
            red.global.add.f64 [%rd1+8], 0d3FF8000000000000;
            red.global.max.s64 [%rd1+16], -4;
            atom.global.cas.b64 %rd6, [%rd1+24], 7, 9;
            red.global.add.noftz.f16x2 [%rd1+32], 0x3C003800;
            mov.u32 %r1, %ctaid.x;
            red.global.add.u32 [%rd1+40], %r1;
            ret;
            """.Replace("[%rd1+32], 0x3C003800;", "[%rd1+32], %r9;").Replace("atom.global.add.u64", "mov.u32 %r9, 0x3C003800;\natom.global.add.u64")))["k"];
        ulong data = rig.Upload(new ulong[] { 1, 0, unchecked((ulong)-9), 7, 0, 0 });
        Assert.That(rig.Launch(function, new Dim3(50), new Dim3(32), null, data).Findings, Is.Empty);
        ulong[] got = rig.Download<ulong>(data, 6);
        Assert.Multiple(() =>
        {
            Assert.That(got[0], Is.EqualTo(1 + 3 * 1600));
            Assert.That(BitConverter.UInt64BitsToDouble(got[1]), Is.EqualTo(2400));
            Assert.That((long)got[2], Is.EqualTo(-4));
            Assert.That(got[3], Is.EqualTo(9));
            Assert.That(BitConverter.UInt16BitsToHalf((ushort)got[4]), Is.EqualTo((Half)800));
            Assert.That(BitConverter.UInt16BitsToHalf((ushort)(got[4] >> 16)), Is.EqualTo((Half)1600));
            Assert.That(got[5], Is.EqualTo(32 * 49 * 25));
        });
    }

    [Test]
    public void Constants_globals_parameters_and_dynamic_shared_memory_have_their_contents()
    {
        using var rig = new GpuRig(track: true);
        string ptx = PtxSnippet.Header + """
            .const .align 4 .f32 table[3] = {0f3F800000, 2.5, -1.0};
            .global .align 8 .u64 counter = 41;
            .extern .shared .align 8 .b8 dyn[];
            .visible .entry k(.param .align 8 .b8 s[16], .param .u64 out)
            {
            .reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .f32 %f<9>;
            ld.param.u64 %rd1, [out];
            mov.b64 %rd2, s;
            ld.param.u32 %r1, [%rd2+12];
            st.global.u32 [%rd1], %r1;
            ld.const.f32 %f1, [table+4];
            st.global.f32 [%rd1+4], %f1;
            ld.global.u64 %rd3, [counter];
            add.s64 %rd3, %rd3, 1;
            st.global.u64 [counter], %rd3;
            st.global.u64 [%rd1+8], %rd3;
            st.shared.u64 [dyn+8], %rd3;
            ld.shared.v2.u32 {%r2, %r3}, [dyn+8];
            st.global.u32 [%rd1+16], %r2;
            ret;
            }
            """;
        var module = rig.Load(ptx);
        ulong output = rig.Upload(new byte[24]);
        var function = module["k"];
        byte[] s = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0];
        var result = rig.Machine.Launch(function, new Dim3(1), new Dim3(1), 16, GpuRig.Pack(function.Entry, s, output), LaunchOptions.Sanitized);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(rig.Download<int>(output, 1)[0], Is.EqualTo(4));
        Assert.That(rig.Download<float>(output + 4, 1)[0], Is.EqualTo(2.5f));
        Assert.That(rig.Download<ulong>(output + 8, 1)[0], Is.EqualTo(42));
        Assert.That(rig.Download<int>(output + 16, 1)[0], Is.EqualTo(42));
        Assert.That(module.TryGetGlobal("counter", out ulong address, out long bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(8));
        Assert.That(rig.Download<ulong>(address, 1)[0], Is.EqualTo(42));
    }

    [Test]
    public void Eight_elements_move_at_once_and_want_their_common_alignment()
    {
        string ptx = PtxSnippet.Kernel("""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd10, %r1, 32;
            add.s64 %rd11, %rd1, %rd10;
            add.s64 %rd12, %rd2, %rd10;
            ld.global.L1::no_allocate.L2::evict_last.L2::128B.v8.b32 {%r2, %r3, %r4, %r5, %r6, %r7, _, %r9}, [%rd11];
            mov.u32 %r8, 77;
            st.global.v8.b32 [%rd12], {%r9, %r8, %r7, %r6, %r5, %r4, %r3, %r2};
            ret;
            """, 2);
        using var rig = new GpuRig(track: true);
        var function = rig.Load(ptx)["k"];
        uint[] data = [.. Enumerable.Range(0, 32 * 8).Select(i => (uint)i * 3)];
        ulong input = rig.Upload(data), output = rig.Upload(new uint[data.Length]);
        var result = rig.Launch(function, new Dim3(1), new Dim3(32),
            LaunchOptions.Sanitized with { Observers = ObserverSet.Sanitizers | ObserverSet.Counters }, input, output);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(rig.Download<uint>(output, data.Length), Is.EqualTo(data.Select((_, i) => i % 8 == 1 ? 77u : data[i / 8 * 8 + 7 - i % 8])));
        Assert.That(result.Counters.GlobalLoadBytes, Is.EqualTo(32 * 32));
        Assert.That(result.Counters.GlobalLoadSectors, Is.EqualTo(32));
        var fault = rig.Launch(function, new Dim3(1), new Dim3(1), LaunchOptions.Sanitized, input + 16, output).Fault!;
        Assert.That(fault.Kind, Is.EqualTo(FindingKind.Misaligned));
        Assert.That(fault.Message, Does.Contain("not a multiple of 32"));
    }

    [TestCase("f16", 16)]
    [TestCase("bf16", 16)]
    [TestCase("f16x2", 32)]
    [TestCase("bf16x2", 32)]
    public void Atomics_on_short_floats_round_each_element_once(string type, int bits)
    {
        bool bfloat = type.StartsWith('b');
        uint Bits(float x) => bfloat ? BitConverter.SingleToUInt32Bits(x) >> 16 : BitConverter.HalfToUInt16Bits((Half)x);
        uint Pair(float low, float high) => bits == 16 ? Bits(low) : Bits(low) | Bits(high) << 16;
        string register = bits == 16 ? "%rs" : "%r", move = bits == 16 ? "mov.b16" : "mov.b32";
        string ptx = PtxSnippet.Kernel($"""
            {move} {register}1, 0x{Pair(1.5f, -2):x};
            atom.global.add.noftz.{type} {register}2, [%rd1], {register}1;
            st.global.b{bits} [%rd1+4], {register}2;
            red.relaxed.gpu.global.min.noftz.{type} [%rd1+8], {register}1;
            red.global.max.noftz.{type} [%rd1+12], {register}1;
            ret;
            """);
        using var rig = new GpuRig(track: true);
        ulong data = rig.Upload(new uint[] { Pair(0.25f, 8), 0, Pair(2, -4), Pair(2, -4) });
        var result = rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(1), LaunchOptions.Sanitized, data);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(rig.Download<uint>(data, 4), Is.EqualTo(new[] { Pair(1.75f, 6), Pair(0.25f, 8), Pair(1.5f, -4), Pair(2, -2) }));
    }

    [Test]
    public void Vector_atomics_work_on_every_element()
    {
        string ptx = PtxSnippet.Kernel("""
            mov.f32 %f1, 0f3F800000; mov.f32 %f2, 0f40000000; mov.f32 %f3, 0f40400000; mov.f32 %f4, 0f40800000;
            atom.global.v4.f32.add {%f5, %f6, _, %f8}, [%rd1], {%f1, %f2, %f3, %f4};
            red.global.add.v2.f32 [%rd1+16], {%f5, %f8};
            mov.b16 %rs1, 0x3C00;
            red.global.v8.f16.add.noftz [%rd1+32], {%rs1, %rs1, %rs1, %rs1, %rs1, %rs1, %rs1, %rs1};
            ret;
            """);
        using var rig = new GpuRig(track: true);
        var function = rig.Load(ptx)["k"];
        ulong data = rig.Upload(new float[16]);
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(2), LaunchOptions.Sanitized, data).Findings, Is.Empty);
        // The second thread finds what the first left.
        Assert.That(rig.Download<float>(data, 6), Is.EqualTo(new float[] { 2, 4, 6, 8, 1, 4 }));
        Assert.That(rig.Download<ushort>(data + 32, 8), Is.All.EqualTo(0x4000));
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(1), null, data + 4).Fault!.Kind, Is.EqualTo(FindingKind.Misaligned));
    }

    [Test]
    public void Short_compare_and_swap_and_cache_policies()
    {
        string ptx = PtxSnippet.Kernel("""
            createpolicy.fractional.L2::evict_first.b64 %rd5, 1.0;
            mov.b16 %rs1, 7; mov.b16 %rs2, 9;
            atom.global.gpu.acq_rel.cas.b16 %rs3, [%rd1+2], %rs1, %rs2;
            atom.global.cas.b16 %rs4, [%rd1+2], %rs1, %rs1;
            mov.b32 %r1, {%rs3, %rs4};
            ldu.global.u32 %r3, [%rd1+4];
            ld.global.L1::evict_last.L2::cache_hint.b32 { %r2 }, [ %rd1 + 4 ], %rd5;
            prefetch.global.L2 [%rd1]; prefetch.global.L2::evict_last [%rd1]; prefetchu.L1 [%rd1]; applypriority.global.L2::evict_normal [%rd1], 128;
            add.s32 %r2, %r2, %r3;
            st.global.L2::cache_hint.v2.b32 [ %rd1 + 8 ], { %r1, %r2 }, %rd5;
            ret;
            """);
        using var rig = new GpuRig(track: true);
        ulong data = rig.Upload(new uint[] { 0x0007_1234, 21, 0, 0 });
        Assert.That(rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(1), LaunchOptions.Sanitized, data).Findings, Is.Empty);
        Assert.That(rig.Download<uint>(data, 4), Is.EqualTo(new uint[] { 0x0009_1234, 21, 0x0009_0007, 42 }));
    }

    [Test]
    public void Adding_float32_flushes_subnormals_in_global_memory_alone([Values("atom", "red")] string opcode,
        [Values("global", "shared", "generic to global", "generic to shared", "global, 64 bits")] string memory, [Values] bool negative)
    {
        // The smallest subnormal to itself, and two normal numbers whose difference is subnormal.
        uint sign = negative ? 0x8000_0000 : 0;
        bool shared = memory.EndsWith("shared", StringComparison.Ordinal), wide = memory == "global, 64 bits";
        string place = memory.StartsWith("generic", StringComparison.Ordinal) ? "" : shared ? ".shared" : ".global";
        string to = shared ? "%rd6" : "%rd1";
        string Add(int offset, string value) => wide
            ? $"{opcode}.global.add.f64 {(opcode == "atom" ? "%fd3, " : "")}[%rd1+{2 * offset}], 0d0000000000000001;\n"
            : $"{opcode}{place}.add.f32 {(opcode == "atom" ? "%f3, " : "")}[{(place == "" ? "%rd7" : to)}+{offset}], {value};\n";
        string ptx = PtxSnippet.Kernel(
            "mov.u64 %rd6, sh;\n" + (shared ? "cvta.shared.u64 %rd7, %rd6;\n" : "cvta.global.u64 %rd7, %rd1;\n")
            + (shared ? "ld.global.v2.u32 {%r1, %r2}, [%rd1];\nst.shared.v2.u32 [%rd6], {%r1, %r2};\n" : "")
            + Add(0, $"0f{1 | sign:X8}") + Add(4, $"0f{0x8080_0000 ^ sign:X8}")
            + (shared ? "ld.shared.v2.u32 {%r1, %r2}, [%rd6];\nst.global.v2.u32 [%rd1], {%r1, %r2};\n" : "") + "ret;",
            before: ".shared .align 8 .b8 sh[8];");
        using var rig = new GpuRig();
        ulong data = wide ? rig.Upload(new ulong[] { 1, 1 }) : rig.Upload(new uint[] { 1 | sign, 0x00C0_0000 | sign });
        Assert.That(rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(1), null, data).Findings, Is.Empty);
        if (wide)
            Assert.That(rig.Download<ulong>(data, 2), Is.EqualTo(new ulong[] { 2, 2 }), "other widths keep them");
        else
            Assert.That(rig.Download<uint>(data, 2), Is.EqualTo(shared ? new[] { 2 | sign, 0x0040_0000 | sign } : [sign, sign]));
    }

    [TestCase("f16", 1)]
    [TestCase("bf16", 1)]
    [TestCase("f16x2", 0x0001_0001)]
    [TestCase("bf16x2", 0x0001_0001)]
    public void Adding_16_bit_floats_keeps_subnormals(string type, int one)
    {
        bool pair = type.EndsWith("x2", StringComparison.Ordinal);
        string ptx = PtxSnippet.Kernel($"mov.u32 %r1, {one};\ncvt.u16.u32 %rs1, %r1;\nred.global.add.noftz.{type} [%rd1], {(pair ? "%r1" : "%rs1")};\nret;");
        using var rig = new GpuRig();
        ulong data = rig.Upload(new[] { one });
        Assert.That(rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(1), null, data).Findings, Is.Empty);
        Assert.That(rig.Download<int>(data, 1)[0], Is.EqualTo(2 * one));
    }
}
