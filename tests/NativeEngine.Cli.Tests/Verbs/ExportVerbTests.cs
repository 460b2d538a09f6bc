using System.Text;
using System.Text.Json;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;
using NativeEngine.Data.Tests;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>export, and predict on folders and with features, as a user runs them.</summary>
public sealed class ExportVerbTests
{
    private SmallDigits _data = null!;

    private string RunFolder => Path.Combine(_data.File("runs"), "train", "digits");

    [OneTimeSetUp]
    public void TrainAModel()
    {
        _data = new SmallDigits();
        var trained = Support.Cli.Run("train", "--data", _data.Folder, "--output", _data.File("runs"), "--name", "digits", "--model", "lenet", "--epochs",
            "1", "--batch-size", "50", "--device", "cpu");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
    }

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [Test]
    public void A_run_becomes_onnx_with_its_classes_and_preparation()
    {
        string path = _data.File("digits.onnx");
        var result = Support.Cli.Run("export", RunFolder, path);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("lenet").And.Contain("opset 17").And.Contain("images [batch,1,28,28]").And.Contain("logits [batch,10]")
            .And.Contain("(pixel / 255 - ["));
        string bytes = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        Assert.That(bytes, Does.Contain("preprocessing").And.Contain("conv1.weight").And.Contain("[\"0\",\"1\","));
        using var json = JsonDocument.Parse(Support.Cli.Run("export", RunFolder, path, "--json").LastLine);
        Assert.That(json.RootElement.GetProperty("nodes").GetInt32(), Is.EqualTo(12));
        Assert.That(json.RootElement.GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(path).Length));
    }

    [Test]
    public void Pixels_are_normalised_and_probabilities_made_inside()
    {
        string path = _data.File("pixels.onnx");
        var result = Support.Cli.Run("export", RunFolder, path, "--normalize", "--softmax");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("images [batch,1,28,28] uint8: pixels 0 to 255").And.Contain("probabilities [batch,10] float32"));
        Assert.That(Encoding.Latin1.GetString(File.ReadAllBytes(path)),
            Does.Contain("pixels 0..255, NCHW, uint8").And.Contain("normalize/Cast").And.Contain("Softmax"));
        var unknown = Support.Cli.Run("export", "lenet", path, "--normalize");
        Assert.That((unknown.Code, unknown.Error.Contains("does not say with which mean and deviation", StringComparison.Ordinal)),
            Is.EqualTo((ExitCode.Usage, true)), unknown.ToString());
        Assert.That(Support.Cli.Run("export", RunFolder, _data.File("x.pth"), "--softmax").Error,
            Is.EqualTo($"nengine: --softmax: expected with an .onnx file, {_data.File("x.pth")} holds the weights alone, as they are\n"));
    }

    [Test]
    public void Exported_weights_are_those_of_the_run_and_go_on_from_there()
    {
        string safetensors = _data.File("digits.safetensors"), pth = _data.File("digits.pth"), onnx = _data.File("again.onnx");
        Assert.That(Support.Cli.Run("export", RunFolder, safetensors).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(File.ReadAllBytes(safetensors), Is.EqualTo(File.ReadAllBytes(Path.Combine(RunFolder, "checkpoints", "best.safetensors"))));
        Assert.That(Support.Cli.Run("export", RunFolder, pth).Code, Is.EqualTo(ExitCode.Ok));
        Assert.That(WeightFile.Read(pth).Tensors.Keys, Is.EqualTo(WeightFile.Read(safetensors).Tensors.Keys));
        Assert.That(Support.Cli.Run("export", pth, onnx).Code, Is.EqualTo(ExitCode.Ok), "the file says what it is");
        WeightFile.Write(pth, WeightFile.Read(pth).Tensors);
        var silent = Support.Cli.Run("export", pth, onnx);
        Assert.That((silent.Code, silent.Error),
            Is.EqualTo((ExitCode.Usage, $"nengine: {pth} does not say which model it belongs to; name it with --model\n")));
        var named = Support.Cli.Run("export", pth, onnx, "--model", "lenet");
        Assert.That(named.Code, Is.EqualTo(ExitCode.Ok), named.ToString());
        var wrong = Support.Cli.Run("export", pth, onnx, "--model", "smallcnn");
        Assert.That(wrong.Code, Is.EqualTo(ExitCode.Checkpoint));
        Assert.That(wrong.Error, Does.Contain("bn1.weight [16]"));
        Assert.That(Support.Cli.Run("export", RunFolder, onnx, "--model", "smallcnn").Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("export", RunFolder, onnx, "--num-classes", "7").Code, Is.EqualTo(ExitCode.Checkpoint));
    }

    [Test]
    public void A_model_of_the_catalogue_is_exported_as_drawn()
    {
        string path = _data.File("drawn.onnx");
        var result = Support.Cli.Run("export", "smallcnn", path, "--num-classes", "3", "--in-chans", "2", "--img-size", "16");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("drawn weights").And.Contain("images [batch,2,16,16]").And.Contain("logits [batch,3]"));
        var folded = Support.Cli.Run("export", "resnet18_cifar", path, "--fold-bn");
        Assert.That(folded.Output, Does.Contain("48 nodes").And.Contain("20 multiplied into the layer before\n"), folded.ToString());
        var nothing = Support.Cli.Run("export", "smallcnn", path, "--fold-bn");
        Assert.That(nothing.Output, Does.Contain("0 multiplied into the layer before, 3 left"), nothing.ToString());
    }

    [Test]
    public void What_cannot_be_written_or_found_is_said()
    {
        var unknown = Support.Cli.Run("export", "resnet8", _data.File("x.onnx"));
        Assert.That(unknown.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(unknown.Error, Does.Contain("no such file, run or model").And.Contain("resnet18"));
        var format = Support.Cli.Run("export", "lenet", _data.File("x.tflite"));
        Assert.That((format.Code, format.Error.Contains("expected .onnx, .safetensors, .pth or .pt", StringComparison.Ordinal)),
            Is.EqualTo((ExitCode.Usage, true)));
        Assert.That(Support.Cli.Run("export", "lenet", _data.File("x.pth"), "--fold-bn").Code, Is.EqualTo(ExitCode.Usage));
        var missing = Support.Cli.Run("export", "lenet", Path.Combine(_data.File("nowhere"), "x.onnx"));
        Assert.That(missing.Code, Is.EqualTo(ExitCode.Checkpoint));
        Assert.That(missing.Error, Does.Contain("cannot write"));
    }

    [Test]
    public void Features_of_the_evaluated_images_do_not_depend_on_the_batch()
    {
        string one = _data.File("one.npy"), many = _data.File("many.npy");
        var result = Support.Cli.Run("predict", "--weights", RunFolder, "--features", many, "--device", "cpu");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("[50,84] float32 of lenet"));
        Assert.That(Support.Cli.Run("predict", "--weights", RunFolder, "--features", one, "--batch-size", "7", "--device", "cpu").Code,
            Is.EqualTo(ExitCode.Ok));
        var bytes = File.ReadAllBytes(many);
        Assert.That(Encoding.ASCII.GetString(bytes, 10, 118),
            Does.StartWith("{'descr': '<f4', 'fortran_order': False, 'shape': (50, 84), }").And.EndsWith(" \n"));
        Assert.That(bytes, Has.Length.EqualTo(128 + 50 * 84 * sizeof(float)));
        var (a, b) = (Floats(bytes), Floats(File.ReadAllBytes(one)));
        Assert.That(a, Is.EqualTo(b).Within(1e-5f));
        Assert.That(a.Distinct().Count(), Is.GreaterThan(100), "features of different images differ");
        Assert.That(File.ReadLines(Path.ChangeExtension(many, ".csv")).Take(3), Is.EqualTo(new[] { "row,input,label", "0,0,0", "1,1,1" }));
    }

    [Test]
    public void Predict_takes_batches_folders_and_refuses_bad_images()
    {
        string folder = Directory.CreateDirectory(_data.File("images")).FullName;
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "left alone");
        var empty = Support.Cli.Run("predict", folder, "--weights", RunFolder, "--device", "cpu");
        Assert.That((empty.Code, empty.Error.Contains("no pictures", StringComparison.Ordinal)), Is.EqualTo((ExitCode.Data, true)));
        File.WriteAllBytes(Path.Combine(folder, "b.png"), GreyPng(28));
        File.WriteAllBytes(Path.Combine(folder, "a.png"), GreyPng(14));
        var result = Support.Cli.Run("predict", folder, "3", "--weights", RunFolder, "--device", "cpu", "--top", "2", "--batch-size", "2", "--json");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        using var json = JsonDocument.Parse(result.LastLine);
        Assert.That(json.RootElement.EnumerateArray().Select(i => i.GetProperty("input").GetString()),
            Is.EqualTo(new[] { Path.Combine(folder, "a.png"), Path.Combine(folder, "b.png"), "3" }));
        Assert.That(json.RootElement.EnumerateArray().Select(i => i.GetProperty("top").GetArrayLength()), Is.All.EqualTo(2));

        string features = _data.File("broken.npy");
        File.WriteAllBytes(Path.Combine(folder, "c.png"), [0x89, 1, 2]);
        var bad = Support.Cli.Run("predict", folder, "--weights", RunFolder, "--features", features, "--batch-size", "2", "--device", "cpu");
        Assert.That((bad.Code, bad.Error.Contains("c.png", StringComparison.Ordinal)), Is.EqualTo((ExitCode.Data, true)), bad.ToString());
        Assert.That(Directory.GetFiles(_data.Folder, "broken*"), Is.Empty, "nothing half-written stays");
        Assert.That(Support.Cli.Run("predict", "--weights", RunFolder).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("predict", "0", "--weights", RunFolder, "--features", "x.csv").Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("predict", "50", "--weights", RunFolder, "--device", "cpu").Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(Support.Cli.Run("predict", "missing.png", "--weights", RunFolder, "--device", "cpu").Code, Is.EqualTo(ExitCode.Data));
    }

    private static float[] Floats(byte[] npy) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(npy.AsSpan(128)).ToArray();

    private static byte[] GreyPng(int size) =>
        PngWriter.Encode(size, size, 8, 0, [.. Enumerable.Range(0, size * size).Select(i => (byte)(i / size * 255 / size))]);
}
