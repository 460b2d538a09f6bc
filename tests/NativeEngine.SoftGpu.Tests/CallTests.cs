using System.Text;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>Calls as the language defines them, written by hand: every way to pass, to choose and to return, and what is said when a call goes wrong.</summary>
[TestFixture]
internal sealed class CallTests
{
    private const string Store = "\nmov.u32 %r30, %tid.x; mul.wide.u32 %rd30, %r30, 4; add.s64 %rd30, %rd1, %rd30; st.global.u32 [%rd30], %r9;\nret;";

    private const string Add1 =
        ".visible .func (.param .b32 y) add1(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; add.s32 %a, %a, 1; st.param.b32 [y], %a; ret; }\n";

    private const string Twice =
        ".visible .func (.param .b32 y) twice(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; shl.b32 %a, %a, 1; st.param.b32 [y], %a; ret; }\n";

    /// <summary>Runs a kernel that leaves a number in %r9 of each of 32 threads.</summary>
    private static (uint[] Values, LaunchResult Result) Run(string body, string functions, LaunchOptions? options = null, int threads = 32)
    {
        using var rig = new GpuRig();
        ulong output = rig.Upload(new uint[threads]);
        var result = rig.Launch(rig.Load(PtxSnippet.Kernel(body + Store, before: functions))["k"], new Dim3(1), new Dim3(threads),
            options ?? LaunchOptions.Sanitized, output);
        return (rig.Download<uint>(output, threads), result);
    }

