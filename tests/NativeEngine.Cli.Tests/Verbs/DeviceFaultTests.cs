using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>What a GPU, its driver and its libraries do wrong ends in the right exit code with one sentence, and no training is lost.</summary>
public sealed class DeviceFaultTests
{
    private SmallDigits _data = null!;

    private Lazy<string> _whole = null!;

    [OneTimeSetUp]
    public void MakeData()
    {
        _data = new SmallDigits();
        _whole = new(() => Hash(Train("whole", null, "--json")));
    }

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    private CliResult Train(string name, string? faults, params string[] more)
    {
        using var scope = new EnvironmentScope(("NENGINE_SOFT_FAULTS", faults), ("XDG_CACHE_HOME", _data.File("cache")));
        return Support.Cli.Run(["train", "--data", _data.Folder, "--output", _data.File("runs"), "--name", name, "--model", "lenet", "--device", "soft",
            "--batch-size", "20", "--epochs", "1", "--checkpoint-steps", "2", .. more]);
    }

    [TestCase("memory", "cuMemAllocAsync@16=2,cuMemAllocAsync@17=2", ExitCode.OutOfMemory,
        "^nengine: device soft: out of memory: .* asked, .* held in \\d+ tensors")]
    [TestCase("launch", "cuGraphLaunch@4=701", ExitCode.Device,
        "^nengine: device soft: cuGraphLaunch failed with CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES \\(701\\)\\.")]
    [TestCase("sticky", "cuLaunchKernel@200=700!", ExitCode.Device,
        "^nengine: device soft: .* failed with CUDA_ERROR_ILLEGAL_ADDRESS \\(700\\).* the device context is lost")]
    public void A_fault_in_the_middle_of_a_training_ends_in_a_sentence_and_the_checkpoint_can_be_resumed(string name, string faults, ExitCode code,
        string sentence)
    {
        var failed = Train(name, faults);
        Assert.That(failed.Code, Is.EqualTo(code), failed.ToString());
        Assert.That(failed.Error.TrimEnd(), Does.Match(sentence).And.Not.Contain("\n"));
        string folder = Path.Combine(_data.File("runs"), "train", name);
        Assert.That(File.ReadAllText(Path.Combine(folder, "status.json")), Does.Contain("\"failed\""));
        using var scope = new EnvironmentScope(("XDG_CACHE_HOME", _data.File("cache")));
        var resumed = Support.Cli.Run("train", "--resume", folder, "--json");
        Assert.That(resumed.Code, Is.EqualTo(ExitCode.Ok), resumed.ToString());
        Assert.That(Hash(resumed), Is.EqualTo(_whole.Value), "bit for bit as if nothing had happened");
    }

