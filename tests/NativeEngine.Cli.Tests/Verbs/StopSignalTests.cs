using System.Diagnostics;
using System.Runtime.Versioning;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Data.Tests;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>What Ctrl-C and SIGTERM do to a training in a process of its own.</summary>
[Platform(Exclude = "Win")]
[UnsupportedOSPlatform("windows")]
internal sealed class StopSignalTests
{
    private SmallDigits _data = null!;

    [SetUp]
    public void CreateData() => _data = new SmallDigits();

    [TearDown]
    public void DeleteData() => _data.Dispose();

    [TestCase("INT", ExitCode.Interrupted)]
    [TestCase("TERM", ExitCode.Terminated)]
    public void A_training_is_saved_and_goes_on_later(string signal, ExitCode expected)
    {
        string runs = _data.File("runs");
        string[] settings = ["--data", _data.Folder, "--output", runs, "--model", "lenet", "--batch-size", "20", "--device", "cpu", "--threads", "1",
            "--log-interval", "1"];
        using var process = Start(["train", "--name", "stopped", "--epochs", "100000", .. settings]);
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("Epoch 2/", StringComparison.Ordinal))
            TestContext.Out.WriteLine(line);
        // A child of a shell that ignores the signal would train for ever.
        using var late = new Timer(_ => process.Kill(), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        Send(process, signal);
        string rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That((ExitCode)process.ExitCode, Is.EqualTo(expected), rest);
        Assert.That(rest, Does.Contain("saving, then stopping").And.Contain("\"stopped\":\"cancelled\""));
        using var json = System.Text.Json.JsonDocument.Parse(rest.TrimEnd().Split('\n')[^1]);
        long step = json.RootElement.GetProperty("step").GetInt64();
        var resumed = Support.Cli.Run("train", "--resume", Path.Combine(runs, "train", "stopped"), "--max-steps", (step + 1).ToString(), "--json");
        Assert.That(resumed.Code, Is.EqualTo(ExitCode.Ok), resumed.ToString());
        Assert.That(resumed.LastLine, Does.Contain($"\"step\":{step + 1},"));
    }

    [Test]
    public void Time_left_ends_with_the_last_update_that_was_asked_for()
    {
        var limited = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("runs"), "--model", "lenet", "--device", "cpu", "--epochs",
            "1000000", "--max-steps", "1");
        Assert.That(limited.Code, Is.EqualTo(ExitCode.Ok), limited.ToString());
        Assert.That(limited.Output.Split('\n'), Has.One.Matches("^Epoch 1/1000000 .* eta 0s$"));
    }

    [Test]
    public void While_images_are_still_being_read_there_is_nothing_to_save_and_it_ends_at_once()
    {
        string folder = Directory.CreateDirectory(_data.File("photos/cat")).FullName;
        string image = Path.Combine(folder, "0.png");
        var pixels = new byte[2000 * 2000];
        new Random(1).NextBytes(pixels);
        File.WriteAllBytes(image, PngWriter.Encode(2000, 2000, 8, 0, pixels));
        for (int i = 1; i < 20_000; i++) // more than anybody waits for
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}.png"), image);
        using var process = Start(["train", "--dataset", "folder", "--data", _data.File("photos"), "--output", _data.File("runs"), "--val-fraction", "0.1",
            "--cache", "none", "--device", "cpu"]);
        Assert.That(process.WaitForExit(2000), Is.False, "reading 20,000 large images takes longer");
        Send(process, "TERM");
        bool ended = process.WaitForExit(20_000);
        if (!ended)
            process.Kill();
        Assert.That(ended, Is.True, "it went on reading");
        Assert.That((ExitCode)process.ExitCode, Is.EqualTo(ExitCode.Terminated));
        Assert.That(Directory.Exists(_data.File("runs")), Is.False);
    }

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(Application).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;

    private static void Send(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()]);
        kill.WaitForExit();
    }
}
