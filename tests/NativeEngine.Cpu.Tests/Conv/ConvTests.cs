using NativeEngine.Core;
using NativeEngine.Cpu.Conv;
using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>
/// Convolutions by every algorithm against plain loops in double. Bound, relative to the largest element: 2e-6 for the direct sum and
/// F(2 x 2), 3e-5 for F(4 x 4).
/// </summary>
[TestFixture(WinogradMode.Off)]
[TestFixture(WinogradMode.F2)]
[TestFixture(WinogradMode.F4)]
public unsafe class ConvTests(WinogradMode mode)
{
    private const int Seed = 77;
    private readonly double _tolerance = mode == WinogradMode.F4 ? 3e-5 : 2e-6;

    private string Name(in ConvSizes s) => $"{s} winograd {mode} seed {Seed}";

    [TestCaseSource(typeof(ConvCases), nameof(ConvCases.All))]
    public void Forward(ConvSizes s)
    {
        using var context = new CpuContext(2, poison: true, mode);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
        using var bias = new Floats(s.K, random);
        using var y = new Floats((long)s.N * s.P * s.Q * s.K);
        ConvDriver.Forward(context, s, x.Pointer, w.Pointer, y.Pointer, new Epilogue { Bias = bias.Pointer });
        y.AssertEquals(ConvReference.Forward(s, x.ToArray(), w.ToArray(), bias.ToArray()), _tolerance, Name(s));
    }

    [TestCaseSource(typeof(ConvCases), nameof(ConvCases.All))]
    public void BackwardData(ConvSizes s)
    {
        using var context = new CpuContext(2, poison: true, mode);
        var random = new Random(Seed);
        using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        foreach (bool accumulate in new[] { false, true })
        {
            using var dx = new Floats((long)s.N * s.H * s.W * s.C, accumulate ? random : null);
            double[] expected = ConvReference.BackwardData(s, w.ToArray(), dy.ToArray(), accumulate ? dx.ToArray() : null);
            ConvDriver.BackwardData(context, s, w.Pointer, dy.Pointer, dx.Pointer, accumulate);
            dx.AssertEquals(expected, _tolerance, $"{Name(s)} accumulate {accumulate}");
        }
    }

    [TestCaseSource(typeof(ConvCases), nameof(ConvCases.All))]
    public void BackwardFilter(ConvSizes s)
    {
        using var context = new CpuContext(2, poison: true, mode);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        foreach (bool accumulate in new[] { false, true })
        {
            using var dw = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), accumulate ? random : null);
            double[] expected = ConvReference.BackwardFilter(s, x.ToArray(), dy.ToArray(), accumulate ? dw.ToArray() : null);
            ConvDriver.BackwardFilter(context, s, x.Pointer, dy.Pointer, dw.Pointer, accumulate);
            dw.AssertEquals(expected, _tolerance, $"{Name(s)} accumulate {accumulate}");
        }
    }

    [Test]
    public void One_two_and_three_threads_give_the_same_bits()
    {
        var random = new Random(Seed);
        foreach (ConvSizes s in new[] { ConvCases.Make(4, 20, 17, 17, 24, 3, 3, pad: 1),
                ConvCases.Make(4, 48, 16, 16, 48, 3, 3, stride: 2, pad: 1, groups: 48), ConvCases.Make(3, 64, 14, 14, 96, 1, 1),
                    ConvCases.Make(5, 20, 61, 60, 24, 3, 3, stride: 2, pad: 1), ConvCases.Make(1, 40, 12, 12, 33, 3, 3, pad: 1) })
        {
            using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
            using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
            using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
            List<float[]>? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var context = new CpuContext(threads, false, mode);
                using var y = new Floats(dy.Count);
                using var dx = new Floats(x.Count);
                using var dw = new Floats(w.Count);
                ConvDriver.Forward(context, s, x.Pointer, w.Pointer, y.Pointer, default);
                ConvDriver.BackwardData(context, s, w.Pointer, dy.Pointer, dx.Pointer, false);
                ConvDriver.BackwardFilter(context, s, x.Pointer, dy.Pointer, dw.Pointer, false);
                List<float[]> results = [y.ToArray(), dx.ToArray(), dw.ToArray()];
                first ??= results;
                for (int i = 0; i < 3; i++) Assert.That(results[i], Is.EqualTo(first[i]), $"{Name(s)} {threads} threads, result {i}");
            }
        }
    }
}
