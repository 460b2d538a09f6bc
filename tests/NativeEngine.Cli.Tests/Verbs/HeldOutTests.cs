using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>A run remembers which images it held out, whatever happens to their folder.</summary>
public sealed class HeldOutTests
{
    private PictureFolder _pictures = null!;

    [SetUp]
    public void MakeImages()
    {
        _pictures = new PictureFolder();
        foreach (string name in new[] { "cat", "dog" })
            _pictures.Write($"data/{name}", 20);
        var trained = Works("train", "--dataset", "folder", "--data", _pictures.At("data"), "--output", _pictures.At("runs"), "--name", "r", "--val-fraction",
            "0.2",
            "--model", "mlp", "--img-size", "8", "-b", "8", "--epochs", "1", "--threads", "1", "--crop-pct", "1", "--random-shift", "0");
        Assert.That(trained.Output, Does.Contain("validation: 8 of 40 images held out, val_fraction 0.2 of each class by a hash of seed 42"));
    }

    [TearDown]
    public void RemoveImages() => _pictures.Dispose();

    [Test]
    public void Added_Images_Are_Decided_By_The_Same_Rule_And_Vanished_Ones_Are_Named()
    {
        var before = Evaluated(out _);
        Assert.That(before, Has.Count.EqualTo(8));
        string held = before[0], trained = Enumerable.Range(0, 20).Select(i => $"cat/{i}.png").First(k => !before.Contains(k));
        _pictures.Write("data/cat", 30, "added");
        File.Delete(_pictures.At($"data/{held}"));
        File.Delete(_pictures.At($"data/{trained}"));
        var after = Evaluated(out string said);
        var fresh = after.Where(k => k.Contains("added", StringComparison.Ordinal)).ToList();
        Assert.That(after.Except(fresh), Is.EquivalentTo(before.Skip(1)));
        Assert.That(fresh, Has.Count.InRange(1, 15), "a fifth of 30, by the threshold");
        Assert.That(said, Does.Contain("30 images are new since the run recorded its split").And.Contain($"{fresh.Count} held out "
            + $"({string.Join(", ", fresh.Take(10))}").And.Contain($"{30 - fresh.Count} for training")
            .And.Contain($"1 image is gone that was held out: {held}").And.Contain($"1 image is gone that was trained on: {trained}"));

        var resumed = Works("train", "--resume", _pictures.At("runs/train/r"), "--epochs", "2", "--sched", "none", "--lr", "1e-4");
        Assert.That(resumed.Output,
            Does.Contain($"is gone that was held out: {held}").And.Contain($"validation: {after.Count} of 68 images held out, as the run recorded it"));
        Assert.That(Evaluated(out said), Is.EqualTo(after));
        Assert.That(said, Does.Not.Contain("gone").And.Not.Contain("new since"));
    }

    [Test]
    public void The_Checkpoint_Alone_Knows_Which_Images_Were_Held_Out()
    {
        var before = Evaluated(out _);
        _pictures.Write("data/owl", 3);
        Assert.That(Evaluated(out string left), Is.EqualTo(before));
        Assert.That(left, Does.Contain("classes that are new since the training are left out: owl").And.Not.Contain("is new since"));
        File.Delete(_pictures.At("runs/train/r/split.json"));
        _pictures.Write("data/dog", 1, "added");
        var after = Evaluated(out string said);
        Assert.That(after.Where(k => k != "dog/added0.png"), Is.EqualTo(before));
        Assert.That(said, Does.Contain("the images changed since the training: 8 were held out"));
        File.WriteAllText(_pictures.At("runs/train/r/split.json"), "{");
        var broken = Support.Cli.Run("eval", "--weights", _pictures.At("runs/train/r"), "--device", "cpu");
        Assert.That((broken.Code, broken.Error.Contains("split.json: the names of the images cannot be read", StringComparison.Ordinal)),
            Is.EqualTo((ExitCode.Checkpoint, true)), broken.ToString());
    }

    [Test]
    public void Another_Fraction_Is_Refused_And_Another_Seed_Changes_Nothing()
    {
        var before = Evaluated(out _);
        string run = _pictures.At("runs/train/r");
        foreach (string other in new[] { "0.5", "0" })
        {
            var refused = Support.Cli.Run("train", "--resume", run, "--epochs", "2", "--val-fraction", other, "--device", "cpu");
            Assert.That(refused.Code, Is.EqualTo(ExitCode.Usage), refused.ToString());
            Assert.That(refused.Error, Does.Contain($"val_fraction {other}").And.Contain("was trained with 0.2"));
        }

        Works("train", "--resume", run, "--epochs", "2", "--sched", "none", "--lr", "1e-4", "--seed", "7");
        Assert.That(Evaluated(out _), Is.EqualTo(before));
    }

    [Test]
    public void Data_In_Another_Place_Can_Be_Evaluated_As_They_Were_Held_Out()
    {
        var before = Evaluated(out _);
        Directory.Move(_pictures.At("data"), _pictures.At("moved"));
        Assert.That(Evaluated(out _, "--data", _pictures.At("moved"), "--held-out"), Is.EqualTo(before));
        Assert.That(Evaluated(out string said, "--data", _pictures.At("moved")), Has.Count.EqualTo(40));
        Assert.That(said, Does.Contain("32 of the 40 images").And.Contain("have the names of images that were trained on"));
    }

    /// <summary>Names of the evaluated images below the data folder, as predict writes them.</summary>
    private List<string> Evaluated(out string said, params string[] more)
    {
        string file = _pictures.At("features.npy");
        said = Works(["predict", "--features", file, "--weights", _pictures.At("runs/train/r"), .. more]).Output;
        return [.. File.ReadLines(Path.ChangeExtension(file, ".csv")).Skip(1)
            .Select(l => string.Join('/', l.Split(',')[1].Split(Path.DirectorySeparatorChar)[^2..]))];
    }

    private static CliResult Works(params string[] arguments)
    {
        var result = Support.Cli.Run([.. arguments, "--device", "cpu"]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        return result;
    }
}
