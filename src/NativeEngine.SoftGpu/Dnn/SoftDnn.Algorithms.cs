using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Dnn;

internal static unsafe partial class SoftDnn
{
    [UnmanagedCallersOnly]
    public static int GetForwardAlgorithm(nint handle, nint x, nint w, nint conv, nint y, int want, int* got, CudnnAlgoPerf* perf) =>
        Heuristic("cudnnGetConvolutionForwardAlgorithm_v7", DnnPass.Forward, handle, x, w, conv, y, want, got, perf);

    [UnmanagedCallersOnly]
    public static int GetBackwardDataAlgorithm(nint handle, nint w, nint dy, nint conv, nint dx, int want, int* got, CudnnAlgoPerf* perf) =>
        Heuristic("cudnnGetConvolutionBackwardDataAlgorithm_v7", DnnPass.BackwardData, handle, dx, w, conv, dy, want, got, perf);

    [UnmanagedCallersOnly]
    public static int GetBackwardFilterAlgorithm(nint handle, nint x, nint dy, nint conv, nint dw, int want, int* got, CudnnAlgoPerf* perf) =>
        Heuristic("cudnnGetConvolutionBackwardFilterAlgorithm_v7", DnnPass.BackwardFilter, handle, x, dw, conv, dy, want, got, perf);

    [UnmanagedCallersOnly]
    public static int FindForwardAlgorithm(nint handle, nint x, ulong px, nint w, ulong pw, nint conv, nint y, ulong py, int want, int* got,
        CudnnAlgoPerf* perf, ulong workspace, nuint bytes) =>
        Find("cudnnFindConvolutionForwardAlgorithmEx", DnnPass.Forward, handle, x, px, w, pw, conv, y, py, want, got, perf, workspace, bytes);

    [UnmanagedCallersOnly]
    public static int FindBackwardDataAlgorithm(nint handle, nint w, ulong pw, nint dy, ulong pdy, nint conv, nint dx, ulong pdx, int want, int* got,
        CudnnAlgoPerf* perf, ulong workspace, nuint bytes) =>
        Find("cudnnFindConvolutionBackwardDataAlgorithmEx", DnnPass.BackwardData, handle, dx, pdx, w, pw, conv, dy, pdy, want, got, perf, workspace, bytes);

    [UnmanagedCallersOnly]
    public static int FindBackwardFilterAlgorithm(nint handle, nint x, ulong px, nint dy, ulong pdy, nint conv, nint dw, ulong pdw, int want, int* got,
        CudnnAlgoPerf* perf, ulong workspace, nuint bytes) =>
        Find("cudnnFindConvolutionBackwardFilterAlgorithmEx", DnnPass.BackwardFilter, handle, x, px, dw, pdw, conv, dy, pdy, want, got, perf, workspace, bytes);

    [UnmanagedCallersOnly]
    public static int GetForwardWorkspace(nint handle, nint x, nint w, nint conv, nint y, int algo, nuint* bytes) =>
        WorkspaceSize("cudnnGetConvolutionForwardWorkspaceSize", DnnPass.Forward, handle, x, w, conv, y, algo, bytes);

    [UnmanagedCallersOnly]
    public static int GetBackwardDataWorkspace(nint handle, nint w, nint dy, nint conv, nint dx, int algo, nuint* bytes) =>
        WorkspaceSize("cudnnGetConvolutionBackwardDataWorkspaceSize", DnnPass.BackwardData, handle, dx, w, conv, dy, algo, bytes);

    [UnmanagedCallersOnly]
    public static int GetBackwardFilterWorkspace(nint handle, nint x, nint dy, nint conv, nint dw, int algo, nuint* bytes) =>
        WorkspaceSize("cudnnGetConvolutionBackwardFilterWorkspaceSize", DnnPass.BackwardFilter, handle, x, dw, conv, dy, algo, bytes);

    private static ConvProblem Problem(SoftContext context, nint x, nint w, nint conv, nint y) =>
        new(Tensor(context, x), Filter(context, w), Convolution(context, conv), Tensor(context, y));

    private static int Heuristic(string call, DnnPass pass, nint handle, nint x, nint w, nint conv, nint y, int want, int* got, CudnnAlgoPerf* perf) =>
        Run(call, context =>
    {
        Handle(context, handle);
        Fill(pass, Problem(context, x, w, conv, y), want, got, perf, nuint.MaxValue, measured: false);
    });

