using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Blas;

/// <summary>A software GPU with cuBLAS handles and float arrays in device memory.</summary>
internal sealed unsafe class BlasRig : IDisposable
{
    private readonly nint _context;

    public BlasRig(SoftGpuOptions? options = null)
    {
        Gpu = new SoftDevice(options ?? new SoftGpuOptions());
        nint context, handle, lt;
        Assert.That(Driver.cuDevicePrimaryCtxRetain(&context, Gpu.Ordinal), Is.EqualTo(CuResult.Success));
        Assert.That(Driver.cuCtxSetCurrent(context), Is.EqualTo(CuResult.Success));
        Assert.That(Blas.cublasCreate(&handle), Is.EqualTo(CublasStatus.Success));
        Assert.That(Lt.cublasLtCreate(&lt), Is.EqualTo(CublasStatus.Success));
        (_context, Handle, LtHandle) = (context, handle, lt);
    }

    public SoftDevice Gpu { get; }

    public CudaTables Tables { get; } = SoftDevice.Tables;

    public ref readonly CudaDriverApi Driver => ref Tables.Driver;

    public ref readonly CublasApi Blas => ref Tables.Blas;

    public ref readonly CublasLtApi Lt => ref Tables.BlasLt;

    public nint Handle { get; }

    public nint LtHandle { get; }

    public ulong Array(params float[] values)
    {
        ulong address;
        Assert.That(Driver.cuMemAlloc(&address, (nuint)(values.Length * sizeof(float))), Is.EqualTo(CuResult.Success));
        fixed (float* source = values)
            Assert.That(Driver.cuMemcpyHtoD(address, source, (nuint)(values.Length * sizeof(float))), Is.EqualTo(CuResult.Success));
        return address;
    }

    public float[] Read(ulong address, int count)
    {
        var values = new float[count];
        fixed (float* target = values)
            Assert.That(Driver.cuMemcpyDtoH(target, address, (nuint)(count * sizeof(float))), Is.EqualTo(CuResult.Success));
        return values;
    }

    public CublasStatus Gemm(ulong a, ulong b, ulong c, int m = 2, int n = 2, int k = 2, int? lda = null, int? ldb = null, int? ldc = null,
        CublasOp opA = CublasOp.None, CublasOp opB = CublasOp.None,
        float alpha = 1, float beta = 0, CudaType type = CudaType.Float32, CublasCompute compute = CublasCompute.Float32, int algo = -1) =>
        Blas.cublasGemmEx(Handle, opA, opB, m, n, k, &alpha, a, type, lda ?? m, b, type, ldb ?? k, &beta, c, type, ldc ?? m, compute, (CublasGemmAlgo)algo);

    public void Dispose()
    {
        Driver.cuCtxSetCurrent(0);
        Gpu.Dispose();
    }
}
