using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.TestKit;
using NativeEngine.Verify;

namespace NativeEngine.Cpu.Tests.Norm;

/// <summary>In evaluation a batch norm becomes part of the convolution before it.</summary>
internal sealed class FoldedNormTests
{
    private static readonly Shape Input = [2, 6, 9, 10];

    [Test]
    public void Values_are_those_of_the_two_layers([Values] bool bias, [Values(1, 2)] int groups)
    {
        using var engine = new Engine(new CpuBackend());
        using var reference = new Engine(new ReferenceBackend());
        double[] folded = Run(engine, Chain(engine, bias, groups, new SiLU(engine))),
            plain = Run(reference, Chain(reference, bias, groups, new SiLU(reference)));
        var comparison = Comparison.Of("output", [2, 8, 9, 10], plain, folded, Tolerances.Norm);
        Assert.That(comparison.Passed, Is.True, comparison.ToString());
    }

    [TestCase("evaluation", false)]
    [TestCase("a ReLU follows", true)]
    [TestCase("training", true)]
    [TestCase("recorded", true)]
    [TestCase("traced", true)]
    [TestCase("only the convolution is asked for", false)]
    public void It_runs_by_itself_only_where_it_must(string when, bool expected)
    {
        var backend = new RecordingBackend(new CpuBackend());
        using var engine = new Engine(backend);
        var chain = Chain(engine, bias: true, groups: 1, when == "a ReLU follows" ? new ReLU(engine) : new SiLU(engine));
        if (when == "training")
            chain.Train();
        if (when == "traced")
            engine.Tracer = static _ => { };
        using var step = engine.BeginStep();
        using var still = when == "recorded" ? null : engine.NoGrad();
        if (when == "only the convolution is asked for")
            chain.Forward(Images(engine), ..1);
        else
            chain.Forward(Images(engine));
        Assert.That(backend.Seen.Any(c => c.StartsWith("BatchNormForward", StringComparison.Ordinal)), Is.EqualTo(expected));
    }

    [Test]
    public void Changed_statistics_are_seen()
    {
        using var engine = new Engine(new CpuBackend());
        var chain = Chain(engine, bias: false, groups: 1, new SiLU(engine));
        double[] before = Run(engine, chain);
        using (engine.NoGrad())
            chain.NamedBuffers().Single(b => b.Name == "1.running_mean").Tensor.Fill(3);
        Assert.That(Run(engine, chain), Is.Not.EqualTo(before));
    }

    private static Sequential Chain(Engine engine, bool bias, int groups, Module activation)
    {
        var chain = new Sequential(engine, new Conv2d(engine, 6, 8, 3, padding: 1, groups: groups, bias: bias), new BatchNorm2d(engine, 8), activation);
        chain.Initialize();
        using (engine.NoGrad())
        {
            foreach (var (name, low, high) in new[] { ("1.weight", 0.5, 1.5), ("1.bias", -1.0, 1), ("1.running_mean", -1, 1), ("1.running_var", 0.2, 2) })
            {
                var tensor = chain.NamedParameters().FirstOrDefault(p => p.Name == name)?.Tensor ?? chain.NamedBuffers().Single(b => b.Name == name).Tensor;
                tensor.CopyFrom<double>(CaseInput.Uniform(name, tensor.Shape, low, high).Draw("folded"));
            }
        }

        chain.Eval();
        return chain;
    }

    private static Tensor Images(Engine engine) => engine.From(CaseInput.Normal("images", Input).Draw("folded").AsSpan(), Input);

    private static double[] Run(Engine engine, Sequential chain)
    {
        using var step = engine.BeginStep();
        using var still = engine.NoGrad();
        return chain.Forward(Images(engine)).ToArray<double>();
    }
}
