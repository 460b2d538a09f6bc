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
        string whole = lab.Train(KillTarget.Settings(lab.Output, "whole", 0)).WeightsHash;
        int run = 0;
        long done = 0;
        for (int kill = 0; kill < kills;)
        {
            int steps = 1 + random.Next(3);
            using var process = Start(lab.Output, $"killed-{run}", steps);

            // Some updates further and a moment later: between two updates, inside one, or inside one of the frequent saves.
            long target = done + 1 + random.Next(40);
            string? line;
            do
            {
                line = process.StandardOutput.ReadLine();
                done = line?.StartsWith("step ", StringComparison.Ordinal) == true ? long.Parse(line["step ".Length..]) : done;
            }
            while (line is not null && !line.StartsWith("hash ", StringComparison.Ordinal) && done < target);
            if (random.Next(4) > 0)
                Thread.Sleep(random.Next(1, 8));
            process.Kill();
            string? hash = line?.StartsWith("hash ", StringComparison.Ordinal) == true ? line
                : process.StandardOutput.ReadToEnd().Split('\n').FirstOrDefault(l => l.StartsWith("hash ", StringComparison.Ordinal));
            process.WaitForExit();
            TestContext.Out.WriteLine($"run {run}, saving every {steps}, after update {done}: {(hash is null ? $"kill {++kill}" : "finished first")}");
            if (hash is null)
                continue;
            Assert.That(hash.Trim(), Is.EqualTo($"hash {whole}"), $"run {run}, seed {seed}");
            run++; // a finished run cannot be killed: the next kills are for a new one
            done = 0;
        }

        using var last = Start(lab.Output, $"killed-{run}", 2);
        string end = last.StandardOutput.ReadToEnd();
        last.WaitForExit();
        Assert.That(last.ExitCode, Is.Zero);
        Assert.That(end, Does.Contain($"hash {whole}"), $"run {run}, seed {seed}");
    }

    private static Process Start(string output, string name, int steps) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
        [typeof(KillTarget).Assembly.Location, output, name, steps.ToString()])
    { RedirectStandardOutput = true })!;
}
