using System.Text;
using System.Text.Json;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>Buffers from and to files, expected values and suites of <c>kernels run, check, trace, bench</c> with a PTX file of a user.</summary>
[TestFixture, NonParallelizable]
internal sealed class KernelsFileTests
{
    private const string Head = ".version 6.3\n.target sm_70\n.address_size 64\n";

    private const string Scale = Head + """
        .visible .entry scale(.param .u64 x, .param .u64 y, .param .f32 factor)
        {
        .reg .b32 %r<5>; .reg .b64 %rd<6>; .reg .f32 %f<4>;
        ld.param.u64 %rd1, [x];
        ld.param.u64 %rd2, [y];
        ld.param.f32 %f1, [factor];
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mad.lo.u32 %r4, %r2, %r3, %r1;
        mul.wide.u32 %rd3, %r4, 4;
        add.s64 %rd4, %rd1, %rd3;
        add.s64 %rd5, %rd2, %rd3;
        ld.global.f32 %f2, [%rd4];
        mul.rn.f32 %f3, %f2, %f1;
        st.global.f32 [%rd5], %f3;
        ret;
        }
        """;

    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("ne-ptx-").FullName;
        File.WriteAllText(In("scale.ptx"), Scale);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, true);

    private string In(string name) => Path.Combine(_folder, name);

    private CliResult Run(string verb, params string[] rest) => Support.Cli.Run(["kernels", verb, In("scale.ptx"), .. rest]);

    private void Save(string name, string type, long[] shape, byte[] data) => NpyFile.Write(In(name), new NpyArray(type, shape, data));

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    [Test]
    public void Whole_buffers_come_from_files_and_go_to_files()
    {
        float[] values = [.. Enumerable.Range(0, 1024).Select(i => i * 0.25f)];
        Save("x.npy", "f4", [32, 32], Floats(values));
        var result = Run("run", "scale", "--grid", "8", "--block", "128", "--arg", $"f32[]=@{In("x.npy")}", "--arg", "f32[32,32]", "--arg", "2", "--out",
            In("y.npy"), "--out", $"1={In("y.bin")}", "--json");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        byte[] doubled = Floats([.. values.Select(v => v * 2)]);
        var y = NpyFile.Parse(File.ReadAllBytes(In("y.npy")), "y.npy");
        Assert.That((y.Type, y.Shape, y.Data), Is.EqualTo(("f4", new long[] { 32, 32 }, doubled)));
        Assert.That(File.ReadAllBytes(In("y.bin")), Is.EqualTo(doubled));
        using var json = JsonDocument.Parse(result.LastLine);
        var buffer = json.RootElement.GetProperty("buffers").GetProperty("y");
        Assert.That(buffer.GetProperty("values").EnumerateArray().Select(v => v.GetSingle()), Is.EqualTo(values.Select(v => v * 2)));
        Assert.That(buffer.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32()), Is.EqualTo(new[] { 32, 32 }));
        // The files are inputs again, the raw one with a size that must fit.
        Assert.That(Run("run", "--block", "1024", "--arg", $"f32[1024]=@{In("y.bin")}", "--arg", "f32[1024]=zeros", "--arg", "0.5", "--expect",
            In("x.npy")).Code, Is.EqualTo(ExitCode.Ok));
    }

    [TestCase("f8", 8, "0.1", "element 0 is 0.1 (f64), which f32 cannot hold exactly; save the array as float32")]
    [TestCase("i8", 8, "16777217", "element 0 is 16777217 (s64), which f32 cannot hold exactly; save the array as float32")]
    [TestCase("f8", 8, "0.5", null)]
    [TestCase("f2", 2, "0.5", null)]
    [TestCase("b1", 1, "1", null)]
    [TestCase("i2", 2, "-3", null)]
    public void Numbers_of_another_type_are_converted_where_nothing_is_lost(string type, int size, string value, string? problem)
    {
        var ptx = NativeEngine.Cli.KernelLaunch.ElementValue.OfNumPy(type);
        byte[] element = NativeEngine.Cli.KernelLaunch.ElementText.Parse(value, ptx)!;
        Assert.That(element, Has.Length.EqualTo(size));
        Save("x.npy", type, [1], element);
        var result = Run("run", "--block", "1", "--arg", $"f32[1]=@{In("x.npy")}", "--arg", "f32[1]", "--arg", "1", "--expect", $"y={value}");
        Assert.That(result.Code, Is.EqualTo(problem is null ? ExitCode.Ok : ExitCode.Data), result.ToString());
        Assert.That(result.Error, Does.Contain(problem ?? ""));
    }

    [Test]
    public void Files_that_are_no_such_buffer_are_one_sentence_and_exit_3()
    {
        Save("five.npy", "f4", [5], Floats(1, 2, 3, 4, 5));
        File.WriteAllText(In("text.npy"), "not an array");
        File.WriteAllBytes(In("odd.bin"), new byte[7]);
        File.WriteAllBytes(In("cut.npy"), File.ReadAllBytes(In("five.npy"))[..^1]);
        Save("none.npy", "f4", [0], []);
        foreach (var (file, size, problem) in new[]
        {
            ("five.npy", "4", "holds 5 elements, the buffer f32[4] has 4 elements"), ("text.npy", "", "is no .npy file"),
                ("odd.bin", "", "has 7 bytes, expected a multiple of the 4 of a .f32"),
            ("cut.npy", "", "truncated"), ("none.npy", "", "holds no elements"), ("absent.npy", "4", "no such file"),
        })
        {
            var result = Run("run", "--block", "1", "--arg", $"f32[{size}]=@{In(file)}", "--arg", "f32[4]", "--arg", "1");
            Assert.That(result.Code, Is.EqualTo(ExitCode.Data), result.ToString());
            Assert.That(result.Error, Does.Contain(problem).And.Contain(file));
            Assert.That(result.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
        }
    }

    [TestCase("1e-6", ExitCode.Ok)]
    [TestCase("0", ExitCode.CheckFailed)]
    public void Expected_values_make_a_test_of_one_command(string tolerance, ExitCode code)
    {
        Save("y.npy", "f8", [2, 2], [.. new[] { 0.1, 0.2, 0.3, 0.4 }.SelectMany(BitConverter.GetBytes)]);
        string[] rest = ["scale", "--block", "4", "--arg", "f32[4]=1,2,3,4", "--arg", "f32[2,2]", "--arg", "0.1", "--expect", In("y.npy"), "--tol", tolerance];
        foreach (string verb in new[] { "run", "check" })
        {
            var result = Run(verb, rest);
            Assert.That(result.Code, Is.EqualTo(code), result.ToString());
            Assert.That(result.Output,
                Does.Contain(code == ExitCode.Ok ? "ok   " : "y[0,0] is 0.1, expected 0.1, difference 1.49E-09, allowed 0; 4 of 4 elements differ"));
        }

        Assert.That(Run("check", rest).Output, Does.Contain(code == ExitCode.Ok ? "1 passed, 0 failed (device soft, sanitize none)" : "0 passed, 1 failed"));
    }

    [TestCase("nan,inf,-inf,0", "nan,inf,-inf,-0", null)]
    [TestCase("nan,1,1,1", "1,1,1,1", "y[0] is nan, expected 1; 1 of 4")]
    [TestCase("1,1,1,1", "1,nan,1,1", "y[1] is 1, expected nan; 1 of 4")]
    [TestCase("1,1,inf,1", "1,1,-inf,1", "y[2] is inf, expected -inf; 1 of 4")]
    [TestCase("1,1,inf,1", "1,1,3e38,1", "y[2] is inf, expected 3E+38; 1 of 4")]
    [TestCase("1,2,3,4", "1,2,3,5", "y[3] is 4, expected 5, difference 1, allowed 0.6; 1 of 4 elements differs")]
    [TestCase("1,2,3,4", "1,2,3", "3 values for 4 elements")]
    public void Special_values_are_equal_to_themselves_alone(string given, string expected, string? problem)
    {
        var result = Run("run", "--block", "4", "--arg", $"f32[4]={given}", "--arg", "f32[4]", "--arg", "1", "--expect", $"y={expected}", "--tol", "0.1");
        Assert.That(result.Code, Is.EqualTo(problem is null ? ExitCode.Ok : problem.Contains("values for") ? ExitCode.Usage : ExitCode.CheckFailed),
            result.ToString());
        Assert.That(result.Output + result.Error, Does.Contain(problem ?? "ok    y equals"));
    }

    [TestCase("of which buffer? Write --expect NAME=a.npy", "--arg", "f32[4]=1,2,3,4", "--arg", "f32[4]=1,2,3,4", "--expect", "a.npy")]
    [TestCase("no buffer 'z'; buffers are 0 (x), 1 (y)", "--arg", "f32[4]", "--arg", "f32[4]", "--expect", "z=a.npy")]
    [TestCase("no buffer '2'", "--arg", "f32[4]", "--arg", "f32[4]", "--out", "2=a.npy")]
    [TestCase("--tol -1: expected a number of at least 0", "--arg", "f32[4]", "--arg", "f32[4]", "--expect", "y=zeros", "--tol=-1")]
    [TestCase("at most 1073741824 bytes", "--arg", "f32[9223372036854775807]", "--arg", "f32[4]")]
    [TestCase("at most 1073741824 bytes", "--arg", "f32[2147483647,2147483647]=zeros", "--arg", "f32[4]")]
    [TestCase("without a size is for contents of a file", "--arg", "f32[]=zeros", "--arg", "f32[4]")]
    [TestCase("'zeroes' is not zeros, ones, iota", "--arg", "f32[4]=zeroes", "--arg", "f32[4]")]
    [TestCase("'2x' is not a .f32", "--arg", "f32[4]=const(2x)", "--arg", "f32[4]")]
    public void Wrong_options_are_usage_errors(string problem, params string[] rest)
    {
        var result = Run("run", ["scale", .. rest, "--arg", "1"]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain(problem));
    }

    [TestCase("f32[4]=ones", "y f32[4]: 2 2 2 2")]
    [TestCase("f32[4]=const(-1.5)", "y f32[4]: -3 -3 -3 -3")]
    [TestCase("f32[2,2]=iota", "y f32[4]: 0 2 4 6")]
    [TestCase("s32[4]=random(7)", "x s32[4]:")]
    public void Generators_fill_buffers(string argument, string expected)
    {
        var result = Run("run", "scale", "--block", "4", "--arg", argument, "--arg", "f32[4]", "--arg", "2");
        Assert.That(result.Output, Does.Contain(expected), result.ToString());
    }

    [Test]
    public void Random_buffers_follow_their_seed()
    {
        string Shown(string argument, string seed) => Run("run", "--block", "4", "--arg", argument, "--arg", "f32[4]", "--arg", "1", "--seed", seed).Output;
        Assert.That(Shown("f32[4]=random(7)", "1"), Is.EqualTo(Shown("f32[4]=random(7)", "2")).And.Not.EqualTo(Shown("f32[4]=random(8)", "1")));
        Assert.That(Shown("f32[4]=random", "1"), Is.EqualTo(Shown("f32[4]=rand", "1")).And.Not.EqualTo(Shown("f32[4]=random", "2")));
    }

    [Test]
    public void A_large_buffer_is_shown_in_part_and_compared_whole()
    {
        var result = Run("run", "--grid", "1024", "--block", "1024", "--arg", "f32[1048576]=ones", "--arg", "f32[1048576]", "--arg", "3", "--expect",
            "y=const(3)");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("... (1048576 in all)").And.Contain("(1048576 elements)"));
    }

    [Test]
    public void Scalars_of_every_type_dimensions_and_shared_memory()
    {
        string[] types = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "b8", "b16", "b32", "b64", "f32", "f64"];
        string[] values = ["255", "-128", "65535", "-32768", "0xffffffff", "-1", "18446744073709551615", "-1", "1", "f16:1.5", "f32:2.5", "null", "1e-3",
            "nan"];
        string parameters = string.Join(", ", types.Select((t, i) => $".param .{t} p{i}"));
        File.WriteAllText(In("scale.ptx"),
            $"{Head}.extern .shared .align 4 .b8 buffer[];\n.visible .entry k({parameters}, .param .align 2 .b8 half[2])\n{{\nret;\n}}\n");
        var result = Run("run", ["--grid", "2,3,4", "--block", "4,2,2", "--shared", "1024", .. values.Append("bf16:3").Select(v => $"--arg={v}")]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.StartWith($"{2 * 3 * 4 * 16} thread instructions"));
        var wrong = Run("run", [.. values.Append("f32:3").Select(v => $"--arg={v}")]);
        Assert.That((wrong.Code, wrong.Error),
            Is.EqualTo((ExitCode.Usage, "nengine: --arg f32:3 for parameter half (.b8[2]): a .f32 has 4 bytes, the parameter 2\n")));
    }

    [Test]
    public void Trace_and_bench_take_the_same_launch()
    {
        string[] launch = ["--grid", "2", "--block", "4", "--arg", "f32[8]=iota", "--arg", "f32[8]", "--arg", "2"];
        var trace = Run("trace", ["scale", .. launch, "--at", "1", "--thread", "3"]);
        Assert.That(trace.Code, Is.EqualTo(ExitCode.Ok), trace.ToString());
        Assert.That(trace.Output,
            Does.Match(@"mul\.rn\.f32 %f3, %f2, %f1; +%f3=14 %f2=7 %f1=2").And.Contain("14 instructions of block (1,0,0) thread (3,0,0)"));
        Assert.That(Run("trace", ["scale", .. launch, "--at", "2"]).Code, Is.EqualTo(ExitCode.Usage));
        var bench = Run("bench", ["scale", .. launch, "--save", In("counts.json")]);
        Assert.That(bench.Code, Is.EqualTo(ExitCode.Ok), bench.ToString());
        Assert.That(bench.Output, Does.Match(@"(?m)^scale +grid \(2,1,1\) block \(4,1,1\) +0\.00 +12 %"));
        Assert.That(Run("bench", ["scale", .. launch, "--baseline", In("counts.json")]).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(Support.Cli.Run("kernels", "bench", "gemm", "--grid", "2").Error, Does.Contain("--grid is for a kernel of a PTX file"));
    }

    private const string Suite = """
        ptx: scale.ptx
        block: 4
        tolerance: 1e-6
        cases:
          - name: doubles
            args: ["f32[4]=1,2,3,4", "f32[4]", 2]
            expected: {y: [2, 4, 6, 8]}
            sanitize: all
          - entry: scale
            args: ["f32[4]=@x.npy", "f32[4]", 0.1]
            expected: [1=y.npy]
          - args: ["f32[4]=ones", "f32[4]", 1]
            expected: y=zeros
          - args: ["f32[3]=ones", "f32[4]", 1]
            block: [4, 1]
        """;

    [Test]
    public void A_suite_runs_all_its_cases_and_counts()
    {
        Save("x.npy", "f4", [4], Floats(1, 2, 3, 4));
        Save("y.npy", "f8", [4], [.. new[] { 0.1, 0.2, 0.3, 0.4 }.SelectMany(BitConverter.GetBytes)]);
        File.WriteAllText(In("suite.yaml"), Suite);
        var result = Support.Cli.Run("kernels", "check", In("suite.yaml"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed), result.ToString());
        string[] lines = result.Output.Trim().Split('\n');
        Assert.That(lines[0], Does.Match("^ok    doubles +4 elements within 1E-06"));
        Assert.That(lines[1], Does.Match(@"^ok    scale #2 +4 elements within 1E-06 \(1 \+ \|expected\|\), largest error 1 % of the allowed"));
        Assert.That(lines[2], Is.EqualTo("FAIL  scale.ptx #3: y[0] is 1, expected 0, difference 1, allowed 1E-06; 4 of 4 elements differ"));
        Assert.That(lines[3], Does.StartWith("FAIL  scale.ptx #4: OutOfBounds: read of 4 bytes"));
        Assert.That(lines[4], Is.EqualTo("2 passed, 2 failed (device soft, sanitize some)"));
        var json = Support.Cli.Run("kernels", "check", In("suite.yaml"), "--json");
        Assert.That(json.LastLine, Is.EqualTo("""{"passed":2,"failed":2,"device":"soft","sanitize":"some"}"""));
    }

    [Test]
    public void A_suite_may_be_JSON()
    {
        File.WriteAllText(In("suite.json"), "{\n\t\"cases\": [\n\t{\"ptx\": \"scale.ptx\", \"block\": 4, \"args\": [\"f32[4]=iota\", \"f32[4]\", 2], "
            + "\"expect\": {\"y\": [0, 2, 4, 6]}, \"sanitize\": true}\n\t]\n}\n");
        var result = Support.Cli.Run("kernels", "check", In("suite.json"));
        Assert.That((result.Code, result.LastLine), Is.EqualTo((ExitCode.Ok, "1 passed, 0 failed (device soft, sanitize all)")), result.ToString());
    }

    [TestCase("- ptx: scale.ptx\n  blok: 4\n", "suite.yaml, case 1: unknown key 'blok', did you mean 'block'?")]
    [TestCase("ptxx: a\ncases: []\n", "unknown key 'ptxx', did you mean 'ptx'?")]
    [TestCase("- args: [1]\n", "case 1: 'ptx', the name of a PTX file, is missing")]
    [TestCase("- ptx: scale.ptx\n  tol: -1\n", "case 1: tol: '-1' is not a number of at least 0")]
    [TestCase("- ptx: scale.ptx\n  sanitize: maybe\n", "case 1: sanitize: 'maybe' is not all")]
    [TestCase("- ptx: scale.ptx\n  block: x\n", "case 1: block x: 'x' is not a whole number")]
    [TestCase("- ptx: scale.ptx\n  args: {a: {b: c}}\n", "case 1: args: expected a value, got a nested block")]
    [TestCase("- ptx: scale.ptx\n  tol: 1\n  tolerance: 1\n", "case 1: tol is given twice")]
    [TestCase("cases: 3\n", "cases: expected a list")]
    [TestCase("", "expected a list of cases")]
    [TestCase("[]", "there are no cases in it")]
    [TestCase("- [1\n", "line")]
    public void A_wrong_suite_is_a_usage_error(string text, string problem)
    {
        File.WriteAllText(In("suite.yaml"), text);
        var result = Support.Cli.Run("kernels", "check", In("suite.yaml"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain(problem));
        Assert.That(result.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void Hardware_is_named_where_there_is_none()
    {
        string[] rest = ["scale", "--arg", "f32[4]", "--arg", "f32[4]", "--arg", "1"];
        Assert.That(Run("run", [.. rest, "--device", "gpu"]).Error, Does.Contain("unknown device 'gpu'"));
        Assert.That(Run("run", [.. rest, "--device", "cuda", "--sanitize"]).Error, Does.Contain("--sanitize needs --device soft"));
    }

    [Test]
    public void Bytes_of_a_raw_file_are_those_of_the_buffer()
    {
        File.WriteAllText(In("x.bin"), "abcd", Encoding.ASCII);
        var result = Run("run", "--block", "1", "--arg", $"u8[]=@{In("x.bin")}", "--arg", "f32[1]", "--arg", "1");
        Assert.That(result.Output, Does.Contain("x u8[4]: 97 98 99 100"), result.ToString());
    }
}
