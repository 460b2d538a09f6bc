using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Blas;

/// <summary>cuBLAS of the software GPUs, one method per row of <see cref="CublasApi"/>: float32 in and out, with the vendor's checks.</summary>
internal static unsafe class SoftBlas
{
    public const int Version = 120400;

    [UnmanagedCallersOnly]
    public static CublasStatus Create(nint* handle) => Run("cublasCreate", context =>
    {
        if (handle is null)
            throw new LibraryException(LibraryError.InvalidValue, "a null pointer");
        *handle = context.Track(new SoftBlasHandle(context.Legacy));
    });

    [UnmanagedCallersOnly]
    public static CublasStatus Destroy(nint handle) => Run("cublasDestroy", context =>
    {
        context.FinishAll();
        LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        context.Drop(handle);
    });

    [UnmanagedCallersOnly]
    public static CublasStatus GetVersion(nint handle, int* version) => Run("cublasGetVersion", context =>
    {
        LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        *version = Version;
    });

    [UnmanagedCallersOnly]
    public static CublasStatus GetProperty(int part, int* value)
    {
        if (value is null || part is < 0 or > 2)
            return CublasStatus.InvalidValue;
        *value = part switch { 0 => Version / 10000, 1 => Version / 100 % 100, _ => Version % 100 };
        return CublasStatus.Success;
    }

    [UnmanagedCallersOnly]
    public static CublasStatus SetStream(nint handle, nint stream) => Run("cublasSetStream", context =>
    {
        var target = LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        target.Stream = context.Stream(stream);
        // As in the vendor's library: a new stream takes the workspace away.
        (target.Workspace, target.WorkspaceBytes) = (0, 0);
    });

    [UnmanagedCallersOnly]
    public static CublasStatus SetWorkspace(nint handle, ulong workspace, nuint bytes) => Run("cublasSetWorkspace", context =>
    {
        var target = LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        if (bytes > 0)
            LibraryCall.CheckPointer("workspace", workspace, 256);
        if (bytes > 0 && context.Memory.Find(workspace) is not { } block)
            throw new LibraryException(LibraryError.InvalidValue, $"workspace at 0x{workspace:x} is not in a live allocation");
        (target.Workspace, target.WorkspaceBytes) = (workspace, bytes);
    });

    [UnmanagedCallersOnly]
    public static CublasStatus SetMathMode(nint handle, CublasMath mode) => Run("cublasSetMathMode", context =>
    {
        var target = LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        target.Math = (mode & ~CublasMath.DisallowReducedPrecisionReduction) is CublasMath.Default or CublasMath.Pedantic or CublasMath.Tf32TensorOp
            ? mode : throw new LibraryException(LibraryError.InvalidValue, $"math mode {(int)mode} is unknown");
    });

    [UnmanagedCallersOnly]
    public static CublasStatus SetPointerMode(nint handle, CublasPointerMode mode) => Run("cublasSetPointerMode", context =>
    {
        var target = LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        target.PointerMode = Enum.IsDefined(mode) ? mode : throw new LibraryException(LibraryError.InvalidValue, $"pointer mode {(int)mode} is unknown");
    });

    [UnmanagedCallersOnly]
    public static CublasStatus SetAtomicsMode(nint handle, int mode) => Run("cublasSetAtomicsMode", context =>
    {
        LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
        if (mode is < 0 or > 1)
            throw new LibraryException(LibraryError.InvalidValue, $"atomics mode {mode} is unknown");
    });

    [UnmanagedCallersOnly]
    public static CublasStatus Gemm(nint handle, CublasOp opA, CublasOp opB, int m, int n, int k, void* alpha, ulong a, CudaType typeA, int lda, ulong b,
        CudaType typeB, int ldb,
        void* beta, ulong c, CudaType typeC, int ldc, CublasCompute compute, CublasGemmAlgo algo) =>
        Product("cublasGemmEx", handle, typeA, typeB, typeC, compute, algo, alpha, beta, new GemmProblem(opA, opB, m, n, k)
        {
            A = new(a, lda, 0),
            B = new(b, ldb, 0),
            C = new(c, ldc, 0),
            D = new(c, ldc, 0),
        });

    [UnmanagedCallersOnly]
    public static CublasStatus GemmStridedBatched(nint handle, CublasOp opA, CublasOp opB, int m, int n, int k, void* alpha, ulong a, CudaType typeA, int lda,
        long strideA,
        ulong b, CudaType typeB, int ldb, long strideB, void* beta, ulong c, CudaType typeC, int ldc, long strideC, int batch, CublasCompute compute,
            CublasGemmAlgo algo) =>
        Product("cublasGemmStridedBatchedEx", handle, typeA, typeB, typeC, compute, algo, alpha, beta, new GemmProblem(opA, opB, m, n, k)
        {
            A = new(a, lda, strideA),
            B = new(b, ldb, strideB),
            C = new(c, ldc, strideC),
            D = new(c, ldc, strideC),
            Batch = batch,
        });

