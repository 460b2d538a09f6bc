using System.IO.Compression;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>
/// Logits, losses, every gradient and what two SGD steps change of every weight and statistic equal PyTorch's in double precision
/// (zoo_steps.json.gz, made by tools/reference/zoo_steps.py from torchvision's models and those of models.py; its head says what is recorded of a
/// tensor and how seeds were chosen): one tolerance for every model and every algorithm of a convolution.
/// </summary>
public sealed class ZooStepsTests
{
    /// <summary>Of every family one that runs always; <c>NENGINE_ZOO=all</c> runs every model with each algorithm.</summary>
    private static readonly string[] Always =
    [
        "mlp", "lenet", "smallcnn", "plaincnn", "resnet18", "resnet50", "resnet18_cifar", "mini_resnet_basic", "mini_resnet_basic_cifar",
            "mini_resnet_bottleneck",
        "wrn_40_2",
        "vgg11", "densenet121", "efficientnet_b0", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1",
    ];

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

    [Test]
    public void EveryModelOfTheCatalogueIsRecorded()
    {
        using var file = Open();
        Assert.That(file.RootElement.GetProperty("models").EnumerateObject().Select(m => m.Name), Is.EquivalentTo(ModelCatalogue.All.Select(d => d.Name)));
    }

    [Test]
    public void EveryFamilyHasAModelThatAlwaysRuns()
    {
        var families = ModelCatalogue.All.ToLookup(d => Family(d.Name), d => d.Name);
        Assert.That(families.Where(f => !f.Intersect(Always).Any()).Select(f => f.Key), Is.Empty);

        static string Family(string name)
        {
            using var engine = new Engine(new ShapeBackend());
            return ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false })
                .GetType().Name + (name.EndsWith("_cifar", StringComparison.Ordinal) ? " with a small stem" : "");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void TwoStepsEqualPyTorchs(string name, WinogradMode winograd)
    {
        using var file = Open();
        var settings = file.RootElement.GetProperty("settings");
        var expected = file.RootElement.GetProperty("models").GetProperty(name);
        double Setting(string key) => settings.GetProperty(key).GetDouble();
        int batch = expected.GetProperty("batch").GetInt32(), size = expected.GetProperty("img_size").GetInt32(),
            classes = settings.GetProperty("num_classes").GetInt32();
        int seed = expected.GetProperty("seed").GetInt32();
        double tolerance = Setting("tolerance");

        using var engine = new Engine(new CpuBackend(new CpuOptions { Winograd = winograd }));
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { NumClasses = classes, ImgSize = size, Drop = 0, DropPath = 0, Initialize = false });
        Seeded.Fill(model, seed);
        var parameters = model.NamedParameters();
        var (images, target) = Seeded.Batch(engine, seed, model.InputShape(batch), classes);
        using (engine.NoGrad())
        {
            using var step = engine.BeginStep();
            model.Forward(images);
            model.Eval();
            var logits = Numbers(expected.GetProperty("logits"));
            Assert.That(model.Forward(images).ToArray<double>(), Is.EqualTo(logits).Within(tolerance * logits.Max(Math.Abs)), "logits");
        }

        model.Train();
        var first = parameters.Select((p, i) => (p.Name, Value: Seeded.First(p, i, seed))).ToDictionary(p => p.Name, p => p.Value);
        var before = State(model).Select(t => first.TryGetValue(t.Name, out var value) ? value : Copy(t.Tensor)).ToArray();
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
                Compare("gradient", recorded, parameters.Select(p => (p.Name, Measure(p.Tensor.Grad!))), _ => least, tolerance);
            }

            var args = new OptimizerArgs(OptimizerRule.Sgd, Setting("lr"), i + 1) { Momentum = Setting("momentum") };
            Optim.Step(engine, args, [.. parameters.Select((p, k) =>
                new OptimizerSlot(p.Tensor, p.Tensor.Grad!, velocity[k], null, null, Setting("weight_decay"), 1))]);
            foreach (var p in parameters)
                p.Tensor.ZeroGrad();
        }

        Compare("change", Pairs(expected.GetProperty("changes")), State(model).Zip(before, (now, old) => (now.Name, Measure(now.Tensor, old))),
            got => Setting("least_change") * got.Before, tolerance);
    }

    /// <param name="what">For messages.</param>
    /// <param name="recorded">PyTorch's numbers.</param>
    /// <param name="tensors">Ours, measured one at a time, for tensors are large.</param>
    /// <param name="leastOf">A norm below this is compared on this scale.</param>
    /// <param name="tolerance">Largest difference over the norm.</param>
    private static void Compare(string what, Measurement[] recorded, IEnumerable<(string Name, Func<int, Measurement> Measure)> tensors, Func<Measurement,
        double> leastOf, double tolerance)
    {
        double worst = 0;
        int i = 0;
        foreach (var (name, measure) in tensors)
        {
            Assert.That(i, Is.LessThan(recorded.Length), "more tensors than PyTorch has");
            var (expected, got) = (recorded[i], measure(i));
            double scale = Math.Max(expected.Norm, leastOf(got));
            worst = Math.Max(worst, Math.Max(Math.Abs(got.Norm - expected.Norm), Math.Abs(got.Projection - expected.Projection)) / scale);
            Assert.That(got.Norm, Is.EqualTo(expected.Norm).Within(tolerance * scale), $"{what} {name}: norm");
            Assert.That(got.Projection, Is.EqualTo(expected.Projection).Within(tolerance * scale), $"{what} {name}: projection");
            i++;
        }

        Assert.That(i, Is.EqualTo(recorded.Length), "fewer tensors than PyTorch has");

        TestContext.Out.WriteLine($"{what}: largest difference {worst:E1}, tolerance {tolerance:E1}");
    }

    private static IEnumerable<NamedTensor> State(Model model) => model.StateTensors().Where(t => t.Tensor.DType.IsFloat());

    /// <summary>Measures a tensor, or what it changed by, on the random numbers of the stream that it is called with.</summary>
    private static Func<int, Measurement> Measure(Tensor tensor, Func<long, float>? old = null) => stream =>
    {
        var values = tensor.ToArray<float>();
        double squares = 0, dot = 0, ofRandom = 0, ofOld = 0;
        for (int k = 0; k < values.Length; k++)
        {
            double u = Seeded.Number(stream, k), from = old is null ? 0 : old(k), v = values[k] - from;
            squares += v * v;
            ofOld += from * from;
            dot += v * u;
            ofRandom += u * u;
        }

        return new Measurement(Math.Sqrt(squares), dot / Math.Sqrt(ofRandom) * Math.Sqrt(values.Length), Math.Sqrt(ofOld));
    };

    private static Func<long, float> Copy(Tensor tensor)
    {
        var values = tensor.ToArray<float>();
        return k => values[k];
    }

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetDouble())];

    private static Measurement[] Pairs(JsonElement list) => [.. list.EnumerateArray().Select(Numbers).Select(v => new Measurement(v[0], v[1]))];

    /// <summary>What is recorded of a tensor: its norm, and its projection on random numbers, about as large; of a change also the norm before.</summary>
    private readonly record struct Measurement(double Norm, double Projection, double Before = 0);

    private static JsonDocument Open()
    {
        using var file = File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "zoo_steps.json.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }
}
