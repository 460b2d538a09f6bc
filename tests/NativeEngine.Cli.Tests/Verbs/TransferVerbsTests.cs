using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train.Tests;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>Training on a folder of images, in stages, as a user runs it.</summary>
public sealed class TransferVerbsTests
{
    private PngFolder _images = null!;

    [OneTimeSetUp]
    public void MakeImages() => _images = new PngFolder();

    [OneTimeTearDown]
    public void RemoveImages() => _images.Dispose();

    private CliResult Train(string name, params string[] more) => Support.Cli.Run(
        ["train", "--data", _images.Path, "--output", Path.Combine(_images.Path, "runs"), "--name", name, "--model", "smallcnn", "--img-size", "12",
            "--epochs", "2", "-b", "8", "--device", "cpu", .. more]);

    private string Run(string name) => Path.Combine(_images.Path, "runs", "train", name);

    [Test]
    public void A_Folder_Of_Images_Is_Recognised_And_The_Hint_Names_One_Of_Them()
    {
        var trained = Train("folder");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        string image = Path.Combine(_images.Path, "val", "blue", "0.png");
        Assert.That(trained.ToString(),
            Does.Contain("chosen for 24 pictures of 20 pixels in 3 classes: --lr 0.002 --hflip 0.5").And.Contain($"predict {image} --weights"));
        Assert.That(File.ReadAllLines(Path.Combine(Run("folder"), "args.yaml")), Does.Contain("dataset: \"folder\""));
        var predict = Support.Cli.Run("predict", image, "--weights", Run("folder"));
        Assert.That(predict.Code, Is.EqualTo(ExitCode.Ok), predict.ToString());
        Assert.That(predict.Output, Does.Contain("blue"));
        Assert.That(Support.Cli.Run("eval", "--weights", Run("folder")).Code, Is.EqualTo(ExitCode.Ok));
        var said = Train("said", "--dataset", "mnist");
        Assert.That(said.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(said.Error, Does.Contain("use --dataset folder"));
    }

    [Test]
    public void A_Folder_Alone_Is_Enough_And_What_Was_Chosen_Is_Said_Recorded_And_Replayed()
    {
        using var photos = new PngFolder(perClass: 12, size: 64, parts: false);
        string runs = Path.Combine(photos.Path + "-runs");
        try
        {
            string[] train = ["train", photos.Path, "--output", runs, "--device", "cpu", "--epochs", "2", "--name", "alone"];
            var trained = Support.Cli.Run(train);
            Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
            Assert.That(trained.Output, Does.Contain("chosen for 36 photos in 3 classes: --model mini_resnet_basic --img-size 64 -b 4 --lr 0.002 --hflip "
                + "0.5 --scale 0.35,1 --random-shift 0   (give any of them to change it)"));
            Assert.That(trained.Output, Does.Contain("there is no part for validation: 10 % of the images of each class are held out for it (--val-fraction)"));
            string run = Path.Combine(runs, "train", "alone");
            Assert.That(File.ReadAllLines(Path.Combine(run, "args.yaml")),
                Does.Contain("model: \"mini_resnet_basic\"").And.Contain("img_size: 64").And.Contain("val_fraction: 0.1").And.Contain("scale: [0.35, 1]"));
            var shown = Support.Cli.Run("config", "show", photos.Path, "-b", "6");
            Assert.That(shown.Output, Does.Match("(?m)^img_size: 64 +# chosen for 36 photos in 3 classes").And.Match("(?m)^batch_size: 6 +# -")
                .And.Match("(?m)^dataset: folder +# DIR"));
            var again = Support.Cli.Run("train", "-c", Path.Combine(run, "args.yaml"), "--output", runs, "--name", "again");
            Assert.That(again.Output, Does.Not.Contain("chosen for"));
            string Hash(string text) => text.Split("weights_sha256\":\"")[1][..64];
            Assert.That(Hash(again.Output), Is.EqualTo(Hash(trained.Output)));
            var cut = Support.Cli.Run([.. train[..^1], "cut", "--max-steps", "3"]);
            string hint = cut.Output.Split('\n').First(l => l.Contains("train --resume"));
            Assert.That(hint, Does.EndWith(" --max-steps 0"));
            var resumed = Support.Cli.Run(["train", .. hint.Split(" train ")[1].Split(' ')]);
            Assert.That(Hash(resumed.Output), Is.EqualTo(Hash(trained.Output)), "the hint goes on to the end");
        }
        finally
        {
            if (Directory.Exists(runs))
                Directory.Delete(runs, recursive: true);
        }
    }

    [TestCase("resnet18", 28,
        "images of 28x28 shrink to a single pixel inside resnet18, which is made for 224x224: it sees no shapes; use --model resnet18_cifar")]
    [TestCase("efficientnet_b0", 28, "shrink to a single pixel inside efficientnet_b0")]
    [TestCase("resnet18", 64, null)]
    [TestCase("smallcnn", 28, null)]
    public void Images_Too_Small_For_A_Net_Are_Said(string model, int size, string? warning)
    {
        string runs = Path.Combine(_images.Path, "runs");
        var trained = Support.Cli.Run("train", _images.Path, "--model", model, "--img-size", size.ToString(), "--output", runs, "--device", "cpu",
            "--dry-run", "-b", "8");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        Assert.That(trained.Output, warning is null ? Does.Not.Contain("single pixel") : Does.Contain(warning));
        if (warning is not null)
            Assert.That(Support.Cli.Run("train", _images.Path, "--model", "vgg11", "--img-size", "20", "--output", runs, "--dry-run").Error,
                Does.Contain("vgg11: images of 20x20 are too small"));
    }

    [Test]
    public void Weights_Of_Other_Programs_Are_Evaluated_And_Looked_Through()
    {
        Assert.That(Train("foreign", "--mean", "0.4,0.5,0.6", "--std", "0.2,0.2,0.2").Code, Is.EqualTo(ExitCode.Ok));
        string plain = Path.Combine(_images.Path, "plain.pth"), labels = Path.Combine(_images.Path, "labels.txt"),
            features = Path.Combine(_images.Path, "f.npy");
        Assert.That(Support.Cli.Run("export", Run("foreign"), plain).Code, Is.EqualTo(ExitCode.Ok));
        WeightFile.Write(plain, WeightFile.Read(plain).Tensors); // other programs write no metadata
        string[] described = ["--weights", plain, "--model", "smallcnn", "--img-size", "12", "--crop-pct", "1", "--mean", "0.4,0.5,0.6", "--std",
            "0.2,0.2,0.2", "--device", "cpu"];
        string Measured(CliResult result) => result.ToString().Split("images: ")[1].Split(" |")[0];
        var eval = Support.Cli.Run(["eval", "--data", _images.Path, .. described]);
        Assert.That(Measured(eval), Is.EqualTo(Measured(Support.Cli.Run("eval", "--weights", Run("foreign")))));
        File.WriteAllText(labels, "B\nG\nR\n");
        var predict = Support.Cli.Run(["predict", Path.Combine(_images.Path, "val", "red"), "--labels", labels, .. described]);
        Assert.That(predict.Output, Does.Contain(" R ").Or.Contain(": R"));
        Assert.That(Support.Cli.Run(["predict", "--features", features, "--data", _images.Path, .. described]).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(File.ReadAllLines(Path.ChangeExtension(features, ".csv"))[1], Is.EqualTo($"0,{Path.Combine(_images.Path, "val", "blue", "0.png")},blue"));
        Assert.That(Support.Cli.Run("eval", "--weights", plain).Error, Does.Contain("name it with --model"));
        Assert.That(Support.Cli.Run(["predict", plain, "--labels", "missing.txt", .. described]).Error, Does.Contain("labels file missing.txt: no such file"));
    }

    [Test]
    public void What_Config_Shows_Of_A_Folder_Replays_And_The_Learning_Rate_Is_Found_On_It()
    {
        string[] settings = ["--data", _images.Path, "--model", "smallcnn", "--img-size", "12", "-b", "8", "--device", "cpu"];
        var shown = Support.Cli.Run(["config", "show", .. settings, "--epochs", "1", "--lr-curve"]);
        Assert.That(shown.Code, Is.EqualTo(ExitCode.Ok), shown.ToString());
        Assert.That(shown.Output, Does.Contain("dataset: folder").And.Contain("# updates per epoch 3"));
        string file = Path.Combine(_images.Path, "shown.yaml");
        File.WriteAllText(file, shown.Output);
        Assert.That(Support.Cli.Run("train", "-c", file, "--output", Path.Combine(_images.Path, "runs"), "--name", "shown").Code, Is.EqualTo(ExitCode.Ok));
        var found = Support.Cli.Run(["lr-find", .. settings, "--num-steps", "20", "--output", Path.Combine(_images.Path, "runs")]);
        Assert.That(found.Code, Is.EqualTo(ExitCode.Ok), found.ToString());
    }

    [Test]
    public void Images_That_Cannot_Be_Read_Are_Left_Out_When_Asked()
    {
        Assert.That(Train("whole").Code, Is.EqualTo(ExitCode.Ok));
        string folder = Directory.CreateDirectory(Path.Combine(_images.Path, "mixed")).FullName, features = Path.Combine(_images.Path, "mixed.npy");
        foreach (int i in new[] { 0, 3, 6 })
            File.Copy(Path.Combine(_images.Path, "val", "blue", $"{i}.png"), Path.Combine(folder, $"{i}.png"));
        File.WriteAllText(Path.Combine(folder, "1.png"), "no image");
        File.WriteAllText(Path.Combine(folder, "2.jpg"), "neither");
        var refused = Support.Cli.Run("predict", folder, "--weights", Run("whole"), "-b", "1");
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Data));
        Assert.That(refused.Error, Does.Contain("1.png").And.Contain("--skip-unreadable"));
        Assert.That(refused.Output, Does.Contain("0.png: "), "what was read before is there");
        var named = Support.Cli.Run("predict", folder, "--weights", Run("whole"), "-b", "2", "--skip-unreadable");
        Assert.That((named.Code, named.Output.Split('\n').Count(l => l.Contains(".png: ") && l.Contains('%'))), Is.EqualTo((ExitCode.Ok, 3)), named.ToString());
        var written = Support.Cli.Run("predict", folder, "--weights", Run("whole"), "-b", "2", "--skip-unreadable", "--features", features);
        Assert.That(written.Output, Does.Contain("features [3,").And.Contain("left out: ").And.Contain("2.jpg"), written.ToString());
        byte[] npy = File.ReadAllBytes(features);
        int header = 10 + npy[8] + 256 * npy[9], rows = 3;
        string text = System.Text.Encoding.ASCII.GetString(npy, 10, header - 10);
        Assert.That(text, Does.StartWith($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, ").And.EndWith(" \n"));
        Assert.That((header % 64, (npy.Length - header) % (4 * rows)), Is.EqualTo((0, 0)));
        Assert.That(File.ReadAllLines(Path.ChangeExtension(features, ".csv")).Skip(1).Select(l => Path.GetFileName(l.Split(',')[1])),
            Is.EqualTo(new[] { "0.png", "3.png", "6.png" }));
        foreach (int i in new[] { 0, 3, 6 })
            File.Delete(Path.Combine(folder, $"{i}.png"));
        Assert.That(Support.Cli.Run("predict", folder, "--weights", Run("whole"), "--skip-unreadable", "--features", features).Error,
            Does.Contain("none of the 2 images can be read"));
    }

    [Test]
    public void Stages_Are_Read_From_A_File_And_Kept_In_The_Run()
    {
        string file = Path.Combine(_images.Path, "stages.yaml");
        File.WriteAllText(file, "stages:\n  - name: features\n    loss: ce+0.5*triplet\n    lr: 0.002\n  - name: classifier\n    freeze-backbone: true\n  "
            + "  epochs: 1\n    opt_betas: [0.8, 0.9]\n    random_shift: 0\n");
        var trained = Train("staged", "--stages", file);
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        Assert.That(trained.ToString(), Does.Contain("with --stages FILE, the same stages and a further one"));
        string args = File.ReadAllText(Path.Combine(Run("staged"), "args.yaml"));
        File.Delete(file);
        Assert.That(args, Does.Contain("freeze_backbone").And.Contain("0.5*triplet"));
        var again = Support.Cli.Run("train", "-c", Path.Combine(Run("staged"), "args.yaml"), "--name", "again", "--json");
        Assert.That(again.Code, Is.EqualTo(ExitCode.Ok), again.ToString());
        Assert.That(again.LastLine, Does.Contain("\"epoch\":3"));
        string Hash(string name) => File.ReadAllLines(Path.Combine(Run(name), "log.txt")).Last(l => l.Contains("weights ")).Split("weights ")[1];
        Assert.That(Hash("again"), Is.EqualTo(Hash("staged")), "the run folder replays the run");

        File.WriteAllText(file, "- lr: 0.1\n- modell: lenet\n");
        var wrong = Train("wrong", "--stages", file);
        Assert.That(wrong.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(wrong.Error, Does.Contain("line 2: unknown key 'modell'"));
        Assert.That(Train("none", "--stages", "missing.yaml").Error, Does.Contain("stages file missing.yaml: no such file"));
        Assert.That(Train("folder as file", "--stages", _images.Path).Error, Does.Contain($"stages file {_images.Path} is a folder, expected a file"));
    }

    [Test]
    public void Verify_Resume_Tries_What_The_Flags_Say_Whatever_The_Environment_Says()
    {
        Environment.SetEnvironmentVariable("NENGINE_LR", "-1"); // a training with it ends with exit code 2
        try
        {
            var checkedRun = Support.Cli.Run("verify-resume", "--data", _images.Path, "--model", "smallcnn", "--img-size", "12", "-b", "8", "--device", "cpu",
                "--max-steps", "4", "--kills", "1", "--kill-seed", "1", "--lr", "0.001",
                "--stages", "[{epochs: 1, freeze: fc, loss: triplet}, {epochs: 1, freeze_backbone: true, random_shift: 0}]");
            Assert.That(checkedRun.Code, Is.EqualTo(ExitCode.Ok), checkedRun.ToString());
        }
        finally
        {
            Environment.SetEnvironmentVariable("NENGINE_LR", null);
        }
    }
}
