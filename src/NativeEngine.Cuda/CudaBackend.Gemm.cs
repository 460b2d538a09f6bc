using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c)
    {
        if (s.Batch == 0 || s.M == 0 || s.N == 0)
            return;
        ulong pa = Address(a), pb = Address(b), pbias = AddressOrNull(bias), pc = Address(c.Tensor!);
        // Without inner products there is nothing to multiply: the kernel writes zeros plus bias.
        if (_products is null || _productsBanned || s.K == 0)
        {
            Launch(GemmKernels.For(s.TransA, s.TransB), GemmKernels.Shape(s.M, s.N, s.Batch),
                new(pa, pb, pbias, pc, new(s.M, s.N, s.K, s.StrideA, s.StrideB), c.Accumulate ? 1 : 0));
            return;
        }
        MakeCurrent();
        if (!_products.IsPlanned(s, pbias != 0, c.Accumulate, BlasProducts.Alignment(pa, pb, pc)))
            BreakCapture($"a product of new sizes {s} must be planned first", once: true);
        _products.Multiply(s, pa, pb, pbias, pc, c.Accumulate);
    }
}
