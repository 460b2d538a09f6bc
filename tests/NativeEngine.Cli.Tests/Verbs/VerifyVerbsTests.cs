using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>Exit codes and outputs of verify and gradcheck.</summary>
public sealed class VerifyVerbsTests
{
    private static readonly string Cases = FindCases();

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ne-verify-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Verify_prints_a_line_per_case_and_the_totals()
    {
        var result = Support.Cli.Run("verify", Path.Combine(Cases, "op", "conv2d_s2_g4.safetensors"), Path.Combine(Cases, "schedule"), "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output,
            Does.Match(@"pass conv2d_s2_g4  max err \d\.\de-\d\d \(tol 1\.0e-05 \+ 1\.0e-04·\|x\|\)  worst: (out\.output|grad\.(input|weight|bias))\[\d"));
        Assert.That(result.LastLine, Does.Match(@"^\d+ passed, 0 failed, 0 unsupported$"));
    }

    [Test]
    public void Verify_json_is_one_object()
    {
        var result = Support.Cli.Run("verify", Path.Combine(Cases, "op", "relu_at_zero.safetensors"), "--device", "cpu", "--json");
        using var document = JsonDocument.Parse(result.Output);
        Assert.That(document.RootElement.GetProperty("passed").GetInt32(), Is.EqualTo(1));
        Assert.That(document.RootElement.GetProperty("cases")[0].GetProperty("name").GetString(), Is.EqualTo("relu_at_zero"));
    }

    [Test]
    public void Unsupported_cases_fail_unless_they_are_allowed()
    {
        // The op's name has four letters; another of four that is none.
        string file = Path.Combine(_folder, "strange.safetensors");
        Patch(Path.Combine(Cases, "op", "relu_at_zero.safetensors"), file, "\"name\":\"relu\"", "\"name\":\"rulu\"");
        Assert.That(Support.Cli.Run("verify", file, "--device", "cpu").Code, Is.EqualTo(ExitCode.CheckFailed));
        var allowed = Support.Cli.Run("verify", file, "--device", "cpu", "--allow-unsupported");
        Assert.That(allowed.Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(allowed.Output, Does.Contain("unsupported strange").And.Contain("0 passed, 0 failed, 1 unsupported"));
    }

    [Test]
    public void A_failed_case_is_exit_8()
    {
        // tanh's outputs are not relu's.
        string file = Path.Combine(_folder, "wrong.safetensors");
        Patch(Path.Combine(Cases, "op", "tanh_vector.safetensors"), file, "\"name\":\"tanh\"", "\"name\":\"relu\"");
        var result = Support.Cli.Run("verify", file, "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed), result.ToString());
        Assert.That(result.Output, Does.Contain("fail wrong").And.Contain("0 passed, 1 failed, 0 unsupported"));
    }

    [Test]
    public void A_failing_model_says_whether_direct_convolutions_pass()
    {
        // What direct convolutions give here, to the last bits: Winograd's F(4 x 4) rounds otherwise, a changed number is wrong with both.
        string flipped = Path.Combine(_folder, "flipped.safetensors"), wrong = Path.Combine(_folder, "wrong.safetensors");
        WriteModelCase(flipped, error: 0);
        WriteModelCase(wrong, error: 1);
        var result = Support.Cli.Run("verify", flipped, wrong, "--device", "cpu", "--winograd", "f4");
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed), result.ToString());
        string[] lines = result.Output.Split('\n');
        Assert.That(lines[0], Does.StartWith("note flipped  passes with direct convolutions on the CPU "
            + "(max err ").And.EndWith("--device cpu --winograd off): a decision flipped by rounding"));
        Assert.That(lines[1], Does.StartWith("fail flipped  max err "));
        Assert.That(lines[2], Does.StartWith("note wrong  fails with direct convolutions on the CPU, too (max err 1.0e+00 at out.logits_eval["));
        Assert.That(lines[3], Does.StartWith("fail wrong  max err "));
        Assert.That(result.LastLine, Is.EqualTo("0 passed, 2 failed, 0 unsupported"));

        var off = Support.Cli.Run("verify", flipped, wrong, "--device", "cpu", "--winograd", "off");
        Assert.That(off.Output, Does.Contain("pass flipped").And.Contain("fail wrong").And.Not.Contain("note "), "nothing else to try");
        using var scope = new Support.EnvironmentScope(("NENGINE_WINOGRAD", "off"));
        Assert.That(Support.Cli.Run("verify", flipped, "--device", "cpu", "--threads", "1", "--tf32", "--no-deterministic").Code, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void Device_settings_of_the_checks_are_those_of_train()
    {
        string file = Path.Combine(Cases, "op", "relu_at_zero.safetensors");
        foreach (string[] verb in new string[][] { ["verify", file], ["gradcheck", "--op", "relu"] })
        {
            Assert.That(Support.Cli.Run([.. verb, "--device", "cpu", "--winograd", "off", "--threads", "1", "--tf32", "--deterministic", "false"]).Code,
                Is.EqualTo(ExitCode.Ok));
            var wrong = Support.Cli.Run([.. verb, "--device", "cpu", "--winograd", "f3"]);
            Assert.That(wrong.Code, Is.EqualTo(ExitCode.Usage), wrong.ToString());
            Assert.That(wrong.Error, Does.Contain("unknown winograd 'f3', did you mean 'f2'?; known are off, f2, f4, auto"));
            Assert.That(Support.Cli.Run([.. verb, "--deterministic", "--no-deterministic"]).Code, Is.EqualTo(ExitCode.Usage));
        }
    }

    private static void WriteModelCase(string path, double error)
    {
        using var engine = new Engine(new CpuBackend(new CpuOptions { Winograd = WinogradMode.Off }));
        var model = ModelCatalogue.Create("smallcnn", engine, new ModelOptions { NumClasses = 4, InChans = 3, ImgSize = 32 });
        model.Eval();
        var pixels = new float[2 * 3 * 32 * 32];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (float)Math.Sin(i * 0.7);
        var tensors = new StateDict();
        foreach (var (name, tensor) in model.StateDict())
            tensors.Add($"state.{name}", tensor);
        tensors.Add("in.input", HostTensor.From(pixels, 2, 3, 32, 32));
        tensors.Add("in.target", HostTensor.From([0L, 1], 2));
        using (engine.BeginStep())
        {
            var x = engine.Empty([2, 3, 32, 32]);
            x.CopyFrom(pixels);
            var logits = model.Forward(x).ToArray<double>();
            logits[3] += error;
            tensors.Add("out.logits_eval", HostTensor.From(logits, 2, 4));
        }

        Safetensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = "nengine-case-1", ["kind"] = "model", ["name"] = "smallcnn",
            ["attrs"] = """{"num_classes":4,"in_chans":3,"optimizer":"sgd","lr":0.1,"steps":0}""", ["tolerance"] = """{"abs":1e-12,"rel":0}""",
        });
    }

