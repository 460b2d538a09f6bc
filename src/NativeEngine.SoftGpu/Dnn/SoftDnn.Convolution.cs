using System.Runtime.InteropServices;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Dnn;

internal static unsafe partial class SoftDnn
{
    [UnmanagedCallersOnly]
    public static int Forward(nint handle, float* alpha, nint x, ulong px, nint w, ulong pw, nint conv, int algo, ulong workspace, nuint bytes, float* beta,
        nint y, ulong py) =>
        Convolve("cudnnConvolutionForward", DnnPass.Forward, handle, alpha, x, px, w, pw, conv, algo, workspace, bytes, beta, y, py);

    [UnmanagedCallersOnly]
    public static int BackwardData(nint handle, float* alpha, nint w, ulong pw, nint dy, ulong pdy, nint conv, int algo, ulong workspace, nuint bytes,
        float* beta, nint dx, ulong pdx) =>
        Convolve("cudnnConvolutionBackwardData", DnnPass.BackwardData, handle, alpha, dx, pdx, w, pw, conv, algo, workspace, bytes, beta, dy, pdy);

    [UnmanagedCallersOnly]
    public static int BackwardFilter(nint handle, float* alpha, nint x, ulong px, nint dy, ulong pdy, nint conv, int algo, ulong workspace, nuint bytes,
        float* beta, nint dw, ulong pdw) =>
        Convolve("cudnnConvolutionBackwardFilter", DnnPass.BackwardFilter, handle, alpha, x, px, dw, pdw, conv, algo, workspace, bytes, beta, dy, pdy);

    [UnmanagedCallersOnly]
    public static int BackwardBias(nint handle, float* alpha, nint dy, ulong pdy, float* beta, nint db, ulong pdb) =>
        Run("cudnnConvolutionBackwardBias", context =>
    {
        var state = Handle(context, handle);
        var (gradient, bias) = (Tensor(context, dy), Tensor(context, db));
        var (scale, keep) = Scales(alpha, beta);
        if (!gradient.IsSet || !bias.IsSet || bias.Dims != (1, gradient.Dims.C, 1, 1))
            throw new LibraryException(LibraryError.InvalidValue, $"db is {bias.Dims}, dy {gradient.Dims} wants (1, {gradient.Dims.C}, 1, 1)");
        if (gradient.Type != CudnnType.Float || bias.Type != CudnnType.Float || gradient.Format is null)
            throw new LibraryException(LibraryError.NotSupported, "dy must be a packed float tensor");
        LibraryCall.CheckPointer("dy", pdy, sizeof(float));
        LibraryCall.CheckPointer("db", pdb, sizeof(float));
        LibraryCall.CheckOverlap("db", pdb, bias.Count * sizeof(float), "dy", pdy, gradient.Count * sizeof(float));
        Count(context, gradient.Count, gradient.Count * sizeof(float));
        context.Submit(state.Stream, new Work("cudnnConvolutionBackwardBias", WorkKind.Library, scope =>
        {
            float* source = (float*)scope.ReadInitialized(pdy, gradient.Count * sizeof(float), "dy");
            float* old = keep == 0 ? null : (float*)scope.ReadInitialized(pdb, bias.Count * sizeof(float), "db");
            float* target = (float*)scope.WriteInitialized(pdb, bias.Count * sizeof(float), "db");
            var (d, s) = (gradient.Dims, gradient.Strides);
            for (int c = 0; c < d.C; c++)
            {
                double sum = 0;
                for (int n = 0; n < d.N; n++)
                    for (int h = 0; h < d.H; h++)
                        for (int w = 0; w < d.W; w++)
                            sum += source[(long)n * s.N + c * s.C + h * s.H + w * s.W];
                target[c] = scale * (float)sum + (keep == 0 ? 0 : keep * old[c]);
            }
        }));
    });

