using System.Text.Json;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>doctor --numerics finds a library algorithm that computes wrongly, and from then on nobody uses it.</summary>
public sealed class DoctorNumericsTests
{
    private SmallDigits _data = null!;

    [OneTimeSetUp]
    public void MakeData() => _data = new SmallDigits();

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    private string Memory(string cache) => Path.Combine(_data.File(cache), "nengine", "numerics.json");

    private static CliResult Doctor(params string[] more) =>
        Support.Cli.Run(["doctor", "--numerics", "--device", "soft", "--model", "smallcnn", "--img-size", "8", "--batch", "2", .. more]);

    private CliResult Train(string name) => Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("runs"), "--name", name, "--device",
        "soft", "--dry-run", "--batch-size", "4", "--eval-batch-size", "4");

    [Test]
    public void A_wrong_algorithm_is_found_banned_and_replaced_by_another()
    {
        using var broken = new EnvironmentScope(("XDG_CACHE_HOME", _data.File("cache")), ("NENGINE_SOFT_FAULTS", "wrong:forward/1"));
        var before = Train("before");
        Assert.That(before.Code, Is.EqualTo(ExitCode.Ok), before.ToString());
        Assert.That(Forward("before"), Is.All.Contains("algorithm 1"));
        Assert.That(before.Error, Does.Not.Contain("warning"));

        var doctor = Doctor();
        Assert.That(doctor.Code, Is.EqualTo(ExitCode.CheckFailed), doctor.ToString());
        Assert.That(doctor.Output, Does.Match("WRONG  convolution forward, algorithm 1 +3 of 3 sizes, worst \\["));
        Assert.That(doctor.Output, Does.Match("ok     convolution forward, algorithm 0 +3 sizes"));
        Assert.That(doctor.Output, Does.Match("convolution forward, algorithm 1 was found wrong on this device .* and is not used"));

        var after = Train("after");
        Assert.That(after.Code, Is.EqualTo(ExitCode.Ok), after.ToString());
        Assert.That(after.Error, Does.Match("^warning: convolution forward, algorithm 1 was found wrong on this device .* and is not used"));
        Assert.That(Forward("after"), Is.All.Contains("algorithm 0"));
        Assert.That(File.ReadAllText(Path.Combine(_data.File("runs"), "train", "after", "env.json")), Does.Contain("algorithm 1 was found wrong"));

        using (new EnvironmentScope(("NENGINE_SOFT_FAULTS", null)))
        {
            var mended = Doctor("--json");
            Assert.That(mended.Code, Is.EqualTo(ExitCode.Ok), mended.ToString());
            using var json = JsonDocument.Parse(mended.LastLine);
            Assert.That(json.RootElement.GetProperty("failed").GetInt32(), Is.Zero);
            Assert.That(Train("mended").Error, Does.Not.Contain("warning"));
        }
    }

    [TestCase("not json")]
    [TestCase("{\"format\":99,\"devices\":{}}")]
    [TestCase("{\"format\":1,\"devices\":{\"x\":[null]}}")]
    [TestCase("")]
    public void A_damaged_memory_is_said_not_used_and_written_anew(string content)
    {
        using var scope = new EnvironmentScope(("XDG_CACHE_HOME", _data.File("damaged")), ("NENGINE_SOFT_FAULTS", null));
        Directory.CreateDirectory(Path.GetDirectoryName(Memory("damaged"))!);
        File.WriteAllText(Memory("damaged"), content);
        var train = Support.Cli.Run("graph", "lenet", "--device", "soft");
        Assert.That(train.Code, Is.EqualTo(ExitCode.Ok), train.ToString());
        Assert.That(train.Error, Does.StartWith("warning: ").And.Contain("numerics.json").And.Contain("not used"));
        Assert.That(Doctor().Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(Support.Cli.Run("graph", "lenet", "--device", "soft").Error, Is.Empty);
    }

    [Test]
    public void A_folder_that_cannot_be_written_is_said_and_the_verdicts_stand()
    {
        File.WriteAllText(_data.File("file"), "");
        using var scope = new EnvironmentScope(("XDG_CACHE_HOME", _data.File("file")), ("NENGINE_SOFT_FAULTS", null));
        var doctor = Doctor();
        Assert.That(doctor.Code, Is.EqualTo(ExitCode.Ok), doctor.ToString());
        Assert.That(doctor.Error, Does.Contain("warning: the verdicts cannot be remembered"));
        Assert.That(doctor.Output, Does.Contain("10 passed, 0 failed"));
    }

    [Test]
    public void Outputs_that_round_to_zero_on_one_device_alone_are_not_errors_of_the_gradient()
    {
        using var scope = new EnvironmentScope(("XDG_CACHE_HOME", _data.File("cache")), ("NENGINE_SOFT_FAULTS", null));
        // 2.8 million outputs behind ReLU
        var doctor = Support.Cli.Run("doctor", "--numerics", "--device", "soft", "--model", "resnet18_cifar", "--batch", "8");
        Assert.That(doctor.Code, Is.EqualTo(ExitCode.Ok), doctor.ToString());
    }

    [Test]
    public void The_cpu_is_checked_without_algorithms()
    {
        var doctor = Support.Cli.Run("doctor", "--numerics", "--device", "cpu", "--model", "lenet", "--batch", "2");
        Assert.That(doctor.Code, Is.EqualTo(ExitCode.Ok), doctor.ToString());
        Assert.That(doctor.Output, Does.Contain("4 passed, 0 failed").And.Not.Contain("algorithm"));
        Assert.That(Support.Cli.Run("doctor", "--numerics", "--batch", "1").Code, Is.EqualTo(ExitCode.Usage));
    }

    private string[] Forward(string run) =>
        [.. File.ReadAllLines(Path.Combine(_data.File("runs"), "train", run, "algorithms.txt")).Where(l => l.StartsWith("Forward", StringComparison.Ordinal))];
}
