using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Conv;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Dnn;

/// <summary>One checked convolution: what cuDNN's three passes and its fused forward pass have in common.</summary>
internal sealed unsafe class ConvProblem
{
    private readonly DnnTensor _x;
    private readonly DnnFilter _w;
    private readonly DnnTensor _y;

    /// <exception cref="LibraryException">The descriptions do not form a convolution the library takes.</exception>
    public ConvProblem(DnnTensor x, DnnFilter w, DnnConvolution conv, DnnTensor y)
    {
        (_x, _w, _y, Math) = (x, w, y, conv.Math);
        if (!x.IsSet || !w.IsSet || !conv.IsSet || !y.IsSet)
            throw Bad("a descriptor was created but never set");
        if (x.Type != CudnnType.Float || w.Type != CudnnType.Float || y.Type != CudnnType.Float || conv.Compute != CudnnType.Float)
            throw Unsupported($"types x {x.Type}, w {w.Type}, y {y.Type}, compute {conv.Compute}: the software GPU convolves float only");
        if (conv.Mode != CudnnConvolutionMode.CrossCorrelation)
            throw Unsupported("flipped filters (mode 0); deep learning uses cross-correlation (mode 1)");
        if (conv.Groups < 1 || x.Dims.C != w.Dims.C * conv.Groups || w.Dims.K % conv.Groups != 0)
            throw Bad($"x has {x.Dims.C} channels, w [{w.Dims.K}, {w.Dims.C}, {w.Dims.R}, {w.Dims.S}] with {conv.Groups} groups takes "
                + $"{w.Dims.C * conv.Groups}");
        try
        {
            Sizes = ConvSizes.Create([x.Dims.N, x.Dims.C, x.Dims.H, x.Dims.W], [w.Dims.K, w.Dims.C, w.Dims.R, w.Dims.S], conv.Stride, conv.Pad, conv.Dilation,
                conv.Groups);
        }
        catch (ShapeException e)
        {
            throw Bad(e.Message);
        }
        var expected = (Sizes.N, Sizes.K, Sizes.P, Sizes.Q);
        if (y.Dims != expected)
            throw Bad($"y is {y.Dims}, the convolution gives {expected}");
        Format = w.Format;
        if (!x.Is(Format) || !y.Is(Format))
            throw Unsupported($"x, w and y must be packed in one layout: w is {Format}, x {x.Format?.ToString() ?? "strided"}, y "
                + $"{y.Format?.ToString() ?? "strided"}");
    }

    public ConvSizes Sizes { get; }

    public CudnnFormat Format { get; }

    /// <summary>The arithmetic of the description.</summary>
    public CudnnMath Math { get; }

    public long Bytes => sizeof(float) * (_x.Count + _w.Count + _y.Count);

    private long XBytes => sizeof(float) * _x.Count;

    private long WBytes => sizeof(float) * _w.Count;

    private long YBytes => sizeof(float) * _y.Count;

    /// <summary>Checks pointers, overlap, algorithm and workspace of one pass.</summary>
    public void ValidateCall(DnnPass pass, int algo, ulong x, ulong w, ulong y, ulong workspace, nuint workspaceBytes)
    {
        LibraryCall.CheckPointer("x", x, sizeof(float));
        LibraryCall.CheckPointer("w", w, sizeof(float));
        LibraryCall.CheckPointer("y", y, sizeof(float));
        var (output, outputBytes, name) =
            pass switch { DnnPass.Forward => (y, YBytes, "y"), DnnPass.BackwardData => (x, XBytes, "dx"), _ => (w, WBytes, "dw") };
        foreach (var (other, bytes, what) in new[] { (x, XBytes, "x"), (w, WBytes, "w"), (y, YBytes, "y") })
            if (what[0] != name[^1])
                LibraryCall.CheckOverlap(name, output, outputBytes, what, other, bytes);
        if (DnnAlgorithms.Refuses(pass, algo, Sizes, Format) is { } reason)
            throw Unsupported(reason);
        long needed = DnnAlgorithms.Workspace(pass, algo, Sizes, Math);
        if (needed == 0)
            return;
        if (workspaceBytes < (nuint)needed)
            throw Bad($"workspace of {workspaceBytes} bytes, algorithm {algo} needs {needed}");
        LibraryCall.CheckPointer("workspace", workspace, 16);
        LibraryCall.CheckOverlap(name, output, outputBytes, "the workspace", workspace, needed);
    }

