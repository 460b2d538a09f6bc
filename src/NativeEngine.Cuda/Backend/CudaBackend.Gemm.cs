using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <summary>The libraries' fused calls read a bias 16 bytes at a time, whatever alignment they were told for the matrices.</summary>
    private const ulong BiasAlignment = 16;

    private const int MaxGridZ = 65535;

    /// <inheritdoc/>
    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c)
    {
        if (s.Batch == 0 || s.M == 0 || s.N == 0)
            return;
        ulong pa = Address(a), pb = Address(b), pbias = AddressOrNull(bias), pc = Address(c.Tensor!);
        // Without inner products there is nothing to multiply: the kernel writes zeros plus bias.
        if (_products is null || _productsBanned || s.K == 0 || pbias % BiasAlignment != 0)
        {
            for (int first = 0; first < s.Batch; first += MaxGridZ)
                Launch(GemmKernels.For(s.TransA, s.TransB), GemmKernels.Shape(s.M, s.N, Math.Min(s.Batch - first, MaxGridZ)),
                    new(Matrix(pa, s.StrideA, first), Matrix(pb, s.StrideB, first), pbias, Matrix(pc, (long)s.M * s.N, first),
                        new(s.M, s.N, s.K, s.StrideA, s.StrideB), c.Accumulate ? 1 : 0));
            return;
        }
        MakeCurrent();
        if (!_products.IsPlanned(s, pbias != 0, c.Accumulate, BlasProducts.Alignment(pa, pb, pc)))
            BreakCapture($"a product of new sizes {s} must be planned first", once: true);
        _products.Multiply(s, pa, pb, pbias, pc, c.Accumulate);
    }

    /// <summary>Address of matrix <paramref name="index"/> of a batch.</summary>
    private static ulong Matrix(ulong first, long stride, int index) => first + (ulong)(stride * index) * sizeof(float);
}
