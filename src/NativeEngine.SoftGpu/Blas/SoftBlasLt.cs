using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Blas;

/// <summary>cuBLASLt of the software GPUs, one method per row of <see cref="CublasLtApi"/>: float32 products with bias and ReLU epilogues.</summary>
internal static unsafe class SoftBlasLt
{
    // An algorithm is (Magic, index, problem key, workspace bytes, alignment): the product checks that it fits.
    private const ulong Magic = 0x4e45_4c54;
    private const int DefaultAlignment = 256;
    private const long SplitWorkspace = 1 << 20;

    [UnmanagedCallersOnly]
    public static nuint GetVersion() => SoftBlas.Version;

    [UnmanagedCallersOnly]
    public static CublasStatus Create(nint* handle) => SoftBlas.Run("cublasLtCreate", context => *Required(handle) = context.Track(new LtHandle()));

    [UnmanagedCallersOnly]
    public static CublasStatus Destroy(nint handle) => Drop<LtHandle>("cublasLtDestroy", handle);

    [UnmanagedCallersOnly]
    public static CublasStatus DescCreate(nint* desc, CublasCompute compute, CudaType scale) => SoftBlas.Run("cublasLtMatmulDescCreate", context =>
    {
        SoftBlas.CheckTypes(CudaType.Float32, CudaType.Float32, CudaType.Float32, compute);
        if (scale != CudaType.Float32)
            throw new LibraryException(LibraryError.NotSupported, $"scale type {scale} does not go with {compute}");
        *Required(desc) = context.Track(new LtDesc { Compute = compute });
    });

    [UnmanagedCallersOnly]
    public static CublasStatus DescSet(nint desc, CublasLtDescAttribute attribute, void* value, nuint bytes) =>
        SoftBlas.Run("cublasLtMatmulDescSetAttribute", context =>
    {
        var target = LibraryCall.Resolve<LtDesc>(context, desc, "matmul description");
        switch (attribute)
        {
            case CublasLtDescAttribute.TransA:
                target.TransA = Read<CublasOp>(value, bytes);
                break;
            case CublasLtDescAttribute.TransB:
                target.TransB = Read<CublasOp>(value, bytes);
                break;
            case CublasLtDescAttribute.Epilogue:
                target.Epilogue = Read<CublasLtEpilogue>(value, bytes);
                if (!Enum.IsDefined(target.Epilogue))
                    throw new LibraryException(LibraryError.NotSupported, $"epilogue {(int)target.Epilogue}");
                break;
            case CublasLtDescAttribute.BiasPointer:
                target.Bias = Read<ulong>(value, bytes);
                break;
            default:
                throw new LibraryException(LibraryError.NotSupported, $"description attribute {attribute}");
        }
    });

    [UnmanagedCallersOnly]
    public static CublasStatus DescDestroy(nint desc) => Drop<LtDesc>("cublasLtMatmulDescDestroy", desc);

    [UnmanagedCallersOnly]
    public static CublasStatus LayoutCreate(nint* layout, CudaType type, ulong rows, ulong cols, long ld) =>
        SoftBlas.Run("cublasLtMatrixLayoutCreate", context =>
        *Required(layout) = context.Track(new LtLayout { Type = type, Rows = checked((int)rows), Cols = checked((int)cols), Ld = ld }));

    [UnmanagedCallersOnly]
    public static CublasStatus LayoutSet(nint layout, CublasLtLayoutAttribute attribute, void* value, nuint bytes) =>
        SoftBlas.Run("cublasLtMatrixLayoutSetAttribute", context =>
    {
        var target = LibraryCall.Resolve<LtLayout>(context, layout, "matrix layout");
        switch (attribute)
        {
            case CublasLtLayoutAttribute.BatchCount:
                target.Batch = Read<int>(value, bytes);
                break;
            case CublasLtLayoutAttribute.StridedBatchOffset:
                target.Stride = Read<long>(value, bytes);
                break;
            case CublasLtLayoutAttribute.LeadingDimension:
                target.Ld = Read<long>(value, bytes);
                break;
            default:
                throw new LibraryException(LibraryError.NotSupported, $"layout attribute {attribute}");
        }
    });

    [UnmanagedCallersOnly]
    public static CublasStatus LayoutDestroy(nint layout) => Drop<LtLayout>("cublasLtMatrixLayoutDestroy", layout);

    [UnmanagedCallersOnly]
    public static CublasStatus PreferenceCreate(nint* preference) =>
        SoftBlas.Run("cublasLtMatmulPreferenceCreate", context => *Required(preference) = context.Track(new LtPreference()));