    [UnmanagedCallersOnly]
    public static int BiasActivationForward(nint handle, float* alpha1, nint x, ulong px, nint w, ulong pw, nint conv, int algo, ulong workspace, nuint bytes,
        float* alpha2,
        nint z, ulong pz, nint bias, ulong pbias, nint activation, nint y, ulong py) => Run("cudnnConvolutionBiasActivationForward", context =>
    {
        var state = Handle(context, handle);
        var problem = Problem(context, x, w, conv, y);
        var (scale, residualScale) = Scales(alpha1, alpha2);
        var mode = LibraryCall.Resolve<DnnActivation>(context, activation, "activation descriptor");
        var biasTensor = Tensor(context, bias);
        if (!mode.IsSet || mode.Mode is not (CudnnActivation.Relu or CudnnActivation.Identity))
            throw new LibraryException(LibraryError.NotSupported, $"activation {mode.Mode}: only ReLU and identity are fused");
        if (mode.Mode == CudnnActivation.Identity && algo != (int)CudnnForwardAlgo.ImplicitPrecompGemm)
            throw new LibraryException(LibraryError.NotSupported, $"identity activation with algorithm {algo}: only algorithm 1 takes it");
        if (!biasTensor.IsSet || biasTensor.Dims != (1, problem.Sizes.K, 1, 1))
            throw new LibraryException(LibraryError.InvalidValue, $"bias is {biasTensor.Dims}, wants (1, {problem.Sizes.K}, 1, 1)");
        if (Tensor(context, z).Dims != Tensor(context, y).Dims)
            throw new LibraryException(LibraryError.InvalidValue, "z and y have different shapes");
        problem.ValidateCall(DnnPass.Forward, algo, px, pw, py, workspace, bytes);
        LibraryCall.CheckPointer("bias", pbias, sizeof(float));
        LibraryCall.CheckPointer("z", pz, sizeof(float));
        Count(context, 2 * problem.Sizes.Macs, problem.Bytes);
        bool relu = mode.Mode == CudnnActivation.Relu;
        context.Submit(state.Stream, new Work("cudnnConvolutionBiasActivationForward", WorkKind.Library, scope =>
        {
            Workspace(scope, DnnPass.Forward, algo, problem, workspace);
            problem.Fused(scope, context.Gpu.Cpu, scale, px, pw, residualScale, pz, pbias, relu, py);
            if (IsWrong(context, DnnPass.Forward, algo))
                problem.Spoil(scope, DnnPass.Forward, px, pw, py);
        })
        { Subject = ("fused", problem.Sizes) });
    });

    private static int Convolve(string call, DnnPass pass, nint handle, float* alpha, nint x, ulong px, nint w, ulong pw, nint conv, int algo,
        ulong workspace, nuint bytes, float* beta, nint y, ulong py) =>
        Run(call, context =>
        {
            var state = Handle(context, handle);
            var problem = Problem(context, x, w, conv, y);
            var (scale, keep) = Scales(alpha, beta);
            problem.ValidateCall(pass, algo, px, pw, py, workspace, bytes);
            Count(context, 2 * problem.Sizes.Macs, problem.Bytes);
            context.Submit(state.Stream, new Work(call, WorkKind.Library, scope =>
            {
                Workspace(scope, pass, algo, problem, workspace);
                switch (pass)
                {
                    case DnnPass.Forward:
                        problem.Forward(scope, context.Gpu.Cpu, scale, px, pw, keep, py);
                        break;
                    case DnnPass.BackwardData:
                        problem.BackwardData(scope, context.Gpu.Cpu, scale, pw, py, keep, px);
                        break;
                    default:
                        problem.BackwardFilter(scope, context.Gpu.Cpu, scale, px, py, keep, pw);
                        break;
                }
                if (IsWrong(context, pass, algo))
                    problem.Spoil(scope, pass, px, pw, py);
            })
            { Subject = (pass, problem.Sizes) });
        });

    /// <summary>The algorithm overwrites its workspace: a workspace shared by unordered streams is a race.</summary>
    private static void Workspace(WorkScope scope, DnnPass pass, int algo, ConvProblem problem, ulong workspace)
    {
        long bytes = DnnAlgorithms.Workspace(pass, algo, problem.Sizes, problem.Math);
        if (bytes > 0)
            ConvProblem.Clobber(scope, workspace, bytes, "workspace");
    }

    private static bool IsWrong(SoftContext context, DnnPass pass, int algo) =>
        context.Gpu.Options.WrongAlgorithms.Any(w => w.Algorithm == algo && (int)w.Pass == (int)pass);

    private static (float Alpha, float Beta) Scales(float* alpha, float* beta) =>
        alpha is null || beta is null ? throw new LibraryException(LibraryError.InvalidValue, "alpha or beta is a null pointer") : (*alpha, *beta);

    private static void Count(SoftContext context, long flops, long bytes) =>
        context.Gpu.Count(c => c with { LibraryCalls = c.LibraryCalls + 1, LibraryFlops = c.LibraryFlops + flops, LibraryBytes = c.LibraryBytes + bytes });
}
