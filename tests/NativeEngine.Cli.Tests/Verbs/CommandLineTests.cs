using NativeEngine.Cli.Shell;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>Which words belong to an option, what other programs' names are answered with, and where the data is named.</summary>
public sealed class CommandLineTests
{
    private static CliResult Show(params string[] args) => Support.Cli.Run(["config", "show", .. args]);

    [TestCase("--weights", "-b", "16",
        "--weights needs a value (safetensors or .pth file, or a run, to start from; none is downloaded), but the option -b follows")]
    [TestCase("--pretrained", "-b", "16", "--pretrained needs a value")]
    [TestCase("--name", "--lr", "3", "--name needs a value (name of the run folder; absent: date, time and model), but the option --lr follows")]
    [TestCase("--lr", "--name", "x", "--lr needs a value (highest learning rate), but the option --name follows")]
    [TestCase("--set", "--lr", "1", "--set needs a value")]
    [TestCase("--classes", "-j", "1", "--classes needs a value")]
    [TestCase("-c", "--lr", "1", "-c needs a value")]
    [TestCase("--weights", "--wieghts", "x", "--weights needs a value")]
    public void An_Option_Does_Not_Swallow_The_Next(string first, string second, string third, string sentence)
    {
        var result = Show(first, second, third);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain(sentence));
    }

    [Test]
    public void Every_Option_Of_Every_Verb_That_Needs_A_Value_Refuses_An_Option_In_Its_Place()
    {
        var root = Application.BuildRoot();
        int seen = 0;
        void Visit(System.CommandLine.Command command, string[] path)
        {
            foreach (var option in command.Options.Where(o => o.Arity.MinimumNumberOfValues > 0 && o.ValueType != typeof(bool)))
            {
                seen++;
                var e = Assert.Throws<UsageException>(() => CommandLine.Tie(root, [.. path, option.Name, "--json"]));
                Assert.That(e!.Message, Does.StartWith($"{option.Name} needs a value").And.EndWith("but the option --json follows"));
                Assert.That(Assert.Throws<UsageException>(() => CommandLine.Tie(root, [.. path, option.Name]))!.Message,
                    Does.StartWith($"{option.Name} needs a value"));
            }

            foreach (var inner in command.Subcommands)
                Visit(inner, [.. path, inner.Name]);
        }

        Visit(root, []);
        Assert.That(seen, Is.GreaterThan(100));
    }

    [Test]
    public void Values_That_Look_Odd_Stay_Values_And_Help_Stays_Help()
    {
        Assert.That(Show("--lr", "-1").Error, Does.Contain("lr -1: expected a number that is not negative"));
        Assert.That(Show("--name", "train").Output, Does.Match("(?m)^name: train +# --name"));
        Assert.That(Show("--weights=-b").Output, Does.Match("(?m)^weights: -b +# --weights"));
        Assert.That(Support.Cli.Run("train", "--lr", "--help").Output, Does.Contain("--weights"));
        Assert.That(Show("--mean", "0.1", "0.2", "0.3", "--std", "1", "1", "1").Output, Does.Match(@"(?m)^mean: \[0.1, 0.2, 0.3\] +# --mean"));
        Assert.That(Show("--classes", "3", "5").Output, Does.Match("(?m)^classes: \\[\"3\", \"5\"\\] +# --classes"));
    }

    [Test]
    public void The_Folder_Of_The_Data_Is_A_Word_Of_Its_Own_Behind_Any_Option()
    {
        string folder = Path.Combine(Path.GetTempPath(), "photos");
        foreach (string[] line in new string[][] { [folder], ["--data", folder], ["--nesterov", folder, "--opt", "sgd"], ["-b", "4", folder],
                [folder, "--data", folder + "/"], ["--data-path", folder, "--data", folder] })
            Assert.That(Show(line).Output, Does.Match($"(?m)^data: \"?{folder}/?\"? +# (DIR|--data)"), string.Join(' ', line));
        Assert.That(Show("--nesterov", "--opt", "sgd").Output, Does.Match("(?m)^nesterov: true +# --nesterov"));
        Assert.That(Show("--no-graph", folder).Output, Does.Match("(?m)^graph: false").And.Match($"(?m)^data: \"?{folder}"));
    }

    [TestCase("--data", "A", "--data", "B")]
    [TestCase("A", "B")]
    [TestCase("A", "--data", "B")]
    [TestCase("--set", "data=A", "--data-path", "B")]
    [TestCase("--data", "A", "B")]
    public void Data_Given_Twice_Is_Refused(params string[] args)
    {
        var result = Show(args);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain("data is given twice: ").And.Contain("A").And.Contain("B"));
    }

    [TestCase("--optimizer", "--opt")]
    [TestCase("--learning-rate", "--lr")]
    [TestCase("--lr0", "--lr")]
    [TestCase("--batch", "--batch-size")]
    [TestCase("--imgsz", "--img-size")]
    [TestCase("--num_epochs", "--epochs")]
    [TestCase("--num-workers", "--workers")]
    [TestCase("--weight_decay", "--weight-decay")]
    [TestCase("--arch", "--model")]
    [TestCase("--fliplr", "--hflip")]
    [TestCase("--validation-split", "--val-fraction")]
    [TestCase("--max-epochs", "--epochs")]
    [TestCase("--accumulate_grad_batches", "--grad-accum-steps")]
    [TestCase("--project", "--output")]
    public void Other_Programs_Flags_Are_Answered_With_Ours(string flag, string ours)
    {
        Assert.That(Show(flag, "3").Error, Does.Contain($"unknown option '{flag}', did you mean '{ours}'?"));
        string key = flag.TrimStart('-');
        Assert.That(Show("--set", $"{key}=3").Error,
            flag == "--weight_decay" ? Is.Empty : Does.Contain($"did you mean '{ours.TrimStart('-').Replace('-', '_')}'?"));
    }

    [TestCase("--opt", "SGD", "sgd")]
    [TestCase("--sched", "CosineAnnealingLR", "cosine")]
    [TestCase("--loss", "CrossEntropyLoss", "ce")]
    [TestCase("--device", "gpu", "cuda")]
    [TestCase("--dataset", "ImageFolder", "folder")]
    [TestCase("--model", "wideresnet40_10", "wrn_40_10")]
    [TestCase("--model", "resnet-18", "resnet18")]
    [TestCase("--model", "wide_resnet50", "wide_resnet50_2")]
    [TestCase("--model", "EfficientNetB0", "efficientnet_b0")]
    [TestCase("--model", "timm/resnet18.a1_in1k", "resnet18")]
    [TestCase("--model", "mobilenetv3_small_100", "mobilenet_v3_small")]
    public void Other_Programs_Values_Are_Answered_With_Ours(string flag, string value, string ours)
    {
        using var data = new SmallDigits();
        var result = Support.Cli.Run("train", data.Folder, "--output", data.File("runs"), flag, value);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain($"'{value}', did you mean '{ours}'?"));
    }

    [TestCase(80, "long form", "long form")]
    [TestCase(9, "long form", "long form")]
    [TestCase(8, "long form", "short")]
    [TestCase(3, "long form", "sho")]
    [TestCase(4, "写真写真", "shor")]
    [TestCase(8, "写真写真", "写真写真")]
    public void Lines_Take_The_Widest_Form_That_Fits(int width, string first, string expected) =>
        Assert.That(Columns.Fitting(width, first, "short"), Is.EqualTo(expected));

    [Test]
    public void Wide_Letters_Are_Not_Cut_In_Two()
    {
        Assert.That(Columns.Fitting(3, "写真"), Is.EqualTo("写"));
        Assert.That(Columns.Fitting(1, "😀a"), Is.Empty);
    }
}
