using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>Matrix products through cuBLAS, and through cuBLASLt where a bias is added on the way.</summary>
internal sealed unsafe class BlasProducts : IDisposable
{
    /// <summary>Enough for every algorithm up to Ampere; Hopper's want more.</summary>
    private const int WorkspaceBytes = 4 << 20;
    private const int HopperWorkspaceBytes = 32 << 20;

    private readonly CudaDriver _driver;
    private readonly CudaMemoryPool _pool;
    private readonly nint _stream;
    private readonly nint _handle;
    private readonly nint _ltHandle;
    private readonly CublasCompute _compute;
    private readonly int _workspaceBytes;
    private readonly Dictionary<(GemmSizes Sizes, bool Accumulate, int Alignment), LtPlan> _plans = [];
    private CudaBuffer? _workspace;

    public BlasProducts(CudaDriver driver, nint stream, CudaMemoryPool pool, bool allowTf32, int computeMajor)
    {
        (_driver, _stream, _pool) = (driver, stream, pool);
        _compute = allowTf32 ? CublasCompute.Float32FastTf32 : CublasCompute.Float32;
        _workspaceBytes = computeMajor >= 9 ? HopperWorkspaceBytes : WorkspaceBytes;
        nint handle, lt;
        Check(driver.Tables.Blas.cublasCreate(&handle), "cublasCreate");
        _handle = handle;
        Check(driver.Tables.Blas.cublasSetStream(handle, stream), "cublasSetStream");
        Check(driver.Tables.Blas.cublasSetMathMode(handle, allowTf32 ? CublasMath.Tf32TensorOp : CublasMath.Default), "cublasSetMathMode");
        Check(driver.Tables.BlasLt.cublasLtCreate(&lt), "cublasLtCreate");
        _ltHandle = lt;
    }

    /// <summary>Bytes of the workspace it works with.</summary>
    public long HeldBytes => _workspaceBytes;

    /// <summary>True when every plan for a product is there, so that it can run inside a capture.</summary>
    public bool IsPlanned(in GemmSizes s, bool bias, bool accumulate, int alignment) => _workspace is not null
        && (!bias || _plans.ContainsKey((s, accumulate, alignment)));

    /// <summary>C (+)= op(A) op(B) [+ bias]; addresses of row-major matrices.</summary>
    /// <remarks>Row-major C is column-major C transposed, so cuBLAS is asked for the transposed product with A and B exchanged.</remarks>
    public void Multiply(in GemmSizes s, ulong a, ulong b, ulong bias, ulong c, bool accumulate)
    {
        EnsureWorkspace();
        if (bias != 0)
        {
            MultiplyWithBias(s, a, b, bias, c, accumulate);
            return;
        }
        float alpha = 1, beta = accumulate ? 1 : 0;
        var (opA, opB) = (Op(s.TransA), Op(s.TransB));
        int lda = s.TransA ? s.M : s.K, ldb = s.TransB ? s.K : s.N;
        var result = s.Batch == 1
            ? _driver.Tables.Blas.cublasGemmEx(_handle, opB, opA, s.N, s.M, s.K, &alpha, b, CudaType.Float32, Math.Max(1, ldb), a, CudaType.Float32,
                Math.Max(1, lda),
                &beta, c, CudaType.Float32, s.N, _compute, CublasGemmAlgo.Default)
            : _driver.Tables.Blas.cublasGemmStridedBatchedEx(_handle, opB, opA, s.N, s.M, s.K, &alpha, b, CudaType.Float32, Math.Max(1, ldb), s.StrideB, a,
                CudaType.Float32, Math.Max(1, lda), s.StrideA,
                &beta, c, CudaType.Float32, s.N, s.StrideC, s.Batch, _compute, CublasGemmAlgo.Default);
        Check(result, s.Batch == 1 ? "cublasGemmEx" : "cublasGemmStridedBatchedEx", $"for {s}");
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
            plan.Destroy(_driver);
        _plans.Clear();
        _ = _driver.Tables.BlasLt.cublasLtDestroy(_ltHandle);
        _ = _driver.Tables.Blas.cublasDestroy(_handle);
        if (_workspace is not null)
            _pool.Return(_workspace);
    }

    private static CublasOp Op(bool transposed) => transposed ? CublasOp.Transpose : CublasOp.None;

    /// <summary>With a workspace of its own cuBLAS allocates nothing, so that its calls can be captured and repeat their bits.</summary>
    private void EnsureWorkspace()
    {
        if (_workspace is not null)
            return;
        _workspace = _pool.RentApart(_workspaceBytes);
        Check(_driver.Tables.Blas.cublasSetWorkspace(_handle, _workspace.Address, (nuint)_workspaceBytes), "cublasSetWorkspace");
    }

    private void MultiplyWithBias(in GemmSizes s, ulong a, ulong b, ulong bias, ulong c, bool accumulate)
    {
        int alignment = Alignment(a, b, c);
        if (!_plans.TryGetValue((s, accumulate, alignment), out var plan))
            _plans.Add((s, accumulate, alignment), plan = CreatePlan(s, bias, alignment));
        ref readonly var lt = ref _driver.Tables.BlasLt;
        Check(lt.cublasLtMatmulDescSetAttribute(plan.Desc, CublasLtDescAttribute.BiasPointer, &bias, sizeof(ulong)), "cublasLtMatmulDescSetAttribute");
        float alpha = 1, beta = accumulate ? 1 : 0;
        var algo = plan.Algo;
        Check(lt.cublasLtMatmul(_ltHandle, plan.Desc, &alpha, b, plan.LayoutA, a, plan.LayoutB, &beta, c, plan.LayoutC, c, plan.LayoutC, &algo,
            _workspace!.Address, (nuint)_workspaceBytes, _stream),
            "cublasLtMatmul", $"for {s}");
    }

