using NativeEngine.Core;
using NativeEngine.Cpu.Norm;

namespace NativeEngine.Cpu.Tests.Norm;

/// <summary>Batch norm against double loops. Bound: 3e-6 of the largest element; 1e-4 where the mean is 1000 times the deviation.</summary>
[TestFixture]
public unsafe class BatchNormTests
{
    private const int Seed = 9;

    private static IEnumerable<(int Pixels, int Channels, float Offset, double Tolerance)> Cases() =>
    [
        (1, 3, 0, 3e-6), (7, 1, 0, 3e-6), (50, 24, 1, 3e-6), (1000, 19, 0, 3e-6), (3000, 64, -2, 3e-6), (700, 200, 0, 3e-6), (4000, 33, 1000, 1e-4),
            (0, 5, 0, 3e-6),
    ];

    private static double[] MeanOf(double[] x, int pixels, int channels)
    {
        double[] mean = new double[channels];
        for (int i = 0; i < x.Length; i++) mean[i % channels] += x[i] / pixels;
        return mean;
    }

    [Test]
    public void Training_forward_and_backward([ValueSource(nameof(Cases))] (int Pixels, int Channels, float Offset, double Tolerance) test,
        [Values] bool relu, [Values] bool residual)
    {
        (int pixels, int channels, float offset, double tolerance) = test;
        var s = new BatchNormSizes(pixels, channels, 1e-5, 0.1, true, relu);
        string what = $"{s} residual {residual} seed {Seed}";
        using var context = new CpuContext(2, poison: true);
        var random = new Random(Seed);
        long count = (long)pixels * channels;
        using var x = new Floats(count, random);
        for (long i = 0; i < count; i++) x[i] += offset;
        using var r = new Floats(count, random);
        using var dy = new Floats(count, random);
        using var gamma = new Floats(channels, random);
        using var beta = new Floats(channels, random);
        using var runningMean = new Floats(channels, random);
        using var runningVar = new Floats(channels, random);
        using var y = new Floats(count);
        using var mean = new Floats(channels);
        using var inverse = new Floats(channels);
        double[] xd = [.. x.ToArray()];
        double[] m = MeanOf(xd, pixels, channels),
            v = MeanOf([.. xd.Select((value, i) => (value - m[i % channels]) * (value - m[i % channels]))], pixels, channels);
        double[] inv = [.. v.Select(value => 1 / Math.Sqrt(value + 1e-5))];
        double[] normal = [.. xd.Select((value, i) => (value - m[i % channels]) * inv[i % channels])];
        double[] expected = [.. normal.Select((value, i) => value * gamma[i % channels] + beta[i % channels] + (residual ? r[i] : 0))];
        if (relu) expected = [.. expected.Select(value => Math.Max(0, value))];
        double[] running = [.. m.Select((value, c) => pixels == 0 ? runningMean[c] : 0.9 * runningMean[c] + 0.1 * value)];
        double[] runningV = [.. v.Select((value, c) => pixels == 0 ? runningVar[c] : 0.9 * runningVar[c] + 0.1 * value * pixels / Math.Max(1, pixels - 1))];

        BatchNorm.Forward(context, s, x.Pointer, residual ? r.Pointer : null, gamma.Pointer, beta.Pointer, runningMean.Pointer, runningVar.Pointer, y.Pointer,
            mean.Pointer, inverse.Pointer);
        y.AssertEquals(expected, tolerance, what + " y");
        runningMean.AssertEquals(running, tolerance, what + " running mean");
        runningVar.AssertEquals(runningV, tolerance, what + " running variance");
        if (pixels == 0) return;
        inverse.AssertEquals(inv, tolerance, what + " inverse deviation");

        double[] g = [.. dy.ToArray().Select((value, i) => relu && !(y[i] > 0) ? 0 : (double)value)];
        double[] dBeta = [.. MeanOf(g, 1, channels)], dGamma = MeanOf([.. g.Select((value, i) => value * normal[i])], 1, channels);
        double[] dxExpected = [.. g.Select((value, i) =>
            gamma[i % channels] * inv[i % channels] * (value - dBeta[i % channels] / pixels - normal[i] * dGamma[i % channels] / pixels))];
        foreach (bool add in new[] { false, true })
        {
            using var dx = new Floats(count, add ? random : null);
            using var dr = new Floats(count, add ? random : null);
            using var dw = new Floats(channels, add ? random : null);
            using var db = new Floats(channels, add ? random : null);
            double[] Plus(double[] a, Floats before)
            {
                float[] old = before.ToArray();
                return [.. a.Select((value, i) => value + (add ? old[i] : 0))];
            }
            double[] edx = Plus(dxExpected, dx), edr = Plus(g, dr), edw = Plus(dGamma, dw), edb = Plus(dBeta, db);
            BatchNorm.Backward(context, s, x.Pointer, y.Pointer, dy.Pointer, gamma.Pointer, mean.Pointer, inverse.Pointer, dx.Pointer, add,
                residual ? dr.Pointer : null, add, dw.Pointer, add, db.Pointer, add);
            if (pixels > 1) dx.AssertEquals(edx, Math.Max(tolerance, 1e-5), what + " dx");
            if (residual) dr.AssertEquals(edr, tolerance, what + " dResidual");
            dw.AssertEquals(edw, Math.Max(tolerance, 1e-5), what + " dWeight");
            db.AssertEquals(edb, Math.Max(tolerance, 1e-5), what + " dBias");
        }
    }

