using System.Text.Json;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>models and weights as a user runs them, and training from another model's weights.</summary>
public sealed class WeightVerbsTests
{
    private SmallDigits _data = null!;

    [OneTimeSetUp]
    public void MakeData() => _data = new SmallDigits();

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [Test]
    public void Models_List_Shows_The_Catalogue()
    {
        var result = Support.Cli.Run("models", "list");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output.TrimEnd().Split('\n'), Has.Length.EqualTo(ModelCatalogue.All.Count + 1));
        Assert.That(result.Output, Does.Contain("resnet50 ").And.Contain("25.56M").And.Contain("4.09G"));
        using var json = JsonDocument.Parse(Support.Cli.Run("models", "list", "vgg16", "--json").LastLine);
        Assert.That(json.RootElement.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("parameters").GetInt64()),
            Is.EqualTo(new[] { 138_357_544L, 138_365_992L }));
        Assert.That(Support.Cli.Run("models", "list", "nonesuch").Code, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public void Models_Info_Shows_Every_Layer()
    {
        var result = Support.Cli.Run("models", "info", "lenet");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("conv1").And.Contain("[1,6,28,28]").And.Contain("61,706").And.Contain("416,520"));
        var wrong = Support.Cli.Run("models", "info", "resnet8");
        Assert.That(wrong.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(wrong.Error, Does.Contain("resnet18"));
    }

    [Test]
    public void Weights_Are_Converted_Shown_And_Trained_From()
    {
        string safetensors = _data.File("lenet.safetensors"), pth = _data.File("lenet.pth");
        using (var engine = new Engine(new ShapeBackend()))
            Safetensors.Write(safetensors, ModelCatalogue.Create("lenet", engine, new ModelOptions { NumClasses = 7 }).StateDict());
        var converted = Support.Cli.Run("weights", "convert", safetensors, pth);
        Assert.That(converted.Code, Is.EqualTo(ExitCode.Ok), converted.ToString());
        using var info = JsonDocument.Parse(Support.Cli.Run("weights", "info", pth, "--json").LastLine);
        Assert.That(info.RootElement.GetProperty("format").GetString(), Is.EqualTo("pth"));
        Assert.That(info.RootElement.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("name").GetString()).First(),
            Is.EqualTo("conv1.weight"));

        var trained = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("runs"), "--name", "from-pth", "--model", "lenet", "--epochs",
            "1", "--batch-size", "50", "--device", "cpu", "--weights", pth, "--freeze-backbone");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        Assert.That(trained.ToString(), Does.Contain("fc3.weight: 7 classes in the file, 10 in the model; drawn anew"));

        var other = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("runs"), "--model", "smallcnn", "--device", "cpu", "--weights",
            pth);
        Assert.That(other.Code, Is.EqualTo(ExitCode.Checkpoint), other.ToString());
        Assert.That(other.Error, Does.Contain("lenet.pth does not fit the model").And.Contain("bn1.weight [16]"));
        Assert.That(Support.Cli.Run("weights", "convert", safetensors, _data.File("x.bin")).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("weights", "info", _data.File("missing.pth")).Code, Is.EqualTo(ExitCode.Checkpoint));
    }

    [Test]
    public void A_Checkpoint_Converted_There_And_Back_Is_The_Same_And_As_Halves_Still_Evaluates()
    {
        var trained = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("halves"), "--name", "r", "--model", "lenet", "--max-steps",
            "2", "--batch-size", "50", "--device", "cpu");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        string checkpoint = Path.Combine(_data.File("halves"), "train", "r", "checkpoints", "best.safetensors"), pth = _data.File("there.pth"),
            back = _data.File("back.safetensors"), half = _data.File("half.safetensors");
        Assert.That(Support.Cli.Run("weights", "convert", checkpoint, pth).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(Support.Cli.Run("weights", "convert", pth, back).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(File.ReadAllBytes(back), Is.EqualTo(File.ReadAllBytes(checkpoint)), "metadata and all");
        Assert.That(Support.Cli.Run("weights", "convert", pth, pth, "--dtype", "f16").Code, Is.EqualTo(ExitCode.Ok), "onto itself");
        Assert.That(Support.Cli.Run("weights", "convert", pth, half).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(Safetensors.Read(half).Tensors.Values.Select(t => t.Type), Is.All.EqualTo(WeightType.F16));
        foreach (string file in new[] { back, half })
        {
            var evaluated = Support.Cli.Run("eval", "--weights", file, "--data", _data.Folder, "--device", "cpu");
            Assert.That(evaluated.Code, Is.EqualTo(ExitCode.Ok), evaluated.ToString());
        }

        byte[] damaged = File.ReadAllBytes(back);
        damaged[^5] ^= 1;
        File.WriteAllBytes(back, damaged);
        var refused = Support.Cli.Run("weights", "convert", back, _data.File("never.pth"), "--dtype", "f16");
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Checkpoint), refused.ToString());
        Assert.That(refused.Error, Does.Contain("is damaged"), "a new hash would hide it");
        Assert.That(File.Exists(_data.File("never.pth")), Is.False);
        Assert.That(Support.Cli.Run("weights", "convert", pth, half, "--dtype", "f8").Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("weights", "convert", pth, _data.File("x.onnx")).Error, Does.Contain("nengine export"));
    }

    [Test]
    public void What_Cannot_Be_Read_Is_Named_Once()
    {
        foreach (var (file, sentence) in new[] { ("nope.pth", "nengine: nope.pth: no such file"),
                (_data.Folder, $"nengine: {_data.Folder} is a folder, expected a file") })
        {
            var result = Support.Cli.Run("weights", "info", file);
            Assert.That(result.Code, Is.EqualTo(ExitCode.Checkpoint));
            Assert.That(result.Error.TrimEnd(), Is.EqualTo(sentence));
        }
    }

    [Test]
    public void Averaged_Checkpoints_Are_Evaluated_Like_Any_Other()
    {
        string[] runs = ["first", "second"];
        foreach (string run in runs)
        {
            var trained = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("soup"), "--name", run, "--model", "smallcnn", "--epochs",
                "1", "--batch-size", "50", "--device", "cpu", "--seed", run == "first" ? "1" : "2");
            Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        }

        string target = _data.File("soup.safetensors"), wrong = _data.File("wrong.safetensors");
        var averaged = Support.Cli.Run("weights", "average", "first", "second", "--out", target, "--output", _data.File("soup"));
        Assert.That(averaged.Code, Is.EqualTo(ExitCode.Ok), averaged.ToString());
        var files = runs.Select(r => Safetensors.Read(Path.Combine(_data.File("soup"), "train", r, "checkpoints", "best.safetensors"))).ToList();
        var mean = Safetensors.Read(target);
        var numbers = files.ConvertAll(f => f.Tensors["bn1.running_var"].ToFloats());
        Assert.That(mean.Tensors["bn1.running_var"].ToFloats(), Is.EqualTo(numbers[0].Zip(numbers[1], (a, b) => (float)(((double)a + b) / 2))));
        Assert.That(numbers[0], Is.Not.EqualTo(numbers[1]));
        Assert.That(mean.Metadata["classes"], Is.EqualTo(files[1].Metadata["classes"]));
        var evaluated = Support.Cli.Run("eval", "--weights", target, "--data", _data.Folder, "--device", "cpu");
        Assert.That(evaluated.Code, Is.EqualTo(ExitCode.Ok), evaluated.ToString());

        using (var engine = new Engine(new ShapeBackend()))
            Safetensors.Write(wrong, ModelCatalogue.Create("lenet", engine, new ModelOptions()).StateDict());
        var refused = Support.Cli.Run("weights", "average", wrong, target, "--out", _data.File("never.safetensors"));
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Checkpoint), refused.ToString());
        Assert.That(refused.Error, Does.Contain("wrong.safetensors").And.Contain("soup.safetensors").And.Contain("conv1.bias is only in the first"));
        Assert.That(File.Exists(_data.File("never.safetensors")), Is.False);
        Safetensors.Write(wrong, mean.Tensors, new Dictionary<string, string>(mean.Metadata) { ["classes"] = "[]" });
        Assert.That(Support.Cli.Run("weights", "average", wrong, target, "--out", _data.File("never.safetensors")).Code, Is.EqualTo(ExitCode.Checkpoint),
            "other classes");
    }
}