    private static CublasStatus Product(string call, nint handle, CudaType typeA, CudaType typeB, CudaType typeC, CublasCompute compute, CublasGemmAlgo algo,
        void* alpha, void* beta, GemmProblem problem) =>
        Run(call, context =>
        {
            var state = LibraryCall.Resolve<SoftBlasHandle>(context, handle, "cuBLAS handle");
            if (alpha is null || beta is null)
                throw new LibraryException(LibraryError.InvalidValue, "alpha or beta is a null pointer");
            if ((int)algo is not (-1 or (>= 0 and <= 23) or (>= 99 and <= 115)))
                throw new LibraryException(LibraryError.InvalidValue, $"algorithm {(int)algo} is unknown");
            CheckTypes(typeA, typeB, typeC, compute);
            bool onDevice = state.PointerMode == CublasPointerMode.Device;
            float hostAlpha = onDevice ? 1 : *(float*)alpha, hostBeta = onDevice ? 1 : *(float*)beta;
            problem.Validate(readsC: onDevice || hostBeta != 0);
            if (state.Stream.Capture is not null && state.WorkspaceBytes == 0)
                context.Gpu.Report("capture-workspace", call, "a captured call without cublasSetWorkspace may allocate inside the graph.");
            var rounded = problem with { Round = RoundingOf(context, state.Math, compute) };
            ulong deviceAlpha = (ulong)alpha, deviceBeta = (ulong)beta;
            Submit(context, state.Stream, call, rounded, scope => onDevice
                ? (*(float*)scope.ReadInitialized(deviceAlpha, sizeof(float), "alpha"), *(float*)scope.ReadInitialized(deviceBeta, sizeof(float), "beta"))
                : (hostAlpha, hostBeta));
        });

    /// <summary>Queues a checked product.</summary>
    internal static void Submit(SoftContext context, SoftStream stream, string call, GemmProblem problem, Func<WorkScope, (float Alpha, float Beta)> scale)
    {
        long bytes = sizeof(float) * ((long)problem.M * problem.K + (long)problem.K * problem.N + (long)problem.M * problem.N) * problem.Batch;
        context.Gpu.Count(c => c with
        {
            LibraryCalls = c.LibraryCalls + 1,
            LibraryFlops = c.LibraryFlops + problem.Flops,
            LibraryBytes = c.LibraryBytes + bytes
        });
        context.Submit(stream, new Work(call, WorkKind.Library, scope =>
        {
            var (alpha, beta) = scale(scope);
            problem.Run(scope, context.Gpu.Cpu, alpha, beta);
        })
        { Subject = (call, problem.OpA, problem.OpB, problem.M, problem.N, problem.K, problem.Batch) });
    }

    internal static Func<float, float>? RoundingOf(SoftContext context, CublasMath math, CublasCompute compute) =>
        !context.Gpu.Options.EmulateTf32 || math == CublasMath.Pedantic || compute == CublasCompute.Float32Pedantic ? null
        : compute == CublasCompute.Float32Fast16BF ? ShortFloat.ToBFloat16
        : compute == CublasCompute.Float32FastTf32 || (math & CublasMath.Tf32TensorOp) == CublasMath.Tf32TensorOp ? ShortFloat.ToTf32
        : null;

    internal static void CheckTypes(CudaType a, CudaType b, CudaType c, CublasCompute compute)
    {
        if (a != CudaType.Float32 || b != CudaType.Float32 || c != CudaType.Float32)
            throw new LibraryException(LibraryError.NotSupported, $"types {a}, {b}, {c}: the software GPU multiplies float32 only");
        if (compute is not (CublasCompute.Float32 or CublasCompute.Float32Pedantic or CublasCompute.Float32FastTf32 or CublasCompute.Float32Fast16BF))
            throw new LibraryException(LibraryError.NotSupported, $"compute type {compute} does not go with float32 matrices");
    }

    internal static CublasStatus Run(string call, Action<SoftContext> body)
    {
        var outcome = LibraryCall.Run(call, body);
        return outcome.Error switch
        {
            null => (CublasStatus)outcome.PlannedStatus,
            LibraryError.NotInitialized => CublasStatus.NotInitialized,
            LibraryError.InvalidValue => CublasStatus.InvalidValue,
            LibraryError.NotSupported => CublasStatus.NotSupported,
            LibraryError.AllocFailed => CublasStatus.AllocFailed,
            LibraryError.ExecutionFailed => CublasStatus.ExecutionFailed,
            _ => CublasStatus.InternalError,
        };
    }
}
