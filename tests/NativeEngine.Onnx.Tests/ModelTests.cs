using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Nn;
using NativeEngine.Onnx.Tests.Support;

namespace NativeEngine.Onnx.Tests;

/// <summary>Every model of the catalogue in onnxruntime, with batch norms as they are and folded: batches of 1 and 2 give our numbers.</summary>
public sealed class ModelTests : RuntimeTests
{
    private const double Tolerance = 1e-4; // absolute: logits are of the order of 1

    private static IEnumerable<string> Names => ModelCatalogue.All.Select(d => d.Name);

    [TestCaseSource(nameof(Names))]
    public void TheRuntimeGivesOurLogits(string name) => Compare(name, ImageSize(name));

    /// <summary>The sizes of training; SqueezeNet's pools come out even there.</summary>
    [TestCase("squeezenet1_1", 224)]
    [TestCase("plaincnn", 112)]
    [TestCase("densenet121", 224)]
    public void SoItDoesAtAnotherSize(string name, int size) => Compare(name, size);

    private void Compare(string name, int size)
    {
        using var engine = new Engine(new CpuBackend());
        var options = new ModelOptions { NumClasses = 10, ImgSize = size, Initialize = false };
        var model = ModelCatalogue.Create(name, engine, options with { Drop = 0, DropPath = 0 });
        var weights = Weights.Calibrated(model);
        var batches = new[] { 2, 1 }.Select(n => (Shape: model.InputShape(n), Values: SeededWeights.Images(model.InputShape(n), (uint)n))).ToList();
        var ours = batches.Select(b => Logits(model, b.Shape, b.Values)).ToList();
        double largest = ours.Max(l => l.Max(Math.Abs)), spread = Largest(ours[0][..10], ours[0][10..]);
        Console.WriteLine($"{name}: largest logit {largest:G3}, two images differ by {spread:G3}");
        Assert.That(largest, Is.InRange(0.3, 30), "logits of the order of 1, or an absolute bound says little");
        // Logits must depend on the image more than the runtimes may differ, or equal ones mean nothing.
        double tolerance = Math.Min(Tolerance, spread / 50);

        using var nothing = new Engine(new ShapeBackend());
        var structure = ModelCatalogue.Create(name, nothing, options);
        bool normalises = weights.Keys.Any(k => k.EndsWith("running_mean", StringComparison.Ordinal));
        foreach (bool fold in normalises ? new[] { false, true } : [false])
        {
            using (var file = new FileStream(ModelPath, FileMode.OpenOrCreate)) // one file for all models: its pages are there already
            {
                OnnxFile.Write(file, structure, structure.InputShape(2), weights, new OnnxOptions { Name = name, FoldBatchNorm = fold });
                file.SetLength(file.Position);
            }

            var (input, output, results) = Run(batches);
            Assert.That((input, output), Is.EqualTo(("images", "logits")));
            for (int i = 0; i < batches.Count; i++)
            {
                Assert.That(results[i].Shape, Is.EqualTo(new[] { batches[i].Shape[0], 10 }));
                double difference = Largest(ours[i], results[i].Values);
                Console.WriteLine($"    batch of {batches[i].Shape[0]}{(fold ? ", folded" : "")}: runtimes differ by {difference:G3}");
                Assert.That(difference, Is.LessThanOrEqualTo(tolerance));
            }
        }
    }

    private static float[] Logits(Model model, Shape shape, float[] images)
    {
        using var noGrad = model.Engine.NoGrad();
        using var step = model.Engine.BeginStep();
        return model.Forward(model.Engine.From(images, shape)).ToArray<float>();
    }

    /// <summary>Small images; SqueezeNet's with a size where its pools round up.</summary>
    private static int ImageSize(string name) => ModelCatalogue.Find(name).Defaults.ImgSize switch
    {
        <= 32 and var own => own,
        _ when name.StartsWith("vgg", StringComparison.Ordinal) => 32,
        _ when name == "squeezenet1_1" => 60,
        _ => 64,
    };
}