    [Test]
    public void Out_of_memory_names_a_batch_that_fits()
    {
        string[] few = ["--eval-batch-size", "10", "--max-steps", "3"];
        var failed = Train("large", "memory_mib=10", ["--batch-size", "200", .. few]);
        Assert.That(failed.Code, Is.EqualTo(ExitCode.OutOfMemory), failed.ToString());
        var match = System.Text.RegularExpressions.Regex.Match(failed.Error,
            "out of memory: .* asked, .* held in \\d+ tensors, .* of 10 MiB free\\. A batch of 200 does not fit; a batch of at most (\\d+) would");
        Assert.That(match.Success, failed.Error);
        Assert.That(int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), Is.InRange(8, 199));
        var smaller = Train("smaller", "memory_mib=10", ["--batch-size", match.Groups[1].Value, .. few]);
        Assert.That(smaller.Code, Is.EqualTo(ExitCode.Ok), smaller.ToString());
    }

    [Test]
    public void A_driver_without_graphs_trains_kernel_by_kernel_and_says_so()
    {
        var result = Train("eager", "missing:cuGraphLaunch,missing:cuMemAllocAsync");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("updates are queued kernel by kernel: the driver has no stream capture"));
    }

    [Test]
    public void A_driver_too_old_for_the_kernels_says_which_it_is()
    {
        var result = Train("old", "driver=9020,cuModuleLoadDataEx@1=222");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Device), result.ToString());
        Assert.That(result.Error, Does.Contain("CUDA 9.2").And.Contain("update the NVIDIA driver"));
    }

    [Test]
    public void A_fault_plan_that_cannot_be_read_is_a_usage_error([Values("cuLaunchKernel@x=1", "wrong:sideways/1", "memory_mib=", "nonsense")] string plan)
    {
        var result = Train("plan", plan);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain($"fault '{plan}'"));
    }

    [Test]
    public void A_missing_library_and_one_without_its_functions_are_named()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("uses Linux file names");
        string empty = Directory.CreateDirectory(_data.File("empty")).FullName, wrong = Directory.CreateDirectory(_data.File("wrong")).FullName;
        using (new EnvironmentScope(("NENGINE_CUDA_PATH", empty), ("NENGINE_CUDNN_PATH", empty)))
        {
            var result = Support.Cli.Run("train", "--device", "cuda", "--data", _data.Folder);
            if (result.Code == ExitCode.Ok)
                Assert.Ignore("this machine has a GPU and its libraries");
            Assert.That(result.Code, Is.EqualTo(ExitCode.Device), result.ToString());
            Assert.That(result.Error, Does.StartWith("nengine: device 'cuda' cannot be used: ").And.Contain("nengine doctor"));
        }

        string gone = _data.File("gone"), file = _data.File("notes.txt");
        File.WriteAllText(file, "no library");
        foreach (var (path, fault) in new[] { (gone, $"NENGINE_CUDA_PATH is '{gone}', but there is no such folder"),
                (empty, $"NENGINE_CUDA_PATH is '{empty}', which holds none of the libraries"),
                    (file, $"NENGINE_CUDA_PATH is the file '{file}', which is none of the libraries") })
        {
            using var wrongPath = new EnvironmentScope(("NENGINE_CUDA_PATH", path), ("NENGINE_CUDNN_PATH", gone));
            foreach (string[] command in new string[][] { ["graph", "lenet", "--device", "cuda"], ["doctor", "--device", "cpu"],
                    ["graph", "lenet", "--device", "auto"] })
                Assert.That(Support.Cli.Run(command).ToString(),
                    Does.Contain(fault).And.Contain($"NENGINE_CUDNN_PATH is '{gone}', but there is no such folder"), string.Join(' ', command));
            Assert.That(Support.Cli.Run("graph", "lenet", "--device", "cpu").ToString(), Does.Not.Contain("NENGINE_"), "nobody asks for CUDA");
        }

        string any = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so").Single();
        File.Copy(any, Path.Combine(wrong, "libcuda.so.1"));
        using (new EnvironmentScope(("NENGINE_CUDA_PATH", wrong), ("NENGINE_CUDNN_PATH", empty)))
        {
            var result = Support.Cli.Run("train", "--device", "cuda", "--data", _data.Folder);
            Assert.That(result.Code, Is.EqualTo(ExitCode.Device), result.ToString());
            Assert.That(result.Error, Does.Match("libcuda.so.1 lacks cu\\w+(, cu\\w+)+ and \\d+ more functions: it is too old"));
        }
    }

    [Test]
    public void Rounding_and_determinism_are_shown_and_recorded()
    {
        var result = Train("tf32", null, "--tf32", "--no-deterministic", "--no-graph", "--max-steps", "1");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("TF32 on, not deterministic)").And.Contain("graph is off"));
        string folder = Path.Combine(_data.File("runs"), "train", "tf32");
        Assert.That(File.ReadAllText(Path.Combine(folder, "args.yaml")),
            Does.Contain("tf32: true").And.Contain("deterministic: false").And.Contain("graph: false"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "env.json")), Does.Contain("TF32 on, not deterministic"));
        Assert.That(Train("plain", null, "--max-steps", "1").Output, Does.Contain("TF32 off)"));
    }

    private static string Hash(CliResult result)
    {
        using var json = System.Text.Json.JsonDocument.Parse(result.LastLine);
        return json.RootElement.GetProperty("weights_sha256").GetString()!;
    }
}