    /// <summary>Without y the mask of the ReLU is computed again from x: the same bits, also where outputs are zero or a scale is negative.</summary>
    [TestCase(700, 67)]
    [TestCase(3, 1)]
    [TestCase(90, 16)]
    public void The_mask_from_x_is_the_mask_from_y(int pixels, int channels)
    {
        var s = new BatchNormSizes(pixels, channels, 1e-5, 0.1, true, true);
        var random = new Random(Seed);
        using var context = new CpuContext(2, poison: true);
        using var x = new Floats((long)pixels * channels, random);
        for (long i = 0; i < x.Count; i += 7) x[i] = 0.25f; // equal values, so that some outputs are the same
        using var dy = new Floats(x.Count, random);
        using var gamma = new Floats(channels, random);
        using var beta = new Floats(channels, random);
        if (channels > 4) (gamma[1], beta[2], gamma[3], beta[3]) = (0, 0, 0, 0); // a channel of zeros is closed
        using var y = new Floats(x.Count);
        using var mean = new Floats(channels);
        using var inverse = new Floats(channels);
        BatchNorm.Forward(context, s, x.Pointer, null, gamma.Pointer, beta.Pointer, null, null, y.Pointer, mean.Pointer, inverse.Pointer);
        var results = new List<float[]>();
        foreach (bool fromX in new[] { false, true })
        {
            using var dx = new Floats(x.Count);
            using var dw = new Floats(channels);
            using var db = new Floats(channels);
            BatchNorm.Backward(context, s, x.Pointer, fromX ? null : y.Pointer, dy.Pointer, gamma.Pointer, mean.Pointer, inverse.Pointer, dx.Pointer, false,
                null, false, dw.Pointer, false, db.Pointer, false, beta.Pointer);
            results.Add([.. dx.ToArray(), .. dw.ToArray(), .. db.ToArray()]);
        }
        Assert.That(results[1], Is.EqualTo(results[0]), $"{s} seed {Seed}");
    }

    [Test]
    public void One_two_and_three_threads_give_the_same_bits()
    {
        var random = new Random(Seed);
        var s = new BatchNormSizes(5000, 48, 1e-5, 0.1, true, true);
        using var x = new Floats(5000 * 48, random);
        using var dy = new Floats(5000 * 48, random);
        List<float[]>? first = null;
        for (int threads = 1; threads <= 3; threads++)
        {
            using var context = new CpuContext(threads);
            using var y = new Floats(x.Count);
            using var dx = new Floats(x.Count);
            using var mean = new Floats(48);
            using var inverse = new Floats(48);
            using var dw = new Floats(48);
            BatchNorm.Forward(context, s, x.Pointer, null, null, null, null, null, y.Pointer, mean.Pointer, inverse.Pointer);
            BatchNorm.Backward(context, s, x.Pointer, y.Pointer, dy.Pointer, null, mean.Pointer, inverse.Pointer, dx.Pointer, false, null, false, dw.Pointer,
                false, null, false);
            List<float[]> results = [y.ToArray(), mean.ToArray(), inverse.ToArray(), dx.ToArray(), dw.ToArray()];
            first ??= results;
            for (int i = 0; i < results.Count; i++) Assert.That(results[i], Is.EqualTo(first[i]), $"{threads} threads, result {i}, seed {Seed}");
        }
    }
}
