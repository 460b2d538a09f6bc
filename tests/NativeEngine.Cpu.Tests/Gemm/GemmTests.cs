using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Tests.Gemm;

/// <summary>Products against plain loops in double. Bound: 2e-7 of the largest element per 16 terms of the sum, at least 1e-6.</summary>
[TestFixture]
public unsafe class GemmTests
{
    private const int Seed = 20_240;

    private static IEnumerable<SimdLevel> Levels() => Enum.GetValues<SimdLevel>().Where(level => level <= SimdLevels.Widest);

    private static double Tolerance(int k) => Math.Max(1e-6, 2e-7 * k / 16);

    private static double[] Expected(in GemmArguments g, float[] before)
    {
        double[] c = new double[before.Length];
        for (int i = 0; i < before.Length; i++) c[i] = before[i];
        for (int b = 0; b < g.Batch; b++)
        {
            for (int i = 0; i < g.M; i++)
            {
                for (int j = 0; j < g.N; j++)
                {
                    long at = b * g.BatchStrideC + i * g.Ldc + j;
                    double sum = g.Accumulate ? before[at] : 0;
                    for (int k = 0; k < g.K; k++)
                    {
                        float x = g.A[b * g.BatchStrideA + (g.TransposeA ? k * g.Lda + i : i * g.Lda + k)];
                        float y = g.B[b * g.BatchStrideB + (g.TransposeB ? j * g.Ldb + k : k * g.Ldb + j)];
                        sum += (double)x * y;
                    }
                    if (g.Epilogue.Bias != null) sum += g.Epilogue.Bias[j];
                    if (g.Epilogue.Residual != null) sum += g.Epilogue.Residual[at];
                    c[at] = g.Epilogue.Relu ? Math.Max(0, sum) : sum;
                }
            }
        }
        return c;
    }

    private static void Check(CpuContext context, SimdLevel level, int batch, int m, int n, int k, bool ta, bool tb, bool accumulate, int pad = 0,
        bool epilogue = false)
    {
        string what = $"{level} batch {batch} {m}x{n}x{k} ta={ta} tb={tb} acc={accumulate} pad={pad} epilogue={epilogue} seed {Seed}";
        var random = new Random(Seed);
        int lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + pad, ldc = n + pad;
        long sizeA = (long)(ta ? k : m) * lda, sizeB = (long)(tb ? n : k) * ldb, sizeC = (long)m * ldc;
        using var a = new Floats(batch * sizeA, random);
        using var b = new Floats(batch * sizeB, random);
        using var c = new Floats(batch * sizeC, random);
        using var bias = new Floats(n, random);
        using var residual = new Floats(batch * sizeC, random);
        var g = new GemmArguments
        {
            Batch = batch, M = m, N = n, K = k,
            A = a.Pointer, TransposeA = ta, Lda = lda, BatchStrideA = sizeA,
            B = b.Pointer, TransposeB = tb, Ldb = ldb, BatchStrideB = sizeB,
            C = c.Pointer, Ldc = ldc, BatchStrideC = sizeC, Accumulate = accumulate,
        };
        if (epilogue) g.Epilogue = new Epilogue { Bias = bias.Pointer, Residual = residual.Pointer, Relu = true };
        double[] expected = Expected(g, c.ToArray());
        GemmDriver.Multiply(context, g, MicroKernels.For(level));
        c.AssertEquals(expected, Tolerance(k), what);
    }

    [Test]
    public void Ragged_shapes_in_all_transpositions([ValueSource(nameof(Levels))] SimdLevel level, [Values] bool ta, [Values] bool tb)
    {
        using var context = new CpuContext(2, poison: true);
        foreach ((int m, int n, int k) in new[]
        {
            (1, 1, 1), (1, 10, 84), (13, 31, 7), (14, 32, 256), (15, 33, 257), (29, 16, 40), (64, 10, 300), (7, 100, 63), (100, 47, 129), (128, 17, 1),
        })
        {
            Check(context, level, 1, m, n, k, ta, tb, false);
            Check(context, level, 1, m, n, k, ta, tb, true, pad: 3);
        }
    }

