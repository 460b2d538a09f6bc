using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c)
    {
        Grid x = new(a), w = new(b), y = Start(c);
        for (int batch = 0; batch < s.Batch; batch++)
        {
            long atA = batch * s.StrideA, atB = batch * s.StrideB, atC = batch * s.StrideC;
            for (int m = 0; m < s.M; m++)
            {
                for (int n = 0; n < s.N; n++)
                {
                    double sum = Zero(bias, n);
                    for (int k = 0; k < s.K; k++)
                    {
                        double left = x.At(atA + (s.TransA ? (long)k * s.M + m : (long)m * s.K + k));
                        double right = w.At(atB + (s.TransB ? (long)n * s.K + k : (long)k * s.N + n));
                        sum += left * right;
                    }

                    y.Add(atC + (long)m * s.N + n, sum);
                }
            }
        }
    }
}
