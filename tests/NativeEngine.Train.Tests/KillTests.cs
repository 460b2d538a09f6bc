using System.Diagnostics;

namespace NativeEngine.Train.Tests;

/// <summary>
/// Kills a training process at random moments and resumes it. <c>NENGINE_KILLS=20 dotnet test tests/NativeEngine.Train.Tests --filter KillTests</c>
/// kills more often than the few times of the everyday run; <c>NENGINE_KILL_SEED</c> repeats the moments of an earlier run.
/// </summary>
internal sealed class KillTests
{
    [Test]
    public void Killed_at_random_moments_and_resumed_gives_the_same_weights()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("NENGINE_KILLS") ?? "3");
        int seed = int.Parse(Environment.GetEnvironmentVariable("NENGINE_KILL_SEED") ?? Environment.TickCount.ToString());
        TestContext.Out.WriteLine($"NENGINE_KILL_SEED={seed}");
        var random = new Random(seed);
        using var lab = new Lab();
        var (whole, duration) = RunWhole(lab.Output);
        int steps = 0;
        int inTraining = 0;
        for (int i = 0; i < kills; i++)
        {
            steps = 1 + random.Next(3);
            string name = $"killed-{i % 2}"; // several runs, each killed again and again
            using var process = Start(lab.Output, name, steps);
            string? line = process.StandardOutput.ReadLine();
            Assert.That(line, Does.StartWith("at "), "the process reached its training");
            Thread.Sleep((int)(random.NextDouble() * 0.8 * duration));
            process.Kill();
            string rest = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            inTraining += rest.Contains("hash") ? 0 : 1;
            TestContext.Out.WriteLine($"kill {i}: {name}, saving every {steps}, {line} {rest.Trim()}");
        }

        Assert.That(inTraining, Is.GreaterThan(0), "at least one process was killed while it trained");
        for (int i = 0; i < Math.Min(kills, 2); i++)
        {
            using var process = Start(lab.Output, $"killed-{i}", steps);
            string last = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(last, Does.Contain($"hash {whole}"), $"run {i}, seed {seed}");
        }
    }

    private static (string Hash, double Milliseconds) RunWhole(string output)
    {
        using var process = Start(output, "whole", 2);
        process.StandardOutput.ReadLine();
        var clock = Stopwatch.StartNew();
        string rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(rest, Does.StartWith("hash "));
        return (rest["hash ".Length..].Trim(), clock.Elapsed.TotalMilliseconds);
    }

    private static Process Start(string output, string name, int steps) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
        [typeof(KillTarget).Assembly.Location, output, name, steps.ToString()])
    { RedirectStandardOutput = true })!;
}