    /// <summary>y = alpha * conv(x, w) + beta * y.</summary>
    public void Forward(WorkScope scope, CpuContext cpu, float alpha, ulong x, ulong w, float beta, ulong y)
    {
        using var input = new Image(scope, x, _x.Count, Format, (Sizes.N, Sizes.C, Sizes.H, Sizes.W), "x", Round);
        using var filter = new Image(scope, w, _w.Count, Format, (Sizes.K, Sizes.C / Sizes.Groups, Sizes.R, Sizes.S), "w", Round);
        using var result = new HostScratch(_y.Count);
        ConvDriver.Forward(cpu, Sizes, input.Pointer, filter.Pointer, result.Pointer, default);
        Blend(scope, result.Pointer, (Sizes.N, Sizes.K, Sizes.P, Sizes.Q), alpha, beta, y, "y");
    }

    /// <summary>dx = alpha * gradient + beta * dx.</summary>
    public void BackwardData(WorkScope scope, CpuContext cpu, float alpha, ulong w, ulong dy, float beta, ulong dx)
    {
        using var filter = new Image(scope, w, _w.Count, Format, (Sizes.K, Sizes.C / Sizes.Groups, Sizes.R, Sizes.S), "w", Round);
        using var gradient = new Image(scope, dy, _y.Count, Format, (Sizes.N, Sizes.K, Sizes.P, Sizes.Q), "dy", Round);
        using var result = new HostScratch(_x.Count);
        ConvDriver.BackwardData(cpu, Sizes, filter.Pointer, gradient.Pointer, result.Pointer, accumulate: false);
        Blend(scope, result.Pointer, (Sizes.N, Sizes.C, Sizes.H, Sizes.W), alpha, beta, dx, "dx");
    }

    /// <summary>dw = alpha * gradient + beta * dw.</summary>
    public void BackwardFilter(WorkScope scope, CpuContext cpu, float alpha, ulong x, ulong dy, float beta, ulong dw)
    {
        using var input = new Image(scope, x, _x.Count, Format, (Sizes.N, Sizes.C, Sizes.H, Sizes.W), "x", Round);
        using var gradient = new Image(scope, dy, _y.Count, Format, (Sizes.N, Sizes.K, Sizes.P, Sizes.Q), "dy", Round);
        using var result = new HostScratch(_w.Count);
        ConvDriver.BackwardFilter(cpu, Sizes, input.Pointer, gradient.Pointer, result.Pointer, accumulate: false);
        Blend(scope, result.Pointer, (Sizes.K, Sizes.C / Sizes.Groups, Sizes.R, Sizes.S), alpha, beta, dw, "dw");
    }

    /// <summary>y = act(alpha1 * conv(x, w) + alpha2 * z + bias).</summary>
    public void Fused(WorkScope scope, CpuContext cpu, float alpha1, ulong x, ulong w, float alpha2, ulong z, ulong bias, bool relu, ulong y)
    {
        using var input = new Image(scope, x, _x.Count, Format, (Sizes.N, Sizes.C, Sizes.H, Sizes.W), "x", Round);
        using var filter = new Image(scope, w, _w.Count, Format, (Sizes.K, Sizes.C / Sizes.Groups, Sizes.R, Sizes.S), "w", Round);
        using var result = new HostScratch(_y.Count);
        ConvDriver.Forward(cpu, Sizes, input.Pointer, filter.Pointer, result.Pointer, default);
        float* b = (float*)scope.ReadInitialized(bias, (long)Sizes.K * sizeof(float), "bias");
        var dims = (Sizes.N, Sizes.K, Sizes.P, Sizes.Q);
        using var residual = new HostScratch(alpha2 == 0 ? 0 : _y.Count);
        if (alpha2 != 0)
            Reorder((float*)scope.ReadInitialized(z, YBytes, "z"), Format, residual.Pointer, CudnnFormat.Nhwc, dims);
        for (long i = 0; i < _y.Count; i++)
        {
            float value = alpha1 * result.Pointer[i] + b[i % Sizes.K];
            if (alpha2 != 0)
                value += alpha2 * residual.Pointer[i];
            result.Pointer[i] = relu && value < 0 ? 0 : value;
        }
        Blend(scope, result.Pointer, dims, 1, 0, y, "y");
    }

