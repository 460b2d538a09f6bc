using System.Globalization;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>Compiled kernels that call functions: what they compute and print is what the same source computes and prints on a host
/// (tools/reference/functions).</summary>
[TestFixture]
internal sealed class FunctionTests
{
    private const int Threads = 64;

    private static readonly string[] Kernels = ["structures", "types", "recursion", "quicksort", "divergence", "pointers", "contents", "printing"];

    private static string TextOf(string name) => File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Functions", name));

    private static int[] Input => [.. Enumerable.Range(0, Threads).Select(i => ((i * 37) + 11) % 101)];

    private static double[] Expected(string kernel)
    {
        string line = TextOf("functions.expected.txt").Split('\n').Single(line => line.StartsWith(kernel + ":", StringComparison.Ordinal));
        return [.. line.Split(' ').Skip(1).Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
    }

    private static LaunchOptions Options(string mode) => mode switch
    {
        "plain" => LaunchOptions.Default,
        "sanitized" => LaunchOptions.Sanitized,
        _ => LaunchOptions.Sanitized with { ScheduleSeed = ulong.Parse(mode, CultureInfo.InvariantCulture) },
    };

    [Test]
    public void Kernels_compute_what_a_host_computes(
        [ValueSource(nameof(Kernels))] string kernel, [Values("O0", "O2")] string level, [Values("plain", "sanitized", "1", "2")] string mode)
    {
        using var rig = new GpuRig(track: mode != "plain");
        var function = rig.Load(TextOf($"functions.{level}.ptx"), "functions.ptx")[kernel];
        ulong output = rig.Upload(new double[Threads]);
        var result = rig.Launch(function, new Dim3(1), new Dim3(Threads), Options(mode), rig.Upload(Input), output);
        Assert.Multiple(() =>
        {
            Assert.That(result.Findings, Is.Empty);
            Assert.That(rig.Download<double>(output, Threads), Is.EqualTo(Expected(kernel)));
        });
    }

    [Test]
    public void What_a_kernel_prints_is_what_a_host_prints([Values("O0", "O2")] string level)
    {
        using var rig = new GpuRig();
        var function = rig.Load(TextOf($"functions.{level}.ptx"), "functions.ptx")["printing"];
        var result = rig.Launch(function, new Dim3(1), new Dim3(Threads), null, rig.Upload(Input), rig.Upload(new double[Threads]));
        string expected = TextOf("functions.expected.txt");
        int start = expected.IndexOf('\n', expected.IndexOf("contents:", StringComparison.Ordinal)) + 1;
        Assert.That(result.Output, Is.EqualTo(expected[start..expected.IndexOf("printing:", StringComparison.Ordinal)]));
    }

    [Test]
    public void Lines_come_block_by_block_however_many_workers_there_are()
    {
        using var rig = new GpuRig(threads: 4);
        string ptx = PtxSnippet.Kernel("""
            .param .b64 f; .param .b64 a; .param .b32 r;
            .local .align 8 .b8 own[8];
            mov.u64 %rd2, text;
            cvta.global.u64 %rd2, %rd2;
            mov.u64 %rd3, own;
            cvta.local.u64 %rd3, %rd3;
            mov.u32 %r1, %ctaid.x;
            st.local.u32 [own], %r1;
            mov.u32 %r2, %tid.x;
            st.local.u32 [own+4], %r2;
            st.param.b64 [f], %rd2;
            st.param.b64 [a], %rd3;
            call.uni (r), vprintf, (f, a);
            ld.param.b32 %r3, [r];
            mad.lo.s32 %r4, %r1, 4, %r2;
            mul.wide.u32 %rd4, %r4, 4;
            add.s64 %rd4, %rd1, %rd4;
            st.global.u32 [%rd4], %r3;
            ret;
            """, before: ".extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 a);\n.global .b8 text[7] = {37, 100, 44, 37, 100, 10, 0};");
        ulong counts = rig.Upload(new int[400]);
        var result = rig.Launch(rig.Load(ptx)["k"], new Dim3(100), new Dim3(4), null, counts);
        Assert.Multiple(() =>
        {
            Assert.That(result.Findings, Is.Empty);
            Assert.That(result.Output, Is.EqualTo(string.Concat(Enumerable.Range(0, 400).Select(i => $"{i / 4},{i % 4}\n"))));
            Assert.That(rig.Download<int>(counts, 400), Is.All.EqualTo(2), "vprintf returns the number of arguments");
        });
    }
}
