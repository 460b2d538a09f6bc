using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Dnn;

/// <summary>The three passes of a convolution.</summary>
internal enum DnnPass
{
    Forward,
    BackwardData,
    BackwardFilter,
}

/// <summary>Which algorithms the vendor's library takes for a problem, what they need, and whether they repeat their bits.</summary>
internal static class DnnAlgorithms
{
    private const int FftLimit = 256;

    /// <summary>Number of algorithms of a pass.</summary>
    public static int Count(DnnPass pass) => pass switch { DnnPass.Forward => 8, DnnPass.BackwardData => 6, _ => 7 };

    /// <summary>Why <paramref name="algo"/> refuses the problem, or null when it takes it.</summary>
    public static string? Refuses(DnnPass pass, int algo, in ConvSizes s, CudnnFormat format)
    {
        var kind = KindOf(pass, algo);
        if (kind == Kind.Unknown)
            return $"algorithm {algo} is unknown for {pass}";
        if (kind == Kind.Direct)
            return "the direct algorithm is not implemented";
        if (format == CudnnFormat.Nhwc && kind is not (Kind.Implicit or Kind.ImplicitPrecomputed))
            return $"algorithm {algo} does not take channels-last float tensors";
        bool plain = s.StrideH == 1 && s.StrideW == 1 && s.DilationH == 1 && s.DilationW == 1;
        return kind switch
        {
            Kind.Gemm when s.DilationH != 1 || s.DilationW != 1 => $"algorithm {algo} takes no dilation",
            Kind.Fft when !plain || s.H + 2 * s.PadH > FftLimit || s.W + 2 * s.PadW > FftLimit =>
                $"algorithm {algo} takes stride 1, dilation 1 and images up to {FftLimit}",
            Kind.FftTiling when !plain || s.R > 32 || s.S > 32 => $"algorithm {algo} takes stride 1, dilation 1 and windows up to 32",
            Kind.Winograd when !plain || s.R != 3 || s.S != 3 => $"algorithm {algo} takes 3x3 windows, stride 1, dilation 1",
            Kind.WinogradNonfused when !plain || s.R != s.S || s.R is not (3 or 5) => $"algorithm {algo} takes 3x3 or 5x5 windows, stride 1, dilation 1",
            _ => null,
        };
    }

    /// <summary>The kinds of arithmetic an algorithm is listed with: on tensor cores apart, where it has them and the description allows them or the list is an
    /// estimate.</summary>
    public static IEnumerable<CudnnMath> Arithmetics(DnnPass pass, int algo, CudnnMath described, bool measured)
    {
        if (KindOf(pass, algo) == Kind.ImplicitPrecomputed && (described != CudnnMath.Fma || !measured))
            yield return CudnnMath.TensorOp;
        yield return described == CudnnMath.Fma ? CudnnMath.Fma : CudnnMath.Default;
    }

    /// <summary>Bytes of workspace. On tensor cores it is another kernel with another workspace.</summary>
    public static long Workspace(DnnPass pass, int algo, in ConvSizes s, CudnnMath math)
    {
        if (math == CudnnMath.TensorOp && KindOf(pass, algo) == Kind.ImplicitPrecomputed)
            return Workspace(pass, algo, s, CudnnMath.Default) / 2;
        long columns = (long)s.C * s.R * s.S, filter = columns / s.Groups * s.K, pixels = (long)s.N * s.P * s.Q;
        return KindOf(pass, algo) switch
        {
            Kind.Implicit => 0,
            Kind.ImplicitPrecomputed => sizeof(float) * (pass == DnnPass.BackwardFilter ? 2 * filter : Math.Max(256, columns)),
            Kind.Gemm => sizeof(float) * columns * s.P * s.Q,
            Kind.Fft or Kind.FftTiling => 2 * sizeof(float) * (filter + pixels * s.K),
            _ => 4 * sizeof(float) * filter,
        };
    }

    /// <summary>False for the algorithms that add with atomics.</summary>
    public static bool IsDeterministic(DnnPass pass, int algo) => pass switch
    {
        DnnPass.BackwardData => algo != (int)CudnnBackwardDataAlgo.Algo0,
        DnnPass.BackwardFilter => algo is not ((int)CudnnBackwardFilterAlgo.Algo0 or (int)CudnnBackwardFilterAlgo.Algo3),
        _ => true,
    };

    /// <summary>Milliseconds the algorithm is said to take: a fixed order, so that every run chooses alike. Algorithms with atomics are the fastest, as on
    /// hardware.</summary>
    public static float Milliseconds(DnnPass pass, int algo, in ConvSizes s, CudnnMath math) =>
        (float)(s.Macs * (math == CudnnMath.TensorOp ? 0.9e-9 : 1e-9) * (IsDeterministic(pass, algo) ? KindOf(pass, algo) == Kind.ImplicitPrecomputed ? 1.0
            : 1.5 + 0.1 * algo : 0.8));

    private enum Kind
    {
        Unknown,
        Implicit,
        ImplicitPrecomputed,
        Gemm,
        Direct,
        Fft,
        FftTiling,
        Winograd,
        WinogradNonfused,
    }

    private static Kind KindOf(DnnPass pass, int algo) => pass switch
    {
        DnnPass.Forward => algo switch
        {
            0 => Kind.Implicit,
            1 => Kind.ImplicitPrecomputed,
            2 => Kind.Gemm,
            3 => Kind.Direct,
            4 => Kind.Fft,
            5 => Kind.FftTiling,
            6 => Kind.Winograd,
            7 => Kind.WinogradNonfused,
            _ => Kind.Unknown,
        },
        DnnPass.BackwardData => algo switch
        {
            0 => Kind.Implicit,
            1 => Kind.ImplicitPrecomputed,
            2 => Kind.Fft,
            3 => Kind.FftTiling,
            4 => Kind.Winograd,
            5 => Kind.WinogradNonfused,
            _ => Kind.Unknown,
        },
        _ => algo switch
        {
            0 => Kind.Implicit,
            1 => Kind.ImplicitPrecomputed,
            2 => Kind.Fft,
            3 => Kind.Implicit,
            4 or 5 => Kind.WinogradNonfused,
            6 => Kind.FftTiling,
            _ => Kind.Unknown,
        },
    };
}
