using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c)
    {
        if (!c.Wanted) return;
        var arguments = new GemmArguments
        {
            Batch = s.Batch, M = s.M, N = s.N, K = s.K,
            A = Floats(a), TransposeA = s.TransA, Lda = s.TransA ? s.M : s.K, BatchStrideA = s.StrideA,
            B = Floats(b), TransposeB = s.TransB, Ldb = s.TransB ? s.K : s.N, BatchStrideB = s.StrideB,
            C = Floats(c.Tensor!), Ldc = s.N, BatchStrideC = s.StrideC, Accumulate = c.Accumulate,
            Epilogue = new Epilogue { Bias = FloatsOrNull(bias) },
        };
        GemmDriver.Multiply(_context, arguments);
    }
}
