using NativeEngine.Core;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Dnn;

/// <summary>One convolution described to the soft cuDNN, with its arrays; everything may be spoiled before a call.</summary>
internal sealed unsafe class DnnRig : IDisposable
{
    public DnnRig(ConvSizes sizes, CudnnFormat format = CudnnFormat.Nhwc, SoftGpuOptions? options = null)
    {
        (Sizes, Format) = (sizes, format);
        Gpu = new SoftDevice(options ?? new SoftGpuOptions { EmulateTf32 = false });
        nint context, handle, x, w, y, conv, bias, act;
        Assert.That(Driver.cuDevicePrimaryCtxRetain(&context, Gpu.Ordinal), Is.EqualTo(CuResult.Success));
        Assert.That(Driver.cuCtxSetCurrent(context), Is.EqualTo(CuResult.Success));
        Ok(Api.cudnnCreate(&handle));
        Ok(Api.cudnnCreateTensorDescriptor(&x));
        Ok(Api.cudnnCreateFilterDescriptor(&w));
        Ok(Api.cudnnCreateTensorDescriptor(&y));
        Ok(Api.cudnnCreateTensorDescriptor(&bias));
        Ok(Api.cudnnCreateConvolutionDescriptor(&conv));
        Ok(Api.cudnnCreateActivationDescriptor(&act));
        (Handle, X, W, Y, Conv, BiasDesc, Activation) = (handle, x, w, y, conv, bias, act);
        var s = sizes;
        Ok(Api.cudnnSetTensor4dDescriptor(x, format, CudnnType.Float, s.N, s.C, s.H, s.W));
        Ok(Api.cudnnSetFilter4dDescriptor(w, CudnnType.Float, format, s.K, s.C / s.Groups, s.R, s.S));
        Ok(Api.cudnnSetTensor4dDescriptor(y, format, CudnnType.Float, s.N, s.K, s.P, s.Q));
        Ok(Api.cudnnSetTensor4dDescriptor(bias, format, CudnnType.Float, 1, s.K, 1, 1));
        Ok(Api.cudnnSetConvolution2dDescriptor(conv, s.PadH, s.PadW, s.StrideH, s.StrideW, s.DilationH, s.DilationW, CudnnConvolutionMode.CrossCorrelation,
            CudnnType.Float));
        Ok(Api.cudnnSetConvolutionGroupCount(conv, s.Groups));
        Ok(Api.cudnnSetActivationDescriptor(act, CudnnActivation.Identity, 0, 0));
        var random = new Random(5);
        PX = Fill(XValues = Values(s.Input.Count));
        PW = Fill(WValues = Values(s.Filter.Count));
        PY = Fill(YValues = Values(s.Output.Count));
        PBias = Fill(BiasValues = Values(s.K));
        Workspace = Fill(new float[1 << 16]);

        float[] Values(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    public ConvSizes Sizes { get; }

    public CudnnFormat Format { get; }

    public SoftDevice Gpu { get; }

    public CudaTables Tables { get; } = SoftDevice.Tables;

    public ref readonly CudaDriverApi Driver => ref Tables.Driver;

    public ref readonly CudnnApi Api => ref Tables.Dnn;

    public nint Handle { get; }

    public nint X { get; set; }

    public nint W { get; set; }

    public nint Y { get; set; }

    public nint BiasDesc { get; set; }

    public nint Conv { get; set; }

    public nint Activation { get; set; }

    public ulong PX { get; set; }

    public ulong PW { get; set; }

    public ulong PY { get; set; }

    public ulong PBias { get; set; }

    public ulong Workspace { get; set; }

    public nuint WorkspaceBytes { get; set; } = 1 << 18;

    public float[] XValues { get; }

    public float[] WValues { get; }

    public float[] YValues { get; }

    public float[] BiasValues { get; }

    public int Algo { get; set; } = 1;

    public static void Ok(int status) => Assert.That(status, Is.Zero);

    public int Forward(float alpha = 1, float beta = 0) =>
        Api.cudnnConvolutionForward(Handle, &alpha, X, PX, W, PW, Conv, Algo, Workspace, WorkspaceBytes, &beta, Y, PY);

    public int BackwardData(float alpha = 1, float beta = 0) =>
        Api.cudnnConvolutionBackwardData(Handle, &alpha, W, PW, Y, PY, Conv, Algo, Workspace, WorkspaceBytes, &beta, X, PX);

    public int BackwardFilter(float alpha = 1, float beta = 0) =>
        Api.cudnnConvolutionBackwardFilter(Handle, &alpha, X, PX, Y, PY, Conv, Algo, Workspace, WorkspaceBytes, &beta, W, PW);

    public int Fused(float alpha2 = 0)
    {
        float one = 1; return Api.cudnnConvolutionBiasActivationForward(Handle, &one, X, PX, W, PW, Conv, Algo, Workspace,
        WorkspaceBytes, &alpha2, Y, PY, BiasDesc, PBias, Activation, Y, PY);
    }

    public float[] Read(ulong address, int count)
    {
        var values = new float[count];
        fixed (float* target = values)
            Assert.That(Driver.cuMemcpyDtoH(target, address, (nuint)(count * sizeof(float))), Is.EqualTo(CuResult.Success));
        return values;
    }

    /// <summary>Element of a packed tensor [a, b, h, w] in this rig's format.</summary>
    public int At((int A, int B, int H, int W) d, int a, int b, int h, int w) =>
        Format == CudnnFormat.Nhwc ? ((a * d.H + h) * d.W + w) * d.B + b : ((a * d.B + b) * d.H + h) * d.W + w;

    public void Dispose()
    {
        Driver.cuCtxSetCurrent(0);
        Gpu.Dispose();
    }

    private ulong Fill(float[] values)
    {
        ulong address;
        Assert.That(Driver.cuMemAlloc(&address, (nuint)(values.Length * sizeof(float))), Is.EqualTo(CuResult.Success));
        fixed (float* source = values)
            Assert.That(Driver.cuMemcpyHtoD(address, source, (nuint)(values.Length * sizeof(float))), Is.EqualTo(CuResult.Success));
        return address;
    }
}
