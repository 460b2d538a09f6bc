using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Verify.Tests;

/// <summary>The gradient checks pass on what is right and fail on what is wrong.</summary>
public sealed class GradCheckTests
{
    [TestCase("mlp", null)]
    [TestCase("lenet", 16)]
    [TestCase("smallcnn", 16)]
    public void Models_pass_in_double_and_on_the_cpu(string model, int? size)
    {
        using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 2 }));
        var results = ModelGradCheck.OnReference(model, size, 2).Concat(ModelGradCheck.OnDevice(engine, model, size, 2));
        Assert.That(results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Detail}"), Is.Empty);
    }

    [Test]
    public void A_wrong_gradient_is_found()
    {
        // x detached in one factor: the value of x², but half its gradient.
        var wrong = new OpCase("square", "half a gradient", Tolerance.Exact, [CaseInput.Uniform("input", [5], 1, 2)], (_, t) => [t[0] * t[0].Detach()]);
        using var engine = new Engine(new ReferenceBackend());
        Assert.That(FiniteDifference.Check(engine, wrong).Select(c => c.Passed), Is.EqualTo(new[] { false }));
        var right = wrong with { Run = (_, t) => [t[0] * t[0]] };
        Assert.That(FiniteDifference.Check(engine, right).Select(c => c.Passed), Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Float_differences_of_every_op_agree_on_the_cpu()
    {
        using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 2 }));
        var failures = OpCatalogue.All.Where(c => c.Smooth && c.Inputs.Any(i => i.Gradient))
            .SelectMany(c => FiniteDifference.Check(engine, c).Where(r => !r.Passed).Select(r => $"{c.Name}: {r.Name}{r.Worst}: {r.Detail}"));
        Assert.That(failures, Is.Empty);
    }
}
