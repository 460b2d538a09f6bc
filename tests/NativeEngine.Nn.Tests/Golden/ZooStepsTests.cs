using System.IO.Compression;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>
/// Logits, losses, every gradient and what two SGD steps change of every weight and statistic equal torchvision's in double precision
/// (zoo_steps.json.gz, made by tools/reference/zoo_steps.py, which says what is recorded of a tensor and how seeds were chosen): one tolerance
/// for every model and every algorithm of a convolution.
/// </summary>
public sealed class ZooStepsTests
{
    /// <summary>A few families run always; <c>NENGINE_ZOO=all</c> runs every model that was recorded, with each algorithm.</summary>
    private static readonly string[] Always = ["resnet18", "resnet50", "densenet121", "efficientnet_b0", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1"];

    private static readonly bool All = Environment.GetEnvironmentVariable("NENGINE_ZOO") == "all";

    private static IEnumerable<TestCaseData> Cases
    {
        get
        {
            using var file = Open();
            foreach (var model in file.RootElement.GetProperty("models").EnumerateObject().Where(m => All || Always.Contains(m.Name)))
            {
                foreach (var winograd in All || model.Name == "resnet18" ? Enum.GetValues<WinogradMode>() : [WinogradMode.Auto])
                    yield return new TestCaseData(model.Name, winograd);
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void TwoStepsEqualTorchvisions(string name, WinogradMode winograd)
    {
        using var file = Open();
        var settings = file.RootElement.GetProperty("settings");
        var expected = file.RootElement.GetProperty("models").GetProperty(name);
        double Setting(string key) => settings.GetProperty(key).GetDouble();
        int batch = expected.GetProperty("batch").GetInt32(), size = expected.GetProperty("img_size").GetInt32(), classes = settings.GetProperty("num_classes").GetInt32();
        int seed = expected.GetProperty("seed").GetInt32();
        double tolerance = Setting("tolerance");

        using var engine = new Engine(new CpuBackend(new CpuOptions { Winograd = winograd }));
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
            Assert.That(model.Forward(images).ToArray<double>(), Is.EqualTo(logits).Within(tolerance * logits.Max(Math.Abs)), "logits");
        }

        model.Train();
        var before = State(model).Select(t => t.Tensor.ToArray<float>()).ToArray();
        var losses = Numbers(expected.GetProperty("loss"));
        var velocity = parameters.Select(p => engine.EmptyPersistent(p.Tensor.Shape)).ToList();
        for (int i = 0; i < losses.Length; i++)
        {
            using var step = engine.BeginStep();
            var loss = model.Forward(images).CrossEntropy(target);
            double value = loss.Item();
            TestContext.Out.WriteLine($"seed {seed}, loss {i}: {value:F6}, PyTorch {losses[i]:F6}");
            loss.Backward();
            Assert.That(value, Is.EqualTo(losses[i]).Within(tolerance * losses[i]), $"loss {i}");
            if (i == 0)
            {
                var recorded = Pairs(expected.GetProperty("gradients"));
                double least = Setting("least_gradient") * recorded.Max(r => r.Norm);
                Compare("gradient", recorded, parameters.Select(p => (p.Name, p.Tensor.Grad!.ToArray<double>(), least)), tolerance);
            }

            var args = new OptimizerArgs(OptimizerRule.Sgd, Setting("lr"), i + 1) { Momentum = Setting("momentum") };
            Optim.Step(engine, args, [.. parameters.Select((p, k) => new OptimizerSlot(p.Tensor, p.Tensor.Grad!, velocity[k], null, null, Setting("weight_decay"), 1))]);
            foreach (var p in parameters)
                p.Tensor.ZeroGrad();
        }

        Compare("change", Pairs(expected.GetProperty("changes")), State(model).Zip(before, (now, old) => Change(now, old, Setting("least_change"))), tolerance);
    }

    /// <param name="what">For messages.</param>
    /// <param name="recorded">PyTorch's numbers.</param>
    /// <param name="tensors">Ours, one at a time, for they are large; a norm below <c>Least</c> is compared on that scale.</param>
    /// <param name="tolerance">Largest difference over the norm.</param>
    private static void Compare(string what, (double Norm, double Projection)[] recorded, IEnumerable<(string Name, double[] Values, double Least)> tensors, double tolerance)
    {
        double worst = 0;
        int i = 0;
        foreach (var (name, values, least) in tensors)
        {
            Assert.That(i, Is.LessThan(recorded.Length), "more tensors than PyTorch has");
            var u = Seeded.Uniform(i, values.Length);
            double dot = 0;
            for (int k = 0; k < u.Length; k++)
                dot += values[k] * u[k];
            double scale = Math.Max(recorded[i].Norm, least), norm = Norm(values), projection = dot / Norm(u) * Math.Sqrt(u.Length);
            worst = Math.Max(worst, Math.Max(Math.Abs(norm - recorded[i].Norm), Math.Abs(projection - recorded[i].Projection)) / scale);
            Assert.That(norm, Is.EqualTo(recorded[i].Norm).Within(tolerance * scale), $"{what} {name}: norm");
            Assert.That(projection, Is.EqualTo(recorded[i].Projection).Within(tolerance * scale), $"{what} {name}: projection");
            i++;
        }

        Assert.That(i, Is.EqualTo(recorded.Length), "fewer tensors than PyTorch has");

        TestContext.Out.WriteLine($"{what}: largest difference {worst:E1}, tolerance {tolerance:E1}");
    }

    private static IEnumerable<NamedTensor> State(Model model) => model.StateTensors().Where(t => t.Tensor.DType.IsFloat());

    private static (string Name, double[] Values, double Least) Change(NamedTensor now, float[] old, double least)
    {
        var values = now.Tensor.ToArray<double>();
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            squares += (double)old[i] * old[i];
            values[i] -= old[i];
        }

        return (now.Name, values, least * Math.Sqrt(squares));
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetDouble())];

    private static (double Norm, double Projection)[] Pairs(JsonElement list) => [.. list.EnumerateArray().Select(Numbers).Select(v => (v[0], v[1]))];

    private static JsonDocument Open()
    {
        using var file = File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "zoo_steps.json.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }
}
