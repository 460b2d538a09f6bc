using System.Diagnostics;
using System.Text.Json;
using NativeEngine.Cli.Shell;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>The commands that a training suggests are run as a shell would run them: they work, and measure what the training measured.</summary>
[Platform("Linux,MacOsX")]
public sealed class NextCommandsTests
{
    private static readonly string[] Small =
        ["--model", "mlp", "--img-size", "8", "-b", "4", "--epochs", "2", "--device", "cpu", "--threads", "1", "--crop-pct", "1", "--random-shift", "0"];

    [TestCase("data", "train/cat train/dog val/cat val/dog", "")]
    [TestCase("my data", "train/cat train/dog test/cat test/dog", "")]
    [TestCase("it's \"$HOME\" `x` \\ new", "a b|c'd|\u00e9\u65e5\u672c \U0001F600", "--val-fraction 0.3")]
    [TestCase("-data", "cat|dog|owl", "--val-fraction 0.3 --classes owl,cat")]
    [TestCase("vallacks", "train/cat train/dog train/owl val/cat val/dog", "")]
    [TestCase("vallacks2", "train/cat train/dog train/owl val/dog", "--num-classes 5")]
    [TestCase("vallacks3", "train/cat train/dog train/owl val/cat val/dog", "--classes owl,cat")]
    [TestCase("single", "cat|dog|owl:1", "--val-fraction 0.3")]
    [TestCase("empty", "cat|dog|owl:0", "--val-fraction 0.3 --allow-empty")]
    [TestCase("numbers", "1|10|2", "--val-fraction 0.3 --seed 5")]
    [TestCase("classes", "bus|train|val", "--val-fraction 0.3")]
    [TestCase("rates", "cat|dog", "--val-fraction 0.3 --lr 0.01 --min-lr 0.001")]
    [TestCase("restarts", "cat|dog", "--val-fraction 0.3 --sched cosine_restarts --sched-args t_0=1")]
    [TestCase("averaged", "cat|dog", "--val-fraction 0.3 --model-ema 0.9")]
    [TestCase("steps", "cat|dog", "--val-fraction 0.3 --max-steps 1")]
    [TestCase("patient", "cat|dog", "--val-fraction 0.3 --patience 1 --epochs 9 --lr 0")]
    [TestCase("tried", "cat|dog", "--val-fraction 0.3 --dry-run")]
    public void Of_A_Folder(string name, string folders, string more)
    {
        using var pictures = new PictureFolder();
        foreach (string folder in folders.Split(folders.Contains('|') ? '|' : ' '))
            pictures.Write($"{name}/{folder.Split(':')[0]}", folder.Split(':') is [_, var count] ? int.Parse(count) : 5);
        Check(pictures, ["--dataset", "folder", "--data", pictures.At(name), .. Small, .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    [TestCase("")]
    [TestCase("--val-fraction 0.2")]
    [TestCase("--val-fraction 0.2 --classes 7,3")]
    [TestCase("--classes 3,5")]
    public void Of_Digits(string more)
    {
        using var digits = new SmallDigits();
        using var pictures = new PictureFolder();
        Check(pictures, ["--data", digits.Folder, "--model", "mlp", "-b", "16", "--epochs", "2", "--device", "cpu", "--threads", "1",
            .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    [Test]
    public void Words_That_A_Shell_Or_The_Command_Line_Would_Take_For_Something_Else_Are_Written_Otherwise()
    {
        Assert.That(ShellWord.Path("runs/train/x-1.2"), Is.EqualTo("runs/train/x-1.2"));
        foreach (string path in new[] { "a b", "it's", "$x", "`x`", "a\\b", "\u00e9", "*", "a\nb", "~", "#x", "(a)&" })
            Assert.That(Words($"nengine {ShellWord.Path(path)}"), Is.EqualTo(new[] { path }));
        Assert.That(ShellWord.Path("-x"), Is.EqualTo("./-x"));
        Assert.That(ShellWord.Path("@x"), Is.EqualTo("./@x"));
    }

    private static void Check(PictureFolder pictures, string[] training)
    {
        var trained = Support.Cli.Run(["train", "--output", pictures.At("the runs"), "--name", "my run", .. training]);
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        var result = JsonDocument.Parse(trained.LastLine).RootElement;
        string[] lines = trained.Output.Split('\n');
        string[] commands = [.. lines.SkipWhile(l => l != "next:").Skip(1).TakeWhile(l => l.StartsWith("  ", StringComparison.Ordinal))];
        Assert.That(commands.Select(c => Words(c)[0]), Is.EqualTo(training.Contains("--dry-run") ? ["eval", "predict"] : new[] { "eval", "predict", "train" }));
        foreach (string command in commands)
        {
            var run = Support.Cli.Run([.. Words(command), "--json"]);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Ok), $"{command}\n{run}\n{trained}");
            if (!command.Contains(" eval ", StringComparison.Ordinal))
                continue;
            var measured = JsonDocument.Parse(run.LastLine).RootElement;
            Assert.That(measured.GetProperty("eval_top1").GetDouble(), Is.EqualTo(result.GetProperty("best").GetDouble()), $"{command}\n{run}\n{trained}");
        }

        string last = Path.Combine(result.GetProperty("run").GetString()!, "checkpoints", "last.safetensors");
        Assert.That(Support.Cli.Run("eval", "--weights", last, "--device", "cpu").Code, Is.EqualTo(ExitCode.Ok));
    }

    /// <summary>The words behind the program's name as a shell makes them of a line.</summary>
    private static string[] Words(string line)
    {
        string arguments = line.Trim()["nengine ".Length..];
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\0' {arguments}"]) { RedirectStandardOutput = true })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output.TrimEnd('\0').Split('\0');
    }
}