    /// <summary>A planned error: every seventh element of the output is a twentieth off.</summary>
    public void Spoil(WorkScope scope, DnnPass pass, ulong x, ulong w, ulong y)
    {
        var (address, count) = pass switch { DnnPass.Forward => (y, _y.Count), DnnPass.BackwardData => (x, _x.Count), _ => (w, _w.Count) };
        float* target = (float*)scope.WriteInitialized(address, count * sizeof(float), "output");
        for (long i = 0; i < count; i += 7)
            target[i] *= 1.05f;
    }

    /// <summary>What an autotuner leaves in the output: not the result.</summary>
    public static void Clobber(WorkScope scope, ulong address, long bytes, string name) =>
        new Span<byte>(scope.WriteInitialized(address, bytes, name), checked((int)bytes)).Fill(0xff);

    private float Round(float value) => Math == CudnnMath.Fma ? value : ShortFloat.ToTf32(value);

    private void Blend(WorkScope scope, float* result, (int A, int B, int H, int W) dims, float alpha, float beta, ulong address, string name)
    {
        long count = (long)dims.A * dims.B * dims.H * dims.W;
        float* old = beta == 0 ? null : (float*)scope.ReadInitialized(address, count * sizeof(float), name);
        float* target = (float*)scope.WriteInitialized(address, count * sizeof(float), name);
        using var ordered = new HostScratch(Format == CudnnFormat.Nhwc ? 0 : count);
        if (Format != CudnnFormat.Nhwc)
        {
            Reorder(result, CudnnFormat.Nhwc, ordered.Pointer, Format, dims);
            result = ordered.Pointer;
        }
        for (long i = 0; i < count; i++)
            target[i] = alpha * result[i] + (beta == 0 ? 0 : beta * old[i]);
    }

    private static void Reorder(float* source, CudnnFormat from, float* target, CudnnFormat to, (int A, int B, int H, int W) d)
    {
        var (s, t) = (DnnTensor.Packed(from, d), DnnTensor.Packed(to, d));
        for (int a = 0; a < d.A; a++)
            for (int b = 0; b < d.B; b++)
                for (int h = 0; h < d.H; h++)
                    for (int w = 0; w < d.W; w++)
                        target[(long)a * t.N + b * t.C + h * t.H + w * t.W] = source[(long)a * s.N + b * s.C + h * s.H + w * s.W];
    }

    private static LibraryException Bad(string message) => new(LibraryError.InvalidValue, message);

    private static LibraryException Unsupported(string message) => new(LibraryError.NotSupported, message);

    /// <summary>An operand as the CPU kernels read it: channels-last, rounded where tensor cores would.</summary>
    private readonly struct Image : IDisposable
    {
        private readonly HostScratch? _copy;

        public Image(WorkScope scope, ulong address, long count, CudnnFormat format, (int A, int B, int H, int W) dims, string name, Func<float, float> round)
        {
            Pointer = (float*)scope.ReadInitialized(address, count * sizeof(float), name);
            bool rounds = scope.Context.Gpu.Options.EmulateTf32;
            if (format == CudnnFormat.Nhwc && !rounds)
                return;
            var copy = new HostScratch(count);
            if (format == CudnnFormat.Nhwc)
                Buffer.MemoryCopy(Pointer, copy.Pointer, count * sizeof(float), count * sizeof(float));
            else
                Reorder(Pointer, format, copy.Pointer, CudnnFormat.Nhwc, dims);
            if (rounds)
                for (long i = 0; i < count; i++)
                    copy.Pointer[i] = round(copy.Pointer[i]);
            _copy = copy;
            Pointer = copy.Pointer;
        }

        public float* Pointer { get; }

        public void Dispose() => _copy?.Dispose();
    }
}
