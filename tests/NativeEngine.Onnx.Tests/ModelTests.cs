using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Nn;
using NativeEngine.Onnx.Tests.Support;

namespace NativeEngine.Onnx.Tests;

/// <summary>Every model of the catalogue in onnxruntime: batches of 1 and 2 give our numbers.</summary>
[NonParallelizable]
public sealed class ModelTests
{
    private const double Tolerance = 1e-4;

    private readonly SeededWeights _weights = new();
    private OnnxRuntime? _runtime;
    private string _path = "";

    private static IEnumerable<string> Names => ModelCatalogue.All.Select(d => d.Name);

    [OneTimeSetUp]
    public void Start()
    {
        _runtime = OnnxRuntime.Start();
        _path = Path.Combine(Path.GetTempPath(), $"nengine-{Guid.NewGuid():N}.onnx");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _runtime?.Dispose();
        File.Delete(_path);
    }

    [TestCaseSource(nameof(Names))]
    public void TheRuntimeGivesOurLogits(string name) => Compare(name, ImageSize(name), fold: false);

    /// <summary>One of each kind of layer before a batch norm: plain, grouped and depthwise convolutions, with a bias, behind a concatenation.</summary>
    [TestCase("smallcnn")]
    [TestCase("resnet18_cifar")]
    [TestCase("resnext50_32x4d_cifar")]
    [TestCase("wrn_40_2")]
    [TestCase("densenet121")]
    [TestCase("efficientnet_b0")]
    [TestCase("mobilenet_v3_small")]
    public void SoItDoesWithFoldedBatchNorms(string name) => Compare(name, ImageSize(name), fold: true);

    /// <summary>The sizes of training; SqueezeNet's pools come out even there.</summary>
    [TestCase("squeezenet1_1", 224)]
    [TestCase("plaincnn", 112)]
    [TestCase("densenet121", 224)]
    public void SoItDoesAtAnotherSize(string name, int size) => Compare(name, size, fold: false);

    private void Compare(string name, int size, bool fold)
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { NumClasses = 10, ImgSize = size, Initialize = false });
        var weights = _weights.For(model, Gain(name));
        model.LoadState(weights, name);
        using (var file = new FileStream(_path, FileMode.OpenOrCreate)) // one file for all models: its pages are there already
        {
            OnnxFile.Write(file, model, model.InputShape(2), weights, new OnnxOptions { Name = name, FoldBatchNorm = fold });
            file.SetLength(file.Position);
        }

        var batches = new[] { 2, 1 }.Select(n => (Shape: model.InputShape(n), Values: SeededWeights.Images(model.InputShape(n), (uint)n))).ToList();
        var (input, output, results) = _runtime!.Run(_path, batches);
        Assert.That((input, output), Is.EqualTo(("images", "logits")));
        model.Eval();
        using var noGrad = engine.NoGrad();
        double spread = 0;
        foreach (var (batch, result) in batches.Zip(results))
        {
            using var step = engine.BeginStep();
            var ours = model.Forward(engine.From(batch.Values, batch.Shape));
            Assert.That(result.Shape, Is.EqualTo(ours.Shape.ToArray()));
            var logits = ours.ToArray<float>();
            if (batch.Shape[0] == 2)
                spread = Largest(logits[..10], logits[10..]);
            Console.WriteLine($"{name}: largest logit {logits.Max(Math.Abs):G4}, two images differ by {spread:G3}, runtimes by {Largest(logits, result.Values):G3}");
            Assert.That(spread, Is.GreaterThan(0.005).And.LessThan(1e4), "logits should depend on the image, or equal ones mean nothing");
            Assert.That(Largest(logits, result.Values), Is.LessThanOrEqualTo(Tolerance * Math.Max(1, logits.Max(Math.Abs))).And.LessThanOrEqualTo(10 * Tolerance * spread));
        }
    }

    private static double Largest(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs((double)p.First - p.Second));

    /// <summary>So that activations neither fade nor grow over many layers.</summary>
    private static double Gain(string name) => name.Split('_')[0] switch
    {
        "efficientnet" => name == "efficientnet_b0" ? 1.4 : 1.3,
        "mobilenet" => name == "mobilenet_v2" ? 1.2 : 1.35,
        "densenet121" or "densenet169" => 1.4,
        "resnet101" or "resnext101" or "resnet152" => 0.8,
        _ when name.EndsWith("_bn", StringComparison.Ordinal) => 1.35,
        _ => 1,
    };

    /// <summary>Small images; SqueezeNet's with a size where its pools round up.</summary>
    private static int ImageSize(string name) => ModelCatalogue.Find(name).Defaults.ImgSize switch
    {
        <= 32 and var own => own,
        _ when name.StartsWith("vgg", StringComparison.Ordinal) => 32,
        _ when name == "squeezenet1_1" => 60,
        _ => 64,
    };
}
