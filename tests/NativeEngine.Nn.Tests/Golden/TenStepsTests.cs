using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>Ten training steps give PyTorch's losses (ten_steps.json, made by tools/reference/ten_steps.py).</summary>
public sealed class TenStepsTests
{
    private const double RelativeTolerance = 1e-4;

    [TestCase("lenet")]
    [TestCase("resnet18_cifar")]
    public void LossesEqualPyTorchs(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "ten_steps.json")));
        var run = file.RootElement.GetProperty("runs").EnumerateArray().Single(r => r.GetProperty("model").GetString() == name);
        int Int(string key) => run.GetProperty(key).GetInt32();
        double Number(string key) => run.GetProperty(key).GetDouble();

        using var engine = new Engine(new CpuBackend(new CpuOptions { Poison = true }));
        var model = ModelCatalogue.Create(name, engine,
            new ModelOptions { NumClasses = Int("num_classes"), InChans = Int("in_chans"), ImgSize = Int("img_size"), Initialize = false });
        Seeded.Fill(model);
        var parameters = model.NamedParameters();
        var velocity = parameters.Select(p => engine.EmptyPersistent(p.Tensor.Shape)).ToList();
        var losses = run.GetProperty("losses").EnumerateArray().Select(v => v.GetDouble()).ToArray();
        for (int i = 0; i < losses.Length; i++)
        {
            using var step = engine.BeginStep();
            var (images, classes) = Seeded.Batch(engine, i, model.InputShape(Int("batch")), Int("num_classes"));
            var loss = model.Forward(images).CrossEntropy(classes);
            double value = loss.Item();
            foreach (var p in parameters)
                p.Tensor.ZeroGrad();
            loss.Backward();
            var args = new OptimizerArgs(OptimizerRule.Sgd, Number("lr"), i + 1)
            {
                Momentum = Number("momentum"),
                Nesterov = run.GetProperty("nesterov").GetBoolean()
            };
            Optim.Step(engine, args, [.. parameters.Select((p, k) =>
                new OptimizerSlot(p.Tensor, p.Tensor.Grad!, velocity[k], null, null, Number("weight_decay"), 1))]);
            TestContext.Out.WriteLine($"step {i}: {value:F6}, PyTorch {losses[i]:F6}, relative difference {Math.Abs(value - losses[i]) / losses[i]:E1}");
            Assert.That(value, Is.EqualTo(losses[i]).Within(RelativeTolerance * losses[i]), $"{name}, step {i}");
        }
    }
}