    [UnmanagedCallersOnly]
    public static CublasStatus PreferenceSet(nint preference, CublasLtPreferenceAttribute attribute, void* value, nuint bytes) =>
        SoftBlas.Run("cublasLtMatmulPreferenceSetAttribute", context =>
    {
        var target = LibraryCall.Resolve<LtPreference>(context, preference, "matmul preference");
        switch (attribute)
        {
            case CublasLtPreferenceAttribute.MaxWorkspaceBytes:
                target.Workspace = Read<nuint>(value, bytes);
                break;
            case CublasLtPreferenceAttribute.MinAlignmentA or CublasLtPreferenceAttribute.MinAlignmentB or CublasLtPreferenceAttribute.MinAlignmentC
                or CublasLtPreferenceAttribute.MinAlignmentD:
                target.Alignment = Math.Min(target.Alignment, (int)Read<uint>(value, bytes));
                break;
            default:
                throw new LibraryException(LibraryError.NotSupported, $"preference attribute {attribute}");
        }
    });

    [UnmanagedCallersOnly]
    public static CublasStatus PreferenceDestroy(nint preference) => Drop<LtPreference>("cublasLtMatmulPreferenceDestroy", preference);

    [UnmanagedCallersOnly]
    public static CublasStatus GetHeuristic(nint handle, nint desc, nint a, nint b, nint c, nint d, nint preference, int want,
        CublasLtHeuristicResult* results, int* found) =>
        SoftBlas.Run("cublasLtMatmulAlgoGetHeuristic", context =>
        {
            LibraryCall.Resolve<LtHandle>(context, handle, "cuBLASLt handle");
            var limits = LibraryCall.Resolve<LtPreference>(context, preference, "matmul preference");
            if (want < 1 || results is null || found is null)
                throw new LibraryException(LibraryError.InvalidValue, $"{want} results wanted");
            var problem = Problem(context, desc, a, b, c, d, 0, 0, 0, 0);
            // A long sum is split over blocks that meet in the workspace; a short one needs none.
            int count = 0;
            if (problem.K >= 1024 && limits.Workspace >= SplitWorkspace)
                results[count++] = Result(problem, 1, SplitWorkspace, limits.Alignment);
            if (count < want)
                results[count++] = Result(problem, 0, 0, limits.Alignment);
            *found = count;
        });

    [UnmanagedCallersOnly]
    public static CublasStatus Matmul(nint handle, nint desc, void* alpha, ulong a, nint layoutA, ulong b, nint layoutB, void* beta, ulong c, nint layoutC,
        ulong d, nint layoutD,
        CublasLtAlgo* algo, ulong workspace, nuint workspaceBytes, nint stream) => SoftBlas.Run("cublasLtMatmul", context =>
    {
        LibraryCall.Resolve<LtHandle>(context, handle, "cuBLASLt handle");
        if (alpha is null || beta is null)
            throw new LibraryException(LibraryError.InvalidValue, "alpha or beta is a null pointer");
        float hostAlpha = *(float*)alpha, hostBeta = *(float*)beta;
        var problem = Problem(context, desc, layoutA, layoutB, layoutC, layoutD, a, b, c, d);
        problem.Validate(readsC: hostBeta != 0);
        if (algo is not null)
            CheckAlgo(*algo, problem, workspace, workspaceBytes);
        SoftBlas.Submit(context, context.Stream(stream), "cublasLtMatmul", problem, _ => (hostAlpha, hostBeta));
    });

