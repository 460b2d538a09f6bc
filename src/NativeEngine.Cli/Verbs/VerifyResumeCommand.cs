using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>
/// <c>nengine verify-resume</c>: trains once without interruption and once killed at random moments and resumed, and compares the weights bit by bit.
/// </summary>
internal static class VerifyResumeCommand
{
    // Enough for every figure of the run, small enough that a start that hangs is noticed.
    private static readonly TimeSpan ProcessLimit = TimeSpan.FromMinutes(10);

    public static Command Create()
    {
        var command = new Command("verify-resume",
            "kill a training at random moments, resume it, and compare the weights with an uninterrupted run bit by bit");
        var kills = new Option<int>("--kills") { Description = "how often the training is killed", DefaultValueFactory = _ => 3 };
        var killSeed = new Option<int?>("--kill-seed") { Description = "seed of the moments; absent: a new one, printed" };
        command.Options.Add(kills);
        command.Options.Add(killSeed);
        var options = new TrainFlags();
        options.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var config = new Resolved(RunSettings.All);
            config.Set("max_steps", "150", "verify-resume");
            config.Set("epochs", "1", "verify-resume");
            config.Set("checkpoint_steps", "20", "verify-resume");
            options.Apply(parsed, config);
            DataChoice.Apply(config);
            int count = Verb.AtLeastOne("--kills", parsed.GetValue(kills)), seed = parsed.GetValue(killSeed) ?? Environment.TickCount;
            string folder = Directory.CreateTempSubdirectory("nengine-verify-resume-").FullName;
            try
            {
                return Compare(RunSettings.Train(config) with { Output = folder }, folder, count, new Random(seed), seed, terminal);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
    }

    private static ExitCode Compare(TrainOptions options, string folder, int kills, Random random, int seed, Terminal terminal)
    {
        options.Validate();
        string file = Path.Combine(folder, "config.yaml");
        File.WriteAllText(file, options.ToYaml());
        var clock = Stopwatch.StartNew();
        string expected = Finish(["train", "-c", file, "--name", "whole", "--json"]);
        double whole = clock.Elapsed.TotalSeconds;
        terminal.Line($"uninterrupted: {whole:F1}s, weights {expected[..16]}…; kill seed {seed}");

        string run = Path.Combine(folder, "train", "killed");
        for (int i = 0; i < kills;)
        {
            string[] arguments = HasCheckpoint(run) ? ["train", "--resume", run, "--json"] : ["train", "-c", file, "--name", "killed", "--json"];
            if (!HasCheckpoint(run) && Directory.Exists(run))
                Directory.Delete(run, recursive: true); // killed before the first checkpoint: begin again under the same name
            using var process = Start(arguments);
            double moment = random.NextDouble() * whole;
            if (process.WaitForExit(TimeSpan.FromSeconds(moment)))
            {
                Require(process);
                terminal.Line("finished before the kill: starting over");
                Directory.Delete(run, recursive: true);
                continue;
            }

            process.Kill();
            process.WaitForExit();
            terminal.Line($"kill {++i}/{kills} after {moment:F2}s");
        }

        string got = Finish(HasCheckpoint(run) ? ["train", "--resume", run, "--json"] : Restart());
        bool same = got == expected;
        terminal.Result(same
            ? $"pass: after {kills} kills the weights equal the uninterrupted run's ({expected})"
            : $"FAIL: after {kills} kills the weights differ: {got}, uninterrupted {expected}");
        terminal.JsonResult(new { passed = same, kills, kill_seed = seed, expected_sha256 = expected, got_sha256 = got });
        return same ? ExitCode.Ok : ExitCode.CheckFailed;

        string[] Restart()
        {
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
            return ["train", "-c", file, "--name", "killed", "--json"];
        }
    }

    private static bool HasCheckpoint(string run) => CheckpointPair.Exists(Path.Combine(run, "checkpoints"), CheckpointPair.Last);

    private static string Finish(string[] arguments)
    {
        using var process = Start(arguments);
        if (!process.WaitForExit(ProcessLimit))
        {
            process.Kill();
            throw new CheckFailedException($"training did not end within {ProcessLimit.TotalMinutes:F0} minutes");
        }

        return Require(process);
    }

    /// <summary>The weights hash a finished training printed.</summary>
    private static string Require(Process process)
    {
        string output = process.StandardOutput.ReadToEnd();
        if (process.ExitCode != 0)
            throw new CheckFailedException($"training ended with exit code {process.ExitCode}: {process.StandardError.ReadToEnd().Trim().Split('\n')[^1]}");
        using var json = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        return json.RootElement.GetProperty("weights_sha256").GetString()!;
    }

    private static Process Start(string[] arguments)
    {
        var (file, leading) = Invocation.Self();
        var start = new ProcessStartInfo(file, [.. leading, .. arguments, "-q"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // The configuration file holds what the environment said, and would give way to it where a flag said something else.
        foreach (var setting in RunSettings.All)
            start.Environment.Remove(setting.Variable);
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {file}");
    }
}
