using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>nengine data, and trainings on what it makes.</summary>
internal sealed class DataVerbsTests
{
    private string _folder = null!;

    [OneTimeSetUp]
    public void Create()
    {
        _folder = Directory.CreateTempSubdirectory("ne-data-verbs-").FullName;
        foreach (string name in new[] { "garbage", "quickdraw" })
            Assert.That(Support.Cli.Run("data", "make", name, Path.Combine(_folder, name)).Code, Is.EqualTo(ExitCode.Ok));
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_list_names_formats_and_sets()
    {
        string text = Support.Cli.Run("data", "list").Output;
        foreach (string name in DatasetFormats.Default.Names.Concat(StandIn.All.Select(s => s.Name)))
            Assert.That(text, Does.Contain($"  {name} "));
        var wrong = Support.Cli.Run("data", "make", "garbge", Path.Combine(_folder, "x"));
        Assert.That((wrong.Code, wrong.Error), Is.EqualTo((ExitCode.Usage, wrong.Error)));
        Assert.That(wrong.Error, Does.Contain("unknown data set 'garbge', did you mean 'garbage'?"));
        Assert.That(Support.Cli.Run("data", "make", "garbage", Path.Combine(_folder, "garbage")).Error, Does.Contain("is there already"));
    }

    [Test]
    public void Stats_count_and_scan_judges()
    {
        var stats = Support.Cli.Run("data", "stats", Path.Combine(_folder, "garbage"), "--json");
        using var json = JsonDocument.Parse(stats.LastLine);
        Assert.That(json.RootElement.GetProperty("counts").EnumerateArray().Sum(p => p.GetProperty("images").GetInt32()), Is.EqualTo(364));
        Assert.That(Support.Cli.Run("data", "scan", Path.Combine(_folder, "garbage")).Code, Is.EqualTo(ExitCode.Ok));
        string bad = Path.Combine(_folder, "garbage", "glass", "bad.jpg");
        File.WriteAllText(bad, "no picture");
        var scan = Support.Cli.Run("data", "scan", Path.Combine(_folder, "garbage"));
        File.Delete(bad);
        Assert.That(scan.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(scan.Output, Does.Contain("1 cannot be used: glass/bad.jpg ("));
        Assert.That(Support.Cli.Run("data", "scan", Path.Combine(_folder, "nowhere")).Code, Is.EqualTo(ExitCode.Data));
    }

    [TestCase("garbage", "--augment", "strong", "--img-size", "32")]
    [TestCase("quickdraw", "--val-fraction", "0.1", "--rows-per-class", "20", "--img-size", "32", "--rotate", "10")]
    [TestCase("garbage", "--every-transform", "3", "--img-size", "32")]
    public void A_preview_is_a_picture(string set, params string[] more)
    {
        string file = Path.Combine(_folder, "grid.png");
        var preview = Support.Cli.Run(["data", "preview", Path.Combine(_folder, set), "--grid", file, .. more]);
        Assert.That(preview.Code, Is.EqualTo(ExitCode.Ok), preview.ToString());
        var picture = ImageReader.Read(file);
        Assert.That(picture.Width, Is.EqualTo((8 * (more.Contains("--every-transform") ? 38 : 34)) + 2));
        Assert.That(preview.Output, Does.Contain("row 1: ").And.Contain($"written to {file}"));
    }

    [Test]
    public void Transforms_and_evaluation_are_remembered()
    {
        string runs = Path.Combine(_folder, "runs"), list = Path.Combine(_folder, "list.txt"), data = Path.Combine(_folder, "garbage");
        File.WriteAllText(list, "resize(36, letterbox)  # the whole picture\nrandom_crop(32)\nhflip\n");
        var trained = Support.Cli.Run("train", data, "--output", runs, "--name", "a", "--model", "lenet", "--img-size", "32", "--epochs", "1", "-b", "32",
            "--device", "cpu",
            "--transforms", list, "--eval-transforms", "resize(36,letterbox);center_crop(32)", "--sampler", "oversample", "--label-noise", "0.2",
                "--label-noise-kind", "pair");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        string run = Path.Combine(runs, "train", "a"), args = File.ReadAllText(Path.Combine(run, "args.yaml"));
        Assert.That(args, Does.Contain("transforms: \"resize(36, letterbox);random_crop(32);hflip\"")
            .And.Contain("eval_transforms: \"resize(36,letterbox);center_crop(32)\""));
        Assert.That(File.ReadLines(Path.Combine(run, "label_noise.csv")).First(), Is.EqualTo("image,class,said_to_be"));
        Assert.That(File.ReadLines(Path.Combine(run, "label_noise.csv")).Count(), Is.InRange(30, 110));
        var eval = Support.Cli.Run("eval", "--weights", run, "--json");
        Assert.That(eval.Code, Is.EqualTo(ExitCode.Ok), eval.ToString());
        using var summary = JsonDocument.Parse(trained.LastLine.StartsWith('{') ? trained.LastLine : "{}");
        Assert.That(Support.Cli.Run("predict", Path.Combine(data, "glass", "000.jpg"), "--weights", run).Code, Is.EqualTo(ExitCode.Ok));
        var wrong = Support.Cli.Run("train", data, "--output", runs, "--model", "lenet", "--img-size", "32", "--transforms", "resize(20,squash)", "--name",
            "b");
        Assert.That((wrong.Code, Directory.Exists(Path.Combine(runs, "train", "b"))), Is.EqualTo((ExitCode.Usage, false)), "found before a run folder is made");
        Assert.That(wrong.Error, Does.Contain("transforms make an image of 20x20, the model takes 32x32"));
    }
}