    [Test]
    public void Malformed_files_and_missing_paths_are_exit_3()
    {
        string file = Path.Combine(_folder, "broken.safetensors");
        File.WriteAllBytes(file, [1, 2, 3]);
        var result = Support.Cli.Run("verify", file, "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Data));
        Assert.That(result.Error, Does.Contain("broken.safetensors").And.Contain("3 bytes"));
        Assert.That(Support.Cli.Run("verify", Path.Combine(_folder, "nothing"), "--device", "cpu").Code, Is.EqualTo(ExitCode.Data));
    }

    [Test]
    public void Gradcheck_of_an_op_passes_in_double_and_on_the_device()
    {
        var result = Support.Cli.Run("gradcheck", "--op", "softmax", "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output,
            Does.Contain("pass softmax").And.Contain("reference in double").And.Contain("cpu against the reference").And.Contain("3 passed, 0 failed"));
    }

    [Test]
    public void Gradcheck_of_an_unknown_op_names_the_nearest()
    {
        var result = Support.Cli.Run("gradcheck", "--op", "sofmax", "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Does.Contain("softmax"));
    }

    private static void Patch(string from, string to, string old, string replacement)
    {
        var bytes = File.ReadAllBytes(from);
        int at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(old));
        Assert.That(at, Is.Positive, $"{old} is in the header");
        System.Text.Encoding.ASCII.GetBytes(replacement).CopyTo(bytes, at);
        File.WriteAllBytes(to, bytes);
    }

    private static string FindCases()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string cases = Path.Combine(folder.FullName, "tests", "cases");
            if (Directory.Exists(cases))
                return cases;
        }

        throw new DirectoryNotFoundException($"no tests/cases above {AppContext.BaseDirectory}");
    }
}
