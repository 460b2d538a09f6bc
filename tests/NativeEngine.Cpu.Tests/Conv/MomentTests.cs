using NativeEngine.Core;
using NativeEngine.Cpu.Conv;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Norm;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>
/// Moments and residuals in the epilogue of a convolution. Moments are compared with two passes in double over the outputs as they are, so the
/// bound is that of batch norm: 3e-6 of the largest, 1e-4 where the mean is 1000 times the deviation.
/// </summary>
[TestFixture(WinogradMode.Off)]
[TestFixture(WinogradMode.F4)]
[TestFixture(WinogradMode.Auto)]
public unsafe class MomentTests(WinogradMode mode)
{
    private const int Seed = 41;

    private static IEnumerable<ConvSizes> Cases() =>
        ConvCases.All().Append(ConvCases.Make(9, 9, 41, 40, 70, 3, 3, pad: 1)).Append(ConvCases.Make(3, 600, 9, 10, 600, 1, 1));

    [TestCaseSource(nameof(Cases))]
    public void Moments_and_residual_of_the_output(ConvSizes s)
    {
        using var context = new CpuContext(2, poison: true, mode);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
        using var bias = new Floats(s.K, random);
        using var residual = new Floats((long)s.N * s.P * s.Q * s.K, random);
        foreach (bool adds in new[] { false, true })
        {
            string what = $"{s} winograd {mode} residual {adds} seed {Seed}";
            using var plain = new Floats(residual.Count);
            using var y = new Floats(residual.Count);
            using var moments = new Floats(2 * s.K);
            bool gathers = ConvDriver.GathersMoments(context, s);
            Assert.That(gathers || s.N == 0 || s.Groups > 1, what);
            ConvDriver.Forward(context, s, x.Pointer, w.Pointer, plain.Pointer, new Epilogue { Bias = bias.Pointer });
            ConvDriver.Forward(context, s, x.Pointer, w.Pointer, y.Pointer,
                new Epilogue
                {
                    Bias = bias.Pointer, Residual = adds ? residual.Pointer : null,
                    Moments = gathers ? MomentTarget.Of(moments.Pointer, s.K) : default
                });
            y.AssertEquals([.. plain.ToArray().Select((value, i) => (double)(adds ? value + residual[i] : value))], 2e-7, what);
            if (gathers) AssertMoments(y, moments, s.K, 3e-6, what);
        }
    }

    /// <summary>Outputs near 1000 that differ by 1, also with a border of zeros, where the first pixel of an image is far from the others.</summary>
    [Test]
    public void Large_mean_and_small_variance([Values(0, 1)] int pad, [Values(1, 2)] int stride, [Values(1, 3)] int window)
    {
        ConvSizes s = ConvCases.Make(4, 16, 33, 34, 40, window, window, stride, pad: window == 1 ? 0 : pad);
        using var context = new CpuContext(2, poison: true, mode);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        for (long i = 0; i < x.Count; i++) x[i] = 1000 + 4 * x[i];
        using var w = new Floats((long)s.K * s.R * s.S * s.C, null, 1f / (s.R * s.S * s.C));
        using var y = new Floats((long)s.N * s.P * s.Q * s.K);
        using var moments = new Floats(2 * s.K);
        ConvDriver.Forward(context, s, x.Pointer, w.Pointer, y.Pointer, new Epilogue { Moments = MomentTarget.Of(moments.Pointer, s.K) });
        AssertMoments(y, moments, s.K, 1e-4, $"{s} winograd {mode} seed {Seed}");
    }

    [Test]
    public void One_to_three_threads_give_the_same_bits()
    {
        foreach (ConvSizes s in new[] { ConvCases.Make(9, 9, 41, 40, 70, 3, 3, pad: 1), ConvCases.Make(5, 20, 61, 60, 24, 3, 3, stride: 2, pad: 1),
                ConvCases.Make(1, 200, 12, 12, 333, 3, 3, pad: 1), ConvCases.Make(9, 64, 20, 20, 600, 1, 1), ConvCases.Make(3, 3, 40, 40, 16, 5, 5) })
        {
            var random = new Random(Seed);
            using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
            using var w = new Floats((long)s.K * s.R * s.S * s.C, random);
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var context = new CpuContext(threads, poison: true, mode);
                using var y = new Floats((long)s.N * s.P * s.Q * s.K);
                using var moments = new Floats(2 * s.K);
                ConvDriver.Forward(context, s, x.Pointer, w.Pointer, y.Pointer, new Epilogue { Moments = MomentTarget.Of(moments.Pointer, s.K) });
                first ??= moments.ToArray();
                Assert.That(moments.ToArray(), Is.EqualTo(first), $"{s} threads {threads} winograd {mode} seed {Seed}");
            }
        }
    }

    private static void AssertMoments(Floats y, Floats moments, int channels, double tolerance, string what)
    {
        double[] mean = new double[channels], squares = new double[channels];
        long rows = y.Count / channels;
        for (long i = 0; i < y.Count; i++) mean[i % channels] += (double)y[i] / rows;
        for (long i = 0; i < y.Count; i++) squares[i % channels] += (y[i] - mean[i % channels]) * (y[i] - mean[i % channels]);
        for (int c = 0; c < channels; c++)
        {
            double deviation = Math.Sqrt(squares[c] / rows);
            Assert.That(moments[c], Is.EqualTo(mean[c]).Within(tolerance * (Math.Abs(mean[c]) + deviation)), $"{what}: mean of channel {c}");
            Assert.That(moments[channels + c], Is.EqualTo(squares[c]).Within(tolerance * squares[c] + 1e-12), $"{what}: squares of channel {c}");
        }
        moments.AssertGuards(what);
    }
}