    private LtPlan CreatePlan(in GemmSizes s, ulong bias, int alignment)
    {
        ref readonly var lt = ref _driver.Tables.BlasLt;
        nint desc, preference;
        Check(lt.cublasLtMatmulDescCreate(&desc, _compute, CudaType.Float32), "cublasLtMatmulDescCreate");
        CublasOp opA = Op(s.TransB), opB = Op(s.TransA);
        var epilogue = CublasLtEpilogue.Bias;
        Check(lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.TransA, &opA, sizeof(int)), "cublasLtMatmulDescSetAttribute");
        Check(lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.TransB, &opB, sizeof(int)), "cublasLtMatmulDescSetAttribute");
        Check(lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.Epilogue, &epilogue, sizeof(int)), "cublasLtMatmulDescSetAttribute");
        Check(lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.BiasPointer, &bias, sizeof(ulong)), "cublasLtMatmulDescSetAttribute");
        var plan = new LtPlan
        {
            Desc = desc,
            LayoutA = s.TransB ? Layout(s.K, s.N, s.Batch, s.StrideB) : Layout(s.N, s.K, s.Batch, s.StrideB),
            LayoutB = s.TransA ? Layout(s.M, s.K, s.Batch, s.StrideA) : Layout(s.K, s.M, s.Batch, s.StrideA),
            LayoutC = Layout(s.N, s.M, s.Batch, s.StrideC),
        };
        Check(lt.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
        nuint workspace = (nuint)_workspaceBytes;
        uint aligned = (uint)alignment;
        Check(lt.cublasLtMatmulPreferenceSetAttribute(preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &workspace, (nuint)sizeof(nuint)),
            "cublasLtMatmulPreferenceSetAttribute");
        for (var which = CublasLtPreferenceAttribute.MinAlignmentA; which <= CublasLtPreferenceAttribute.MinAlignmentD; which++)
            Check(lt.cublasLtMatmulPreferenceSetAttribute(preference, which, &aligned, sizeof(uint)), "cublasLtMatmulPreferenceSetAttribute");
        CublasLtHeuristicResult best;
        int found = 0;
        var status = lt.cublasLtMatmulAlgoGetHeuristic(_ltHandle, desc, plan.LayoutA, plan.LayoutB, plan.LayoutC, plan.LayoutC, preference, 1, &best, &found);
        _ = lt.cublasLtMatmulPreferenceDestroy(preference);
        Check(status, "cublasLtMatmulAlgoGetHeuristic", $"for {s}");
        if (found == 0)
            throw new DeviceException($"device {_driver.Device}: cuBLASLt has no algorithm for {s} with a bias.");
        plan.Algo = best.Algo;
        return plan;
    }

    private nint Layout(int rows, int cols, int batch, long stride)
    {
        nint layout;
        ref readonly var lt = ref _driver.Tables.BlasLt;
        Check(lt.cublasLtMatrixLayoutCreate(&layout, CudaType.Float32, (ulong)rows, (ulong)cols, Math.Max(1, rows)), "cublasLtMatrixLayoutCreate");
        if (batch > 1)
        {
            Check(lt.cublasLtMatrixLayoutSetAttribute(layout, CublasLtLayoutAttribute.BatchCount, &batch, sizeof(int)), "cublasLtMatrixLayoutSetAttribute");
            Check(lt.cublasLtMatrixLayoutSetAttribute(layout, CublasLtLayoutAttribute.StridedBatchOffset, &stride, sizeof(long)),
                "cublasLtMatrixLayoutSetAttribute");
        }
        return layout;
    }

    /// <summary>The largest power of two up to 256 that divides every address: part of the plan's key, because algorithms depend on it.</summary>
    public static int Alignment(params ReadOnlySpan<ulong> addresses)
    {
        ulong all = 256;
        foreach (ulong address in addresses)
            all |= address;
        return 1 << System.Numerics.BitOperations.TrailingZeroCount(all);
    }

    private void Check(CublasStatus status, string call, string? detail = null)
    {
        if (status == CublasStatus.Success)
            return;
        string message = $"device {_driver.Device}: {call} failed with {status} ({(int)status}){(detail is null ? "" : $" {detail}")}.";
        throw status == CublasStatus.AllocFailed ? new DeviceMemoryException(message) : new DeviceException(message);
    }

    private sealed class LtPlan
    {
        public nint Desc { get; init; }

        public nint LayoutA { get; init; }

        public nint LayoutB { get; init; }

        public nint LayoutC { get; init; }

        public CublasLtAlgo Algo { get; set; }

        public void Destroy(CudaDriver driver)
        {
            _ = driver.Tables.BlasLt.cublasLtMatrixLayoutDestroy(LayoutA);
            _ = driver.Tables.BlasLt.cublasLtMatrixLayoutDestroy(LayoutB);
            _ = driver.Tables.BlasLt.cublasLtMatrixLayoutDestroy(LayoutC);
            _ = driver.Tables.BlasLt.cublasLtMatmulDescDestroy(Desc);
        }
    }
}
