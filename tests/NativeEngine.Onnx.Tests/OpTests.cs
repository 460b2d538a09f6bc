using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Nn;
using NativeEngine.Onnx.Tests.Support;

namespace NativeEngine.Onnx.Tests;

/// <summary>Every operation of the exporter's table in onnxruntime, also with arguments that no model of the catalogue uses.</summary>
public sealed class OpTests : RuntimeTests
{
    private static IEnumerable<TestCaseData> Cases
    {
        get
        {
            foreach (var op in Enum.GetValues<UnaryOp>())
            {
                var args = op switch
                {
                    UnaryOp.LeakyRelu => new UnaryArgs(0.2),
                    UnaryOp.Pow => new UnaryArgs(3),
                    UnaryOp.Clamp => new UnaryArgs(-0.5, 0.75),
                    UnaryOp.Affine => new UnaryArgs(-1.5, 0.25),
                    _ => default,
                };
                bool positive = op is UnaryOp.Log or UnaryOp.Sqrt;
                yield return Case($"unary {op}", [2, 3, 4, 5], x => (positive ? x.Abs() + 0.1 : x * 3).Apply(op, args));
            }

            foreach (var op in Enum.GetValues<BinaryOp>())
                yield return Case($"binary {op}", [2, 3, 4, 5], x => Elementwise.Apply(op, x, x.Abs().AdaptiveAvgPool2d((1, 1)) + 0.5));
            yield return Case("convolution, dilated, uneven steps and padding, grouped", [2, 4, 11, 9],
                e => new Conv2d(e, 4, 6, (3, 2), (2, 1), (1, 2), (2, 3), groups: 2));
            yield return Case("convolution, depthwise without bias", [2, 6, 8, 8], e => new Conv2d(e, 6, 6, 5, padding: 2, groups: 6, bias: false));
            yield return Case("max pool, rounding up", [2, 3, 8, 10], x => x.MaxPool2d((3, 3), (2, 2), ceilMode: true));
            yield return Case("max pool, rounding up, padded, uneven", [2, 3, 7, 10], x => x.MaxPool2d((3, 2), (2, 3), (1, 1), ceilMode: true));
            yield return Case("max pool, rounding down leaves a border", [2, 3, 8, 8], x => x.MaxPool2d((3, 3), (2, 2), (1, 1)));
            foreach (bool ceil in new[] { false, true })
            {
                foreach (bool include in new[] { false, true })
                    yield return Case($"average pool, padded, ceil {ceil}, counts padding {include}", [2, 3, 8, 7],
                        x => x.AvgPool2d((3, 3), (2, 3), (1, 1), ceil, include));
            }

            yield return Case("adaptive pool to 1x1", [2, 3, 7, 5], x => x.AdaptiveAvgPool2d((1, 1)));
            yield return Case("adaptive pool, even windows", [2, 3, 8, 6], x => x.AdaptiveAvgPool2d((4, 2)));
            yield return Case("adaptive pool, uneven windows", [2, 3, 8, 5], x => x.AdaptiveAvgPool2d((3, 4)));
            yield return Case("adaptive pool to more than there is", [2, 3, 2, 1], x => x.AdaptiveAvgPool2d((7, 7)));
            yield return Case("batch norm of rows", [2, 6], e => new BatchNorm1d(e, 6));
            yield return Case("batch norm, residual and ReLU", [2, 3, 4, 4], e => new Residual(e));
            yield return Case("layer norm", [2, 3, 4, 5], e => new LayerNorm(e, [4, 5], 1e-3));
            yield return Case("layer norm without weights", [2, 3, 5], x => x.LayerNorm());
            yield return Case("group norm", [2, 6, 3, 4], e => new GroupNorm(e, 3, 6));
            yield return Case("linear of three dimensions", [2, 5, 4], e => new Linear(e, 4, 3));
            yield return Case("sum", [2, 3, 4, 5], x => x.Sum([2, 3]));
            yield return Case("mean, kept dimension", [2, 3, 4, 5], x => x.Mean([-1], keepDim: true));
            yield return Case("max", [2, 3, 4, 5], x => x.Max([1, 2]));
            yield return Case("softmax over channels", [2, 3, 4, 5], x => x.Softmax(1));
            yield return Case("log softmax", [2, 7], x => x.LogSoftmax());
            yield return Case("concatenation", [2, 3, 4, 5], x => Memory.Concat(-1, x, x.Relu(), x));
            yield return Case("permutation and matrix product", [2, 3, 4, 5], x => x.Flatten(2).MatMul(x.Flatten(2).Permute(0, 2, 1)));
            yield return Case("reshape", [2, 6, 4, 5], x => x.Reshape(x.Shape[0], 3, -1, 2).Clone());
            yield return Case("nothing at all", [2, 3, 4, 5], e => new Identity(e));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void TheRuntimeGivesOurNumbers(Func<Engine, Module> build, int[] extents)
    {
        var shape = Shape.Create(extents);
        using var engine = new Engine(new CpuBackend());
        var module = build(engine);
        var weights = Weights.For(module);
        module.LoadState(weights);
        module.Eval();
        OnnxFile.Write(ModelPath, module, shape, weights);
        StructureTests.Read(ModelPath).AssertWhole();
        using var noGrad = engine.NoGrad();
        foreach (int batch in new[] { 2, 5 })
        {
            var input = shape.With(0, batch);
            var values = SeededWeights.Images(input, (uint)batch);
            var theirs = Run((input, values)).Results.Single();
            using var step = engine.BeginStep();
            var ours = module.Forward(engine.From(values, input));
            var numbers = ours.ToArray<float>();
            Assert.That(theirs.Shape, Is.EqualTo(ours.Shape.ToArray()));
            Assert.That(theirs.Values, Is.EqualTo(numbers).Within(1e-5f * Math.Max(1, numbers.Max(Math.Abs))));
        }
    }

    /// <summary>Bytes in, probabilities out, for batches that were never traced.</summary>
    [Test]
    public void PixelsAreNormalisedAndProbabilitiesMadeInsideTheGraph()
    {
        float[] mean = [0.485f, 0.456f, 0.406f], std = [0.229f, 0.224f, 0.225f];
        using var engine = new Engine(new CpuBackend());
        var module = new Sequential(engine, ("conv", new Conv2d(engine, 3, 4, 3, padding: 1)), ("pool", new AdaptiveAvgPool2d(engine, 2)),
            ("flat", new Flatten(engine)));
        var weights = Weights.For(module);
        module.LoadState(weights);
        module.Eval();
        var summary = OnnxFile.Write(ModelPath, module, [2, 3, 5, 6], weights,
            new OnnxOptions { Normalize = new PixelNormalization(mean, std), Softmax = true });
        Assert.That((summary.Input, summary.Output), Is.EqualTo(("images [batch,3,5,6] uint8", "probabilities [batch,16] float32")));
        StructureTests.Read(ModelPath).AssertWhole();
        using var noGrad = engine.NoGrad();
        foreach (int batch in new[] { 1, 3, 17 })
        {
            var shape = Shape.Create([batch, 3, 5, 6]);
            float[] pixels = [.. SeededWeights.Images(shape, (uint)batch).Select(v => MathF.Round((v + 1.7f) * 75))];
            var (input, output, theirs) = Run((shape, pixels));
            using var step = engine.BeginStep();
            int channel = 0;
            var prepared = engine.From(pixels.Chunk(30).SelectMany(plane => Normalised(plane, channel++ % 3)).ToArray(), shape);
            Assert.That((input, output), Is.EqualTo(("images", "probabilities")));
            Assert.That(theirs[0].Shape, Is.EqualTo(new[] { batch, 16 }));
            Assert.That(theirs[0].Values, Is.EqualTo(module.Forward(prepared).Softmax(1).ToArray<float>()).Within(1e-5f));
        }

        IEnumerable<float> Normalised(float[] plane, int c) => plane.Select(p => (p / 255 - mean[c]) / std[c]);
    }

    private static TestCaseData Case(string name, int[] shape, Func<Tensor, Tensor> compute) => Case(name, shape, e => new Function(e, compute));

    private static TestCaseData Case(string name, int[] shape, Func<Engine, Module> build) => new TestCaseData(build, shape).SetArgDisplayNames(name);

    private sealed class Residual : Module
    {
        private readonly BatchNorm2d _norm;

        public Residual(Engine engine) : base(engine) => _norm = Child("norm", new BatchNorm2d(engine, 3));

        protected override Tensor Compute(Tensor x) => _norm.Forward(x, relu: true, residual: x * 2);
    }
}
