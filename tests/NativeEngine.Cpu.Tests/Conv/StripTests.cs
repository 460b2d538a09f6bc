using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Strip;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>
/// The strip kernels against plain loops in double, for every shape that they can compute, also where another algorithm would be chosen,
/// with every vector level that the machine has. Bound 2e-6 of the largest element.
/// </summary>
[TestFixtureSource(nameof(Levels))]
public unsafe class StripTests(SimdLevel level)
{
    private const int Seed = 91;
    private const double Tolerance = 2e-6;

    private static IEnumerable<SimdLevel> Levels() => Enum.GetValues<SimdLevel>().Where(l => l <= SimdLevels.Widest);

    private static IEnumerable<ConvSizes> Cases() => ConvCases.All().Concat([
        ConvCases.Make(3, 3, 40, 31, 64, 7, 7, stride: 2, pad: 3),
        ConvCases.Make(1, 2, 300, 9, 1, 3, 3, pad: 1), // several bands per image, groups of 9 pixels
        ConvCases.Make(2, 5, 12, 30, 40, 3, 3, stride: 2), // two panels, the second one partial
        ConvCases.Make(20, 1, 12, 12, 3, 5, 5), // more images than ranges of sums
    ]);

    [TestCaseSource(nameof(Cases))]
    public void Every_pass(ConvSizes s)
    {
        MicroKernels kernels = MicroKernels.For(level);
        using var context = new CpuContext(2, poison: true);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
        using var bias = new Floats(s.K, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        string name = $"{s} {level} seed {Seed}";
        if (StripSizes.Forward(s, kernels).IsSupported(s, kernels))
        {
            using var y = new Floats(dy.Count);
            StripConv.Forward(context, kernels, s, x.Pointer, w.Pointer, y.Pointer, new Epilogue { Bias = bias.Pointer });
            y.AssertEquals(ConvReference.Forward(s, x.ToArray(), w.ToArray(), bias.ToArray()), Tolerance, $"forward {name}");
            foreach (bool accumulate in new[] { false, true })
            {
                using var dw = new Floats(w.Count, accumulate ? random : null);
                double[] expected = ConvReference.BackwardFilter(s, x.ToArray(), dy.ToArray(), accumulate ? dw.ToArray() : null);
                StripFilterGradient.Run(context, kernels, s, x.Pointer, dy.Pointer, dw.Pointer, accumulate);
                dw.AssertEquals(expected, Tolerance, $"filter {name} accumulate {accumulate}");
            }
        }
        if (s is { StrideH: 1, StrideW: 1 } && StripSizes.Backward(s, kernels).IsSupported(s, kernels))
        {
            foreach (bool accumulate in new[] { false, true })
            {
                using var dx = new Floats(x.Count, accumulate ? random : null);
                double[] expected = ConvReference.BackwardData(s, w.ToArray(), dy.ToArray(), accumulate ? dx.ToArray() : null);
                StripConv.BackwardData(context, kernels, s, w.Pointer, dy.Pointer, dx.Pointer, accumulate);
                dx.AssertEquals(expected, Tolerance, $"data {name} accumulate {accumulate}");
                if (!StripSizes.Unfolded(s, kernels).IsSupported(s, kernels)) continue;
                using var folded = new Floats(x.Count, accumulate ? random : null);
                expected = ConvReference.BackwardData(s, w.ToArray(), dy.ToArray(), accumulate ? folded.ToArray() : null);
                StripFold.BackwardData(context, kernels, s, w.Pointer, dy.Pointer, folded.Pointer, accumulate);
                folded.AssertEquals(expected, Tolerance, $"folded data {name} accumulate {accumulate}");
            }
        }
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        MicroKernels kernels = MicroKernels.For(level);
        ConvSizes s = ConvCases.Make(19, 1, 28, 28, 6, 5, 5, pad: 2);
        if (!StripSizes.Forward(s, kernels).IsSupported(s, kernels)) s = ConvCases.Make(19, 1, 28, 28, 8, 5, 5, pad: 2);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var w = new Floats((long)s.K * s.R * s.S * s.C, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        List<float[]>? first = null;
        for (int threads = 1; threads <= 3; threads++)
        {
            using var context = new CpuContext(threads);
            using var y = new Floats(dy.Count);
            using var dx = new Floats(x.Count);
            using var dw = new Floats(w.Count);
            StripConv.Forward(context, kernels, s, x.Pointer, w.Pointer, y.Pointer, default);
            StripConv.BackwardData(context, kernels, s, w.Pointer, dy.Pointer, dx.Pointer, false);
            StripFilterGradient.Run(context, kernels, s, x.Pointer, dy.Pointer, dw.Pointer, false);
            List<float[]> results = [y.ToArray(), dx.ToArray(), dw.ToArray()];
            first ??= results;
            for (int i = 0; i < 3; i++) Assert.That(results[i], Is.EqualTo(first[i]), $"{level} {threads} threads, result {i}, seed {Seed}");
        }
    }
}