    [Test]
    public void Wide_and_deep_products_are_summed_in_groups_of_columns([ValueSource(nameof(Levels))] SimdLevel level, [Values] bool accumulate,
        [Values] bool epilogue)
    {
        using var context = new CpuContext(2, poison: true);
        Check(context, level, 1, 57, 529, 530, false, false, accumulate, pad: 3, epilogue: epilogue);
        Check(context, level, 1, 20, 529, 530, false, true, accumulate, epilogue: epilogue);
        Check(context, level, 2, 60, 517, 515, false, true, accumulate, epilogue: epilogue);
    }

    [Test]
    public void Few_rows_and_a_large_matrix([ValueSource(nameof(Levels))] SimdLevel level, [Values] bool tb, [Values] bool accumulate)
    {
        using var context = new CpuContext(2, poison: true);
        Check(context, level, 1, 1, 531, 517, false, tb, accumulate, pad: 3, epilogue: true);
        Check(context, level, 1, 2, 300, 1001, false, tb, accumulate);
        Check(context, level, 1, 6, 1030, 259, false, tb, accumulate, epilogue: true);
        Check(context, level, 1, 14, 512, 513, false, tb, accumulate, pad: 1);
    }

    [Test]
    public void Every_tile_height_and_width([ValueSource(nameof(Levels))] SimdLevel level, [Values] bool ta)
    {
        using var context = new CpuContext(1, poison: true);
        for (int m = 1; m <= 15; m++)
        {
            for (int n = 1; n <= 36; n += m % 3 + 1) Check(context, level, 1, m, n, 5, ta, false, n % 2 == 0);
        }
    }

    [Test]
    public void Shapes_that_are_cut_into_many_chunks([Values] bool ta, [Values] bool tb)
    {
        using var context = new CpuContext(3, poison: true);
        SimdLevel level = SimdLevels.Widest;
        Check(context, level, 1, 700, 130, 210, ta, tb, false);
        Check(context, level, 1, 40, 20, 3000, ta, tb, true);
        Check(context, level, 1, 60, 600, 400, ta, tb, false);
    }

    [Test]
    public void Batches([Values] bool ta, [Values] bool tb, [Values] bool accumulate)
    {
        using var context = new CpuContext(2, poison: true);
        SimdLevel level = SimdLevels.Widest;
        Check(context, level, 5, 17, 23, 31, ta, tb, accumulate, pad: 1);
        Check(context, level, 2, 130, 250, 270, ta, tb, accumulate);
    }

    [Test]
    public void Epilogues([ValueSource(nameof(Levels))] SimdLevel level, [Values] bool ta)
    {
        using var context = new CpuContext(2, poison: true);
        Check(context, level, 1, 37, 45, 300, ta, true, false, pad: 2, epilogue: true);
        Check(context, level, 3, 12, 33, 20, ta, false, true, epilogue: true);
    }

    [Test]
    public void Empty_extents([Values(0, 1)] int batch, [Values(0, 5)] int m, [Values(0, 6)] int n, [Values(0, 7)] int k, [Values] bool accumulate)
    {
        using var context = new CpuContext(2, poison: true);
        Check(context, SimdLevels.Widest, batch, m, n, k, false, true, accumulate);
        if (batch > 0 && m > 0 && n > 0) Check(context, SimdLevels.Widest, batch, m, n, k, false, true, accumulate, epilogue: true);
    }

    [Test]
    public void One_two_and_three_threads_give_the_same_bits([Values] bool ta, [Values] bool tb)
    {
        var random = new Random(Seed);
        foreach ((int m, int n, int k) in new[] { (500, 130, 700), (64, 30, 5000), (33, 900, 300), (2, 900, 300) })
        {
            using var a = new Floats((long)m * k, random);
            using var b = new Floats((long)n * k, random);
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var context = new CpuContext(threads);
                using var c = new Floats((long)m * n);
                GemmDriver.Multiply(context, GemmArguments.Dense(a.Pointer, ta, b.Pointer, tb, c.Pointer, m, n, k, false));
                first ??= c.ToArray();
                Assert.That(c.ToArray(), Is.EqualTo(first), $"{m}x{n}x{k} with {threads} threads, seed {Seed}");
            }
        }
    }
}
