using NativeEngine.Core;
using NativeEngine.Cpu.Pooling;

namespace NativeEngine.Cpu.Tests.Pooling;

/// <summary>Pooling against plain loops, with ties, NaN, borders, ceil mode and adaptive windows.</summary>
[TestFixture]
public unsafe class PoolTests
{
    private const int Seed = 5;

    private static IEnumerable<PoolSizes> Cases()
    {
        foreach (PoolMode mode in new[] { PoolMode.Max, PoolMode.Average })
        {
            yield return PoolSizes.Create("t", mode, [2, 6, 8, 8], (2, 2), (2, 2), (0, 0), false, true);
            yield return PoolSizes.Create("t", mode, [1, 21, 9, 11], (3, 3), (2, 2), (1, 1), false, true);
            yield return PoolSizes.Create("t", mode, [1, 21, 9, 11], (3, 3), (2, 2), (1, 1), true, false);
            yield return PoolSizes.Create("t", mode, [2, 64, 7, 6], (3, 2), (1, 2), (1, 0), true, true);
            yield return PoolSizes.Create("t", mode, [1, 1, 1, 1], (1, 1), (1, 1), (0, 0), false, true);
            yield return PoolSizes.Create("t", mode, [0, 3, 4, 4], (2, 2), (2, 2), (0, 0), false, true);
            yield return PoolSizes.Create("t", mode, [1, 40, 5, 5], (5, 5), (5, 5), (2, 2), false, false);
        }
        yield return PoolSizes.Adaptive([2, 33, 7, 7], (1, 1));
        yield return PoolSizes.Adaptive([1, 16, 5, 9], (7, 4));
    }

    /// <summary>Few distinct values, so that most windows have ties, and a NaN here and there.</summary>
    private static Floats Input(in PoolSizes s, bool nan)
    {
        var random = new Random(Seed);
        var x = new Floats((long)s.N * s.H * s.W * s.C);
        for (int i = 0; i < x.Count; i++) x[i] = nan && random.Next(40) == 0 ? float.NaN : random.Next(-2, 3);
        return x;
    }

    private static (double[] Y, double[] Dx) Reference(PoolSizes s, Floats x, Floats? dy, float[]? before)
    {
        double[] y = new double[(long)s.N * s.P * s.Q * s.C], dx = new double[x.Count];
        for (int i = 0; i < dx.Length; i++) dx[i] = before == null ? 0 : before[i];
        for (int n = 0; n < s.N; n++)
            for (int p = 0; p < s.P; p++)
                for (int q = 0; q < s.Q; q++)
                    for (int c = 0; c < s.C; c++)
                    {
                        (int h0, int h1, int dh) = s.Rows(p);
                        (int w0, int w1, int dw) = s.Columns(q);
                        long at = ((n * (long)s.P + p) * s.Q + q) * s.C + c, best = -1;
                        double sum = 0;
                        for (int h = h0; h < h1; h++)
                            for (int w = w0; w < w1; w++)
                            {
                                long i = ((n * (long)s.H + h) * s.W + w) * s.C + c;
                                sum += x[i];
                                if (best < 0 || x[i] > x[best] || (float.IsNaN(x[i]) && !float.IsNaN(x[best]))) best = i;
                                if (dy != null && s.Mode != PoolMode.Max) dx[i] += (double)dy[at] / (dh * dw);
                            }
                        y[at] = s.Mode == PoolMode.Max ? x[best] : sum / (dh * dw);
                        if (dy != null && s.Mode == PoolMode.Max) dx[best] += dy[at];
                    }
        return (y, dx);
    }

    private static void AssertSame(Floats actual, double[] expected, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (double.IsNaN(expected[i]) ? !float.IsNaN(actual[i]) : !(Math.Abs(actual[i] - expected[i]) <= 2e-6 * Math.Max(1, Math.Abs(expected[i]))))
                Assert.Fail($"{what}: element {i} is {actual[i]}, expected {expected[i]}, seed {Seed}");
        }
        actual.AssertGuards(what);
    }

    [TestCaseSource(nameof(Cases))]
    public void Forward_and_backward(PoolSizes s)
    {
        foreach (int threads in new[] { 1, 3 })
        {
            foreach (bool nan in new[] { false, s.Mode == PoolMode.Max })
            {
                using var context = new CpuContext(threads, poison: true);
                using Floats x = Input(s, nan);
                using var y = new Floats((long)s.N * s.P * s.Q * s.C);
                using var dy = new Floats(y.Count, new Random(Seed + 1));
                PoolDriver.Forward(context, s, x.Pointer, y.Pointer);
                AssertSame(y, Reference(s, x, null, null).Y, $"{s} y");
                foreach (bool accumulate in new[] { false, true })
                {
                    using var dx = new Floats(x.Count, accumulate ? new Random(Seed + 2) : null);
                    double[] expected = Reference(s, x, dy, accumulate ? dx.ToArray() : null).Dx;
                    PoolDriver.Backward(context, s, x.Pointer, y.Pointer, dy.Pointer, dx.Pointer, accumulate);
                    AssertSame(dx, expected, $"{s} dx accumulate {accumulate}");
                }
            }
        }
    }
}