    private static int Find(string call, DnnPass pass, nint handle, nint x, ulong px, nint w, ulong pw, nint conv, nint y, ulong py, int want, int* got,
        CudnnAlgoPerf* perf, ulong workspace, nuint bytes) =>
        Run(call, context =>
        {
            var state = Handle(context, handle);
            var problem = Problem(context, x, w, conv, y);
            if (state.Stream.Capture is { } capture)
            {
                capture.Invalidated = true;
                throw new LibraryException(LibraryError.ExecutionFailed, "measuring algorithms waits for the device, which a capture cannot record");
            }
            problem.ValidateCall(pass, (int)CudnnForwardAlgo.ImplicitPrecompGemm, px, pw, py, workspace == 0 ? 256 : workspace, nuint.MaxValue);
            if (bytes > 0)
                LibraryCall.CheckPointer("workspace", workspace, 16);
            var (output, count, name) = pass switch
            {
                DnnPass.Forward => (py, Tensor(context, y).Count, "y"),
                DnnPass.BackwardData => (px, Tensor(context, x).Count, "dx"),
                _ => (pw, Filter(context, w).Count, "dw"),
            };
            // Measuring runs every algorithm: the output is lost, and the host waits.
            context.Submit(state.Stream, new Work(call, WorkKind.Library, scope => ConvProblem.Clobber(scope, output, count * sizeof(float), name)));
            context.Gpu.Count(static c => c with { HostSyncs = c.HostSyncs + 1 });
            context.Finish(state.Stream);
            Fill(pass, problem, want, got, perf, bytes, measured: true);
        });

    private static void Fill(DnnPass pass, ConvProblem problem, int want, int* got, CudnnAlgoPerf* perf, nuint workspace, bool measured)
    {
        if (want < 1 || got is null || perf is null)
            throw new LibraryException(LibraryError.InvalidValue, $"{want} algorithms wanted");
        List<CudnnAlgoPerf> found = [];
        foreach (var (algo, math) in Enumerable.Range(0, DnnAlgorithms.Count(pass))
                .SelectMany(a => DnnAlgorithms.Arithmetics(pass, a, problem.Math, measured).Select(m => (a, m))))
        {
            long memory = DnnAlgorithms.Workspace(pass, algo, problem.Sizes, math);
            bool usable = DnnAlgorithms.Refuses(pass, algo, problem.Sizes, problem.Format) is null && (nuint)memory <= workspace;
            found.Add(new CudnnAlgoPerf
            {
                Algo = algo,
                Status = usable ? 0 : CudnnStatus.Encode(CudnnCategory.NotSupported, (nuint)Version),
                Milliseconds = usable && measured ? DnnAlgorithms.Milliseconds(pass, algo, problem.Sizes, math) : -1,
                Memory = usable ? (nuint)memory : 0,
                Determinism = DnnAlgorithms.IsDeterministic(pass, algo) ? 1 : 0,
                MathType = math,
            });
        }
        var sizes = problem.Sizes;
        var sorted = found.OrderBy(p => p.Status != 0).ThenBy(p => DnnAlgorithms.Milliseconds(pass, p.Algo, sizes, p.MathType)).Take(want).ToArray();
        for (int i = 0; i < sorted.Length; i++)
            perf[i] = sorted[i];
        *got = sorted.Length;
    }

    private static int WorkspaceSize(string call, DnnPass pass, nint handle, nint x, nint w, nint conv, nint y, int algo, nuint* bytes) => Run(call, context =>
    {
        Handle(context, handle);
        var problem = Problem(context, x, w, conv, y);
        if (algo < 0 || algo >= DnnAlgorithms.Count(pass))
            throw new LibraryException(LibraryError.InvalidValue, $"algorithm {algo} is unknown for {pass}");
        if (DnnAlgorithms.Refuses(pass, algo, problem.Sizes, problem.Format) is { } reason)
            throw new LibraryException(LibraryError.NotSupported, reason) { IsAnswer = true };
        *Required(bytes) = (nuint)DnnAlgorithms.Workspace(pass, algo, problem.Sizes, problem.Math);
    });
}