    private static void Computes(string body, string functions, Func<int, long> expected, ulong? schedule = null)
    {
        var (values, result) = Run("mov.u32 %r1, %tid.x;\n" + body, functions, LaunchOptions.Sanitized with { ScheduleSeed = schedule });
        Assert.Multiple(() =>
        {
            Assert.That(result.Findings, Is.Empty);
            Assert.That(values, Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)expected(i))));
        });
    }

    private static Finding Fault(string body, string functions)
    {
        var fault = Run("mov.u32 %r1, %tid.x;\n" + body, functions).Result.Fault;
        Assert.That(fault, Is.Not.Null);
        return fault!;
    }

    [Test]
    public void Registers_are_parameters_and_several_results() => Computes(
        "call (%r8, %rd9), both, (%r1, 7);\ncvt.u32.u64 %r9, %rd9; mad.lo.s32 %r9, %r8, 100, %r9;",
        ".func (.reg .b32 %s, .reg .b64 %d) both(.reg .b32 %a, .reg .b32 %b) { add.s32 %s, %a, %b; sub.s32 %b, %b, %a; cvt.s64.s32 %d, %b; ret; }",
        i => (100 * (i + 7)) + 7 - i);

    [Test]
    public void A_declaration_may_stand_in_front_of_its_definition_and_an_alias_is_the_same_function() => Computes(
        "{ .param .b32 a; .param .b32 r; st.param.b32 [a], %r1; call.uni (r), other, (a); ld.param.b32 %r9, [r]; }",
        ".visible .func (.param .b32 y) add1(.param .b32 x);\n.visible .func (.param .b32 y) other(.param .b32 x);\n" + Add1 + ".alias other, add1;",
        i => i + 1);

    [Test]
    public void Pointers_reach_functions_by_prototype_and_by_list([Values("p: .callprototype (.param .b32 _) _ (.param .b32 _);",
        "p: .calltargets add1, twice;")] string list) => Computes(
        list + """

        and.b32 %r2, %r1, 1; setp.eq.s32 %p1, %r2, 0;
        mov.u64 %rd2, add1; mov.u64 %rd3, twice; selp.b64 %rd4, %rd2, %rd3, %p1;
        { .param .b32 a; .param .b32 r; st.param.b32 [a], %r1; call (r), %rd4, (a), p; ld.param.b32 %r9, [r]; }
        """,
        Add1 + Twice,
        i => i % 2 == 0 ? i + 1 : 2 * i);

    [Test]
    public void Guarded_calls_and_returns_take_their_lanes_only([Values(null, 1ul, 2ul, 3ul)] ulong? schedule) => Computes(
        "mov.u32 %r9, 1000;\nsetp.lt.u32 %p1, %r1, 20;\n@%p1 call (%r9), clip, (%r1);\nadd.s32 %r9, %r9, 1;",
        ".func (.reg .b32 %y) clip(.reg .b32 %x) { .reg .pred %p; mov.b32 %y, %x; setp.lt.u32 %p, %x, 10; @%p ret; mov.b32 %y, 10; }",
        i => i < 20 ? Math.Min(i, 10) + 1 : 1001,
        schedule);

    [Test]
    public void Lanes_meet_again_behind_a_divergent_call()
    {
        var (values, result) = Run(
            "mov.u32 %r1, %tid.x;\nmov.u32 %r8, 3;\nsetp.lt.u32 %p1, %r1, 9;\n@!%p1 bra SKIP;\n{ .param .b32 a; .param .b32 r; st.param.b32 [a], %r1; "
                + "call (r), add1, (a); ld.param.b32 %r8, [r]; }\nSKIP:\nactivemask.b32 %r9;",
            Add1);
        Assert.That(values, Is.All.EqualTo(uint.MaxValue));
        Assert.That(result.Counters.DivergentBranches, Is.EqualTo(1));
    }

    [Test]
    public void Warps_and_blocks_synchronise_inside_functions()
    {
        var (values, result) = Run(
            "call (%r9), total, ();",
            """
            .shared .align 4 .b32 sums[2];
            .func (.reg .b32 %y) total()
            {
            .reg .pred %p; .reg .b32 %r<9>;
            mov.u32 %r1, %tid.x;
            shfl.sync.bfly.b32 %r2, %r1, 16, 31, -1; add.s32 %r1, %r1, %r2;
            shfl.sync.bfly.b32 %r2, %r1, 8, 31, -1; add.s32 %r1, %r1, %r2;
            shfl.sync.bfly.b32 %r2, %r1, 4, 31, -1; add.s32 %r1, %r1, %r2;
            shfl.sync.bfly.b32 %r2, %r1, 2, 31, -1; add.s32 %r1, %r1, %r2;
            shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1; add.s32 %r1, %r1, %r2;
            mov.u32 %r3, %tid.x; and.b32 %r4, %r3, 31; setp.eq.s32 %p, %r4, 0; shr.u32 %r3, %r3, 5; shl.b32 %r3, %r3, 2; mov.u32 %r5, sums; add.s32 %r5, %r5, %r3;
            @%p st.shared.u32 [%r5], %r1;
            bar.sync 0;
            ld.shared.u32 %r6, [sums]; ld.shared.u32 %r7, [sums+4]; add.s32 %y, %r6, %r7;
            ret;
            }
            """,
            threads: 64);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.All.EqualTo(64 * 63 / 2));
    }

    [Test]
    public void An_indexed_branch_takes_each_lane_to_its_label([Values(null, 5ul)] ulong? schedule) => Computes(
        "rem.u32 %r2, %r1, 3;\nlist: .branchtargets A, B, C;\nbrx.idx %r2, list;\nA: mov.u32 %r9, 10; bra D;\nB: mov.u32 %r9, 20; bra D;\nC: mov.u32 %r9, "
            + "WARP_SZ;\nD: add.s32 %r9, %r9, %r1;",
        "",
        i => (i % 3 == 0 ? 10 : i % 3 == 1 ? 20 : 32) + i,
        schedule);

    [Test]
    public void Exit_inside_a_function_ends_the_thread() => Computes(
        "mov.u32 %r9, 5;\n" + Store.Replace("ret;", "", StringComparison.Ordinal) + "setp.gt.u32 %p1, %r1, 15;\n@%p1 call leave;\nmov.u32 %r9, 6;",
        ".func leave() .noreturn { exit; }",
        i => i > 15 ? 5 : 6);

    [Test]
    public void Wrong_calls_are_named()
    {
        const string prototype = "p: .callprototype (.param .b32 _) _ (.param .b32 _);\n";
        const string call = "{ .param .b32 a; .param .b32 r; st.param.b32 [a], %r1; call (r), %rd4, (a), p; ld.param.b32 %r9, [r]; }";
        Assert.Multiple(() =>
        {
            Assert.That(Fault("list: .branchtargets A;\nbrx.idx %r1, list;\nA: mov.u32 %r9, 1;", "").ToString(),
                Does.StartWith("BadCall: brx.idx with index 1, the list has 1 labels"));
            Assert.That(Fault(prototype + "mov.u64 %rd4, 0;\n" + call, "").ToString(),
                Does.StartWith("BadCall: call through a pointer: 0x0 is not the address of a function"));
            Assert.That(
                Fault(prototype + "mov.u64 %rd4, wide;\n" + call, ".func (.param .b64 y) wide(.param .b64 x) { ret; }").Message,
                Does.Contain("function 'wide' takes and gives (.b64) _ (.b64)").And.Contain("does not fit"));
            Assert.That(
                Fault(prototype + "mov.u64 %rd4, bad;\n" + call, ".func (.param .b32 y) bad(.param .b32 x) { frobnicate; }").Message,
                Does.Contain("function 'bad' cannot be executed").And.Contain("unknown instruction 'frobnicate'"));
        });
    }

    [Test]
    public void Endless_recursion_is_a_stack_overflow_that_names_the_function()
    {
        var fault = Fault("call (%r9), down, (%r1);",
            ".func (.reg .b32 %y) down(.reg .b32 %x);\n.func (.reg .b32 %y) down(.reg .b32 %x) { .local .b8 own[100]; add.s32 %x, %x, 1; call (%y), down, "
                + "(%x); add.s32 %y, %y, %x; ret; }");
        Assert.Multiple(() =>
        {
            Assert.That(fault.Kind, Is.EqualTo(FindingKind.StackOverflow));
            Assert.That(fault.Message, Does.StartWith("stack overflow: function 'down' needs 112 bytes, 586 calls deep"));
            Assert.That(fault.Place.Function, Is.EqualTo("down"));
        });
    }

    [Test]
    public void A_function_that_is_not_understood_refuses_only_the_kernels_that_use_it()
    {
        string ptx = PtxSnippet.Header + Add1 + """
            .extern .func elsewhere();
            .func bad() { { frobnicate.f32 %f1; } ret; }
            .func uses_bad() { call bad; ret; }
            .visible .entry good(.param .u64 p) { .reg .b32 %r<3>; call (%r1), add1, (%r1); ret; }
            .visible .entry direct(.param .u64 p) { call bad; ret; }
            .visible .entry indirect(.param .u64 p) { call uses_bad; ret; }
            .visible .entry linked(.param .u64 p) { call elsewhere; ret; }
            """;
        using var rig = new GpuRig();
        var module = rig.Load(ptx);
        Assert.Multiple(() =>
        {
            Assert.That(rig.Launch(module["good"], new Dim3(1), new Dim3(1), null, 0ul).Findings, Is.Empty);
            Assert.That(() => module["direct"],
                Throws.TypeOf<PtxException>().With.Message.Contains("kernel 'direct' uses function 'bad': unknown instruction 'frobnicate'"));
            Assert.That(() => module["indirect"], Throws.TypeOf<PtxException>().With.Message.Contains("kernel 'indirect' uses function 'bad'"));
            Assert.That(() => module["linked"], Throws.TypeOf<PtxException>().With.Message.Contains("kernel 'linked' uses function 'elsewhere', which the "
                + "module declares and does not define"));
        });
    }

    [Test]
    public void Sanitizers_look_into_functions()
    {
        const string function = ".func (.reg .b32 %y) f(.reg .b32 %x) { .reg .pred %p; .reg .b32 %z; .local .align 4 .b8 own[4]; setp.eq.s32 %p, %x, 1; "
            + "@%p mov.b32 %z, 5; @%p st.local.u32 [own], %z; ";
        var first = Run("call (%r9), f, (1);\ncall (%r9), f, (0);", function + "mov.b32 %y, %z; ret; }").Result.Findings;
        var second = Run("call (%r9), f, (1);\ncall (%r9), f, (0);", function + "ld.local.u32 %y, [own]; ret; }").Result.Findings;
        var third = Run("call f, (%rd1);\nmov.u32 %r9, 1;",
            ".func f(.reg .b64 %p) { .reg .b32 %x; mov.u32 %x, %tid.x; st.global.u32 [%p], %x; ret; }").Result.Findings;
        Assert.Multiple(() =>
        {
            Assert.That(first.Select(f => f.Message), Is.EqualTo(new[] { "register %z is read before it was written" }),
                "the second call has not written what the first has");
            Assert.That(second.Select(f => f.Kind), Is.EqualTo(new[] { FindingKind.UninitialisedLocal }), "the frame of a second call is new");
            Assert.That(third.Select(f => f.Kind), Has.Some.EqualTo(FindingKind.GlobalRace));
            Assert.That(third[0].ToString(), Does.Contain("kernel k, function f, block (0,0,0)"));
        });
    }

    [Test]
    public void Registers_survive_a_call_that_comes_back()
    {
        // %a, the 64-bit %d and the predicate are needed behind the inner call, which uses the same registers.
        Computes(
            "rem.u32 %r1, %r1, 9;\ncall (%r9), sum, (%r1);",
            """
            .func (.reg .b32 %y) sum(.reg .b32 %x)
            {
            .reg .pred %p<3>; .reg .b32 %a<3>; .reg .b64 %d;
            mov.b32 %y, 0; setp.eq.s32 %p0, %x, 0; @%p0 ret;
            and.b32 %a0, %x, 1; setp.eq.s32 %p1, %a0, 1; mul.lo.s32 %a1, %x, 3; cvt.s64.s32 %d, %x; shl.b64 %d, %d, 32; or.b64 %d, %d, 5;
            sub.s32 %a2, %x, 1; call (%y), sum, (%a2);
            add.s32 %y, %y, %a1; @%p1 add.s32 %y, %y, 1000; shr.u64 %d, %d, 32; cvt.u32.u64 %a0, %d; add.s32 %y, %y, %a0;
            ret;
            }
            """,
            i => Enumerable.Range(1, i % 9).Sum(x => (4 * x) + (1000 * (x & 1))),
            4);
    }

    [Test]
    public void A_thread_is_traced_through_its_calls()
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel("mov.u32 %r1, 4;\n{ .param .b32 a; .param .b32 r; st.param.b32 [a], %r1; call (r), add1, (a); "
            + "ld.param.b32 %r9, [r]; }" + Store, before: Add1))["k"];
        var steps = new List<string>();
        var options = new LaunchOptions
        {
            Observers = ObserverSet.Trace,
            Trace = new TraceRequest(default, default, step => steps.Add($"{step.Instruction.Opcode} {step.Values}"))
        };
        rig.Launch(function, new Dim3(1), new Dim3(1), options, rig.Upload(new uint[1]));
        Assert.That(steps.SkipWhile(step => !step.StartsWith("call", StringComparison.Ordinal)).Take(6),
            Is.EqualTo(new[] { "call ", "ld %a=4", "add %a=5", "st %a=5", "ret ", "ld %r9=5" }));
    }

    [Test]
    public unsafe void The_driver_prints_when_the_host_waits_and_ends_a_context_at_a_failed_assertion()
    {
        string ptx = PtxSnippet.Header + """
            .extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 a);
            .extern .func __assertfail(.param .b64 m, .param .b64 f, .param .b32 l, .param .b64 n, .param .b64 c);
            .global .b8 text[4] = {104, 105, 10, 0};
            .global .b8 file[5] = {97, 46, 99, 117, 0};
            .visible .entry hello() { .reg .b32 %r<3>; .reg .b64 %t; mov.u64 %t, text; cvta.global.u64 %t, %t; call (%r1), vprintf, (%t, 0); ret; }
            .visible .entry wrong() { .local .align 16 .b8 own[80]; .reg .b64 %t<2>; mov.u64 %t0, text; mov.u64 %t1, file; call __assertfail, (%t0, %t1, 12, %t1, 1); ret; }
            """;
        var printed = new StringBuilder();
        using var gpu = new SoftDevice(new SoftGpuOptions { Printed = text => printed.Append(text) });
        var tables = SoftDevice.Tables;
        nint context, module, hello, wrong;
        Assert.That(tables.Driver.cuInit(0), Is.EqualTo(CuResult.Success));
        Assert.That(tables.Driver.cuDevicePrimaryCtxRetain(&context, gpu.Ordinal), Is.EqualTo(CuResult.Success));
        Assert.That(tables.Driver.cuCtxSetCurrent(context), Is.EqualTo(CuResult.Success));
        fixed (byte* image = Encoding.UTF8.GetBytes(ptx + "\0"), first = "hello\0"u8, second = "wrong\0"u8)
        {
            Assert.That(tables.Driver.cuModuleLoadDataEx(&module, image, 0, null, null), Is.EqualTo(CuResult.Success));
            Assert.That(tables.Driver.cuModuleGetFunction(&hello, module, first), Is.EqualTo(CuResult.Success));
            Assert.That(tables.Driver.cuModuleGetFunction(&wrong, module, second), Is.EqualTo(CuResult.Success));
        }
        int local;
        Assert.That(tables.Driver.cuFuncGetAttribute(&local, CuFunctionAttribute.LocalBytes, wrong), Is.EqualTo(CuResult.Success));
        Assert.That(local, Is.EqualTo(80));
        Assert.That(tables.Driver.cuLaunchKernel(hello, 1, 1, 1, 2, 1, 1, 0, 0, null, null), Is.EqualTo(CuResult.Success));
        Assert.That(printed.ToString(), Is.Empty);
        Assert.That(tables.Driver.cuCtxSynchronize(), Is.EqualTo(CuResult.Success));
        Assert.That(printed.ToString(), Is.EqualTo("hi\nhi\n"));
        Assert.That(tables.Driver.cuLaunchKernel(wrong, 1, 1, 1, 1, 1, 1, 0, 0, null, null), Is.EqualTo(CuResult.Success));
        Assert.That(tables.Driver.cuCtxSynchronize(), Is.EqualTo(CuResult.Assert));
        Assert.That(gpu.Findings.Select(f => f.Message), Has.Some.Contains("a.cu:12: a.cu: block: [0,0,0], thread: [0,0,0] Assertion `hi\n` failed"));
    }
}