    private static GemmProblem Problem(SoftContext context, nint desc, nint layoutA, nint layoutB, nint layoutC, nint layoutD, ulong a, ulong b, ulong c,
        ulong d)
    {
        var what = LibraryCall.Resolve<LtDesc>(context, desc, "matmul description");
        var (la, lb, lc, ld) = (Layout(context, layoutA), Layout(context, layoutB), Layout(context, layoutC), Layout(context, layoutD));
        SoftBlas.CheckTypes(la.Type, lb.Type, ld.Type, what.Compute);
        int m = ld.Rows, n = ld.Cols, k = what.TransA == CublasOp.None ? la.Cols : la.Rows;
        var (storedA, storedB) = (what.TransA == CublasOp.None ? (m, k) : (k, m), what.TransB == CublasOp.None ? (k, n) : (n, k));
        if ((la.Rows, la.Cols) != storedA || (lb.Rows, lb.Cols) != storedB || (lc.Rows, lc.Cols) != (m, n))
            throw new LibraryException(LibraryError.InvalidValue,
                $"layouts A [{la.Rows}, {la.Cols}], B [{lb.Rows}, {lb.Cols}], C [{lc.Rows}, {lc.Cols}], D [{m}, {n}] do not form a product with "
                    + $"{what.TransA}, {what.TransB}");
        if (la.Batch != ld.Batch || lb.Batch != ld.Batch || lc.Batch != ld.Batch)
            throw new LibraryException(LibraryError.InvalidValue, "the layouts have different batch counts");
        bool hasBias = what.Epilogue is CublasLtEpilogue.Bias or CublasLtEpilogue.ReluBias;
        if (hasBias && d != 0)
            LibraryCall.CheckPointer("bias", what.Bias, 16); // epilogues read four floats at a time on some GPUs
        return new GemmProblem(what.TransA, what.TransB, m, n, k)
        {
            A = new(a, la.Ld, la.Stride),
            B = new(b, lb.Ld, lb.Stride),
            C = new(c, lc.Ld, lc.Stride),
            D = new(d, ld.Ld, ld.Stride),
            Batch = ld.Batch,
            Bias = hasBias ? what.Bias : 0,
            Relu = what.Epilogue is CublasLtEpilogue.Relu or CublasLtEpilogue.ReluBias,
            Round = SoftBlas.RoundingOf(context, CublasMath.Default, what.Compute),
        };
    }

    private static CublasLtHeuristicResult Result(GemmProblem problem, uint index, long workspace, int alignment)
    {
        var result = new CublasLtHeuristicResult { WorkspaceBytes = (nuint)workspace, Waves = 1 };
        (result.Algo.Data[0], result.Algo.Data[1], result.Algo.Data[2], result.Algo.Data[3], result.Algo.Data[4]) =
            (Magic, index, Key(problem), (ulong)workspace, (ulong)alignment);
        return result;
    }

    private static void CheckAlgo(in CublasLtAlgo algo, GemmProblem problem, ulong workspace, nuint bytes)
    {
        if (algo.Data[0] != Magic || algo.Data[2] != Key(problem))
            throw new LibraryException(LibraryError.InvalidValue, "the algorithm was found for another problem");
        if (bytes < algo.Data[3])
            throw new LibraryException(LibraryError.InvalidValue, $"workspace of {bytes} bytes, the algorithm needs {algo.Data[3]}");
        if (algo.Data[3] > 0)
            LibraryCall.CheckPointer("workspace", workspace, 16);
        ulong alignment = algo.Data[4];
        foreach (var (name, address) in new[] { ("A", problem.A.Address), ("B", problem.B.Address), ("D", problem.D.Address) })
            if (address % alignment != 0)
                throw new LibraryException(LibraryError.NotSupported,
                    $"{name} at 0x{address:x} is not aligned to the {alignment} bytes the algorithm was asked for");
    }

    private static ulong Key(GemmProblem p) =>
        (ulong)(uint)p.M << 40 ^ (ulong)(uint)p.N << 20 ^ (uint)p.K ^ (ulong)p.OpA << 62 ^ (ulong)p.OpB << 60 ^ (ulong)p.Batch << 50;

    private static LtLayout Layout(SoftContext context, nint handle) => LibraryCall.Resolve<LtLayout>(context, handle, "matrix layout");

    private static T* Required<T>(T* pointer)
        where T : unmanaged => pointer is null ? throw new LibraryException(LibraryError.InvalidValue, "a null pointer") : pointer;

    private static T Read<T>(void* value, nuint bytes) where T : unmanaged =>
        value is not null && bytes == (nuint)sizeof(T) ? *(T*)value
            : throw new LibraryException(LibraryError.InvalidValue, $"an attribute of {bytes} bytes, {sizeof(T)} expected");

    private static CublasStatus Drop<T>(string call, nint handle) where T : class => SoftBlas.Run(call, context =>
    {
        LibraryCall.Resolve<T>(context, handle, typeof(T).Name);
        context.Drop(handle);
    });

    private sealed class LtHandle;

    private sealed class LtDesc
    {
        public CublasCompute Compute { get; init; }

        public CublasOp TransA { get; set; }

        public CublasOp TransB { get; set; }

        public CublasLtEpilogue Epilogue { get; set; } = CublasLtEpilogue.Default;

        public ulong Bias { get; set; }
    }

    private sealed class LtLayout
    {
        public CudaType Type { get; init; }

        public int Rows { get; init; }

        public int Cols { get; init; }

        public long Ld { get; set; }

        public int Batch { get; set; } = 1;

        public long Stride { get; set; }
    }

    private sealed class LtPreference
    {
        public nuint Workspace { get; set; }

        public int Alignment { get; set; } = DefaultAlignment;
    }
}
