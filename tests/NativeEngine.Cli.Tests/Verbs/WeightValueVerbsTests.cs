using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>Weight files whose names and shapes fit, but not their numbers, in every verb that takes weights.</summary>
public sealed class WeightValueVerbsTests
{
    private static readonly string[] Model = ["--model", "smallcnn", "--mean", "0.13", "--std", "0.31", "--device", "cpu"];

    private SmallDigits _data = null!;
    private StateDict _plain = null!;

    [OneTimeSetUp]
    public void Make()
    {
        _data = new SmallDigits();
        using var engine = new Engine(new Cpu.CpuBackend());
        _plain = ModelCatalogue.Create("smallcnn", engine).StateDict();
    }

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [TestCase("conv2.weight", float.NaN, "conv2.weight is NaN")]
    [TestCase("bn2.running_var", -1f, "bn2.running_var is -1")]
    [TestCase("fc.bias", float.PositiveInfinity, "fc.bias is infinite")]
    public void Impossible_Numbers_End_Every_Verb_With_The_Tensors_Name(string name, float value, string message)
    {
        string file = _data.File("impossible.pth");
        WeightFile.Write(file, With(name, t => Changed(t, value)));
        string[][] commands =
        [
            ["eval", "--weights", file, "--data", _data.Folder, .. Model],
            ["predict", "0", "--weights", file, "--data", _data.Folder, .. Model],
            ["export", file, _data.File("never.onnx"), "--model", "smallcnn"],
            ["export", file, _data.File("never.safetensors"), "--model", "smallcnn"],
            ["train", "--data", _data.Folder, "--output", _data.File("runs"), "--device", "cpu", "--weights", file],
            ["weights", "average", file, file, "--out", _data.File("never.pth")],
        ];
        foreach (string[] command in commands)
        {
            var result = Support.Cli.Run(command);
            Assert.That(result.Code, Is.EqualTo(ExitCode.Checkpoint), string.Join(' ', command) + result);
            Assert.That(result.Error, Does.Contain(file).And.Contain(message), string.Join(' ', command));
        }

        Assert.That(Directory.GetFiles(Path.GetDirectoryName(file)!, "never.*"), Is.Empty);
        var converted = Support.Cli.Run("weights", "convert", file, _data.File("as_it_is.safetensors"));
        Assert.That(converted.Code, Is.EqualTo(ExitCode.Ok), converted.ToString());
        Assert.That(converted.Output, Does.Contain($"warning: {message}"), "a conversion changes nothing, but says it");
        Assert.That(Support.Cli.Run("weights", "info", file).Output, Does.Contain($"warning: {message}"));
    }

    [Test]
    public void A_Count_Of_Batches_As_A_Float_Evaluates_And_Exports_As_The_Plain_File()
    {
        string plain = _data.File("plain.pth"), odd = _data.File("float_count.pth");
        WeightFile.Write(plain, _plain);
        WeightFile.Write(odd, With("bn1.num_batches_tracked", _ => HostTensor.From([0.5f], 1).To(WeightType.F16)));
        var results = new[] { plain, odd }.Select(f => Support.Cli.Run(["eval", "--weights", f, "--data", _data.Folder, .. Model, "--json"])).ToArray();
        Assert.That(results.Select(r => r.Code), Is.All.EqualTo(ExitCode.Ok), results[1].ToString());
        Assert.That(Figures(results[1]), Is.EqualTo(Figures(results[0])));
        string exported = _data.File("counted.safetensors");
        Assert.That(Support.Cli.Run("export", odd, exported, "--model", "smallcnn").Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(Safetensors.Read(exported).Tensors["bn1.num_batches_tracked"].Type, Is.EqualTo(WeightType.I64));
        Assert.That(Support.Cli.Run("weights", "average", plain, odd, "--out", _data.File("mean.pth")).Code, Is.EqualTo(ExitCode.Ok));

        static string Figures(CliResult result)
        {
            using var json = System.Text.Json.JsonDocument.Parse(result.LastLine);
            return string.Join(' ', new[] { "eval_top1", "eval_loss" }.Select(k => json.RootElement.GetProperty(k).GetRawText()));
        }
    }

    [Test]
    public void Two_Names_Of_One_Tensor_Are_Both_Named()
    {
        string file = _data.File("twice.safetensors");
        var state = new StateDict();
        foreach (var (name, tensor) in _plain)
            state.Add($"model.{name}", tensor);
        state.Add("criterion.weight", HostTensor.From([1f], 1));
        state.Add("model.criterion.weight", HostTensor.From([1f], 1));
        WeightFile.Write(file, state);
        var result = Support.Cli.Run(["eval", "--weights", file, "--data", _data.Folder, .. Model]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Checkpoint), result.ToString());
        Assert.That(result.Error, Does.Contain("criterion.weight and model.criterion.weight are the same tensor"));
    }

    [Test]
    public void Outputs_Without_Names_Have_The_Numbers_Of_The_Training_Classes_Where_Validation_Lacks_One()
    {
        using var pictures = new PictureFolder();
        foreach (string folder in new[] { "train/cat", "train/dog", "train/owl", "val/cat", "val/owl" })
            pictures.Write(folder, 2);
        string file = _data.File("three.pth");
        using (var engine = new Engine(new Cpu.CpuBackend()))
            WeightFile.Write(file, ModelCatalogue.Create("smallcnn", engine, new ModelOptions { NumClasses = 3, InChans = 3, ImgSize = 16 }).StateDict());
        var result = Support.Cli.Run("eval", "--weights", file, "--model", "smallcnn", "--img-size", "16", "--data", pictures.Path, "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Error + result.Output, Does.Contain("0=cat, 1=dog, 2=owl").And.Contain("4 images"));
    }

    [TestCase("123.675", "58.395", "give mean 0.485 and std 0.229")]
    [TestCase("0.485", "58.395", "give std 0.229")]
    [TestCase("127.5", "1", "give mean 0.5 and std 0.00392")]
    [TestCase("-1", "0.5", "in units of 0 … 1")]
    public void Mean_And_Deviation_Of_Bytes_Are_Refused_With_The_Converted_Numbers(string mean, string std, string message)
    {
        string file = _data.File("weights.pth");
        WeightFile.Write(file, _plain);
        string[][] commands =
        [
            ["train", "--data", _data.Folder, "--output", _data.File("runs"), "--device", "cpu", $"--mean={mean}", "--std", std],
            ["eval", "--weights", file, "--model", "smallcnn", "--data", _data.Folder, "--device", "cpu", $"--mean={mean}", "--std", std],
            ["predict", "0", "--weights", file, "--model", "smallcnn", "--data", _data.Folder, "--device", "cpu", $"--mean={mean}", "--std", std],
        ];
        foreach (string[] command in commands)
        {
            var result = Support.Cli.Run(command);
            Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
            Assert.That(result.Error, Does.Contain(message));
        }
    }

    private static HostTensor Changed(HostTensor tensor, float value)
    {
        var values = tensor.ToFloats();
        values[1] = value;
        return HostTensor.From(values, tensor.Shape);
    }

    private StateDict With(string name, Func<HostTensor, HostTensor> change)
    {
        var changed = new StateDict();
        foreach (var (key, tensor) in _plain)
            changed.Add(key, key == name ? change(tensor) : tensor);
        return changed;
    }
}
