using System.IO.Compression;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>
/// Logits, losses, every gradient and every weight after two SGD steps equal torchvision's in double precision (zoo_steps.json.gz, made by
/// tools/reference/zoo_steps.py, which also says what is recorded of a tensor).
/// </summary>
public sealed class ZooStepsTests
{
    /// <summary>A few families run always; <c>NENGINE_ZOO=all</c> runs every model that was recorded.</summary>
    private static readonly string[] Always = ["resnet50", "densenet121", "efficientnet_b0", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1"];

    [TestCaseSource(nameof(Names))]
    public void TwoStepsEqualTorchvisions(string name)
    {
        using var file = Open();
        var settings = file.RootElement.GetProperty("settings");
        var expected = file.RootElement.GetProperty("models").GetProperty(name);
        int batch = settings.GetProperty("batch").GetInt32(), size = settings.GetProperty("img_size").GetInt32(), classes = settings.GetProperty("num_classes").GetInt32();
        int seed = expected.GetProperty("seed").GetInt32();
        // A ReLU that rounding flips moves gradients of deep nets by percents, in PyTorch against itself too: "rounding" is how far its own
        // float32 is from float64. Logits and the first loss are smooth.
        double smooth = 1e-3, tolerance = 2e-2 + 10 * expected.GetProperty("rounding").GetDouble();
        TestContext.Out.WriteLine($"seed {seed}, tolerance {smooth:E1} for logits and the first loss, {tolerance:E1} for the rest");

        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { NumClasses = classes, ImgSize = size, Drop = 0, DropPath = 0 });
        Seeded.Fill(model, seed);
        var parameters = model.NamedParameters();
        var (images, target) = Seeded.Batch(engine, seed, [batch, 3, size, size], classes);
        using (engine.NoGrad())
        {
            using var step = engine.BeginStep();
            model.Forward(images);
            model.Eval();
            var logits = Numbers(expected.GetProperty("logits"));
            Assert.That(model.Forward(images).ToArray<double>(), Is.EqualTo(logits).Within(smooth * logits.Max(Math.Abs)), "logits");
        }

        model.Train();
        var losses = Numbers(expected.GetProperty("loss"));
        var velocity = parameters.Select(p => engine.EmptyPersistent(p.Tensor.Shape)).ToList();
        for (int i = 0; i < losses.Length; i++)
        {
            using var step = engine.BeginStep();
            var loss = model.Forward(images).CrossEntropy(target);
            double value = loss.Item();
            TestContext.Out.WriteLine($"loss {i}: {value:F6}, PyTorch {losses[i]:F6}");
            loss.Backward();
            // A loss that the first step took down a hundredfold (vgg16_bn) is a small difference of large logits: its error is that of the larger loss.
            Assert.That(value, Is.EqualTo(losses[i]).Within(i == 0 ? smooth * losses[0] : tolerance * Math.Max(losses[i], losses[0] / 10)), $"loss {i}");
            if (i == 0)
                Compare("gradient", expected.GetProperty("gradients"), [.. parameters.Select(p => (p.Name, p.Tensor.Grad!))], tolerance);
            var args = new OptimizerArgs(OptimizerRule.Sgd, settings.GetProperty("lr").GetDouble(), i + 1) { Momentum = settings.GetProperty("momentum").GetDouble() };
            Optim.Step(engine, args, [.. parameters.Select((p, k) => new OptimizerSlot(p.Tensor, p.Tensor.Grad!, velocity[k], null, null, settings.GetProperty("weight_decay").GetDouble(), 1))]);
            foreach (var p in parameters)
                p.Tensor.ZeroGrad();
        }

        Compare("state", expected.GetProperty("state"), [.. model.StateTensors().Where(t => t.Tensor.DType.IsFloat()).Select(t => (t.Name, t.Tensor))], tolerance);
    }

    private static void Compare(string what, JsonElement expected, (string Name, Tensor Tensor)[] tensors, double tolerance)
    {
        var recorded = expected.EnumerateArray().Select(Numbers).ToArray();
        Assert.That(recorded, Has.Length.EqualTo(tensors.Length));
        double floor = what == "gradient" ? 1e-6 * recorded.Max(r => r[0]) : 0; // zero but for rounding
        for (int i = 0; i < tensors.Length; i++)
        {
            if (recorded[i][0] <= floor)
                continue;
            var values = tensors[i].Tensor.ToArray<double>();
            var u = Seeded.Uniform(i, values.Length);
            double norm = Norm(values), dot = 0;
            for (int k = 0; k < u.Length; k++)
                dot += values[k] * u[k];
            Assert.That(norm, Is.EqualTo(recorded[i][0]).Within(tolerance * recorded[i][0]), $"{what} {tensors[i].Name}: norm");
            Assert.That(dot / (norm * Norm(u)), Is.EqualTo(recorded[i][1]).Within(tolerance), $"{what} {tensors[i].Name}: projection");
        }
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetDouble())];

    private static IEnumerable<string> Names
    {
        get
        {
            using var file = Open();
            var names = file.RootElement.GetProperty("models").EnumerateObject().Select(m => m.Name).ToList();
            return Environment.GetEnvironmentVariable("NENGINE_ZOO") == "all" ? names : [.. names.Intersect(Always)];
        }
    }

    private static JsonDocument Open()
    {
        using var file = File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "zoo_steps.json.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }
}
