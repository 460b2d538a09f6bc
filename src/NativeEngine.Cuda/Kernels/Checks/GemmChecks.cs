namespace NativeEngine.Cuda.Kernels.Checks;

internal static class GemmChecks
{
    public static IEnumerable<KernelCheck> All =>
        from a in (bool[])[false, true]
        from b in (bool[])[false, true]
        select new KernelCheck(GemmKernels.For(a, b), run => Gemm(run, a, b));

    // One element, ragged tiles, several tiles, an empty inner product, a batch that repeats A.
    private static readonly (int M, int N, int K, int Batch, bool RepeatA)[] Sizes =
        [(1, 1, 1, 1, false), (5, 7, 3, 2, false), (65, 70, 33, 1, false), (64, 64, 16, 1, false), (3, 4, 0, 1, false), (9, 5, 20, 3, true)];

    private static void Gemm(KernelCheckRun run, bool transA, bool transB)
    {
        foreach (var (m, n, k, batch, repeat) in Sizes)
        {
            bool accumulate = m % 2 == 0, withBias = n % 2 == 1;
            run.Begin($"{batch} x [{m},{k}] [{k},{n}]{(withBias ? ", bias" : "")}{(accumulate ? ", accumulate" : "")}");
            long strideA = repeat ? 0 : (long)m * k, strideB = (long)k * n;
            float[] a = run.Random.Floats(repeat ? m * k : strideA * batch), b = run.Random.Floats(strideB * batch), bias = run.Random.Floats(n),
                before = run.Random.Floats((long)batch * m * n);
            var c = run.Target("c", before, accumulate);
            CheckBuffer<float>? biasBuffer = withBias ? run.Input("bias", bias) : null;
            run.Launch(GemmKernels.For(transA, transB), GemmKernels.Shape(m, n, batch),
                new(run.Input("a", a), run.Input("b", b), biasBuffer, c, new(m, n, k, strideA, strideB), accumulate ? 1 : 0));

            double[] expected = new double[batch * m * n], scales = new double[batch * m * n];
            for (int i = 0; i < expected.Length; i++)
            {
                int column = i % n, row = i / n % m, g = i / n / m;
                for (int d = 0; d < k; d++)
                {
                    double term = (double)a[g * strideA + (transA ? d * m + row : row * k + d)] * b[g * strideB + (transB ? column * k + d : d * n + column)];
                    expected[i] += term;
                    scales[i] += Math.Abs(term);
                }

                double extra = (withBias ? bias[column] : 0) + (double)(accumulate ? before[i] : 0);
                expected[i] += extra;
                scales[i] += (withBias ? Math.Abs(bias[column]) : 0) + (accumulate ? Math.Abs(before[i]) : 0);
            }

            run.Expect(c, expected, 4 + k, scales);
        }
    }
}
