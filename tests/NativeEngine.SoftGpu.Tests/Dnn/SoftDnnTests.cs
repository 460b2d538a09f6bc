using NativeEngine.Core;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Dnn;

[TestFixture]
public unsafe class SoftDnnTests
{
    private static readonly ConvSizes Plain = ConvSizes.Create([2, 4, 7, 6], [6, 4, 3, 3], (1, 1), (1, 1), (1, 1), 1);
    private static readonly ConvSizes Grouped = ConvSizes.Create([2, 4, 7, 6], [6, 2, 3, 2], (2, 1), (1, 2), (1, 2), 2);

    public static IEnumerable<TestCaseData> Problems =>
        from sizes in new[] { Plain, Grouped }
        from format in new[] { CudnnFormat.Nhwc, CudnnFormat.Nchw }
        from scale in new[] { (1f, 0f), (0.5f, 1f) }
        select new TestCaseData(sizes, format, scale.Item1, scale.Item2);

    [TestCaseSource(nameof(Problems))]
    public void All_passes_equal_plain_loops(ConvSizes s, CudnnFormat format, float alpha, float beta)
    {
        using var rig = new DnnRig(s, format);
        double[] y = Start(rig.YValues), dx = Start(rig.XValues), dw = Start(rig.WValues);
        var (dimsX, dimsW, dimsY) = ((s.N, s.C, s.H, s.W), (s.K, s.C / s.Groups, s.R, s.S), (s.N, s.K, s.P, s.Q));
        for (int n = 0; n < s.N; n++)
            for (int k = 0; k < s.K; k++)
                for (int p = 0; p < s.P; p++)
                    for (int q = 0; q < s.Q; q++)
                        for (int c = 0; c < s.C / s.Groups; c++)
                            for (int r = 0; r < s.R; r++)
                                for (int t = 0; t < s.S; t++)
                                {
                                    int h = p * s.StrideH - s.PadH + r * s.DilationH, w = q * s.StrideW - s.PadW + t * s.DilationW;
                                    if (h < 0 || h >= s.H || w < 0 || w >= s.W)
                                        continue;
                                    int ix = rig.At(dimsX, n, k / (s.K / s.Groups) * (s.C / s.Groups) + c, h, w), iw = rig.At(dimsW, k, c, r, t),
                                        iy = rig.At(dimsY, n, k, p, q);
                                    y[iy] += alpha * rig.XValues[ix] * rig.WValues[iw];
                                    dx[ix] += alpha * rig.WValues[iw] * rig.YValues[iy];
                                    dw[iw] += alpha * rig.XValues[ix] * rig.YValues[iy];
                                }
        Check(rig.BackwardFilter(alpha, beta), rig.PW, dw);
        Restore(rig, rig.PW, rig.WValues);
        Check(rig.BackwardData(alpha, beta), rig.PX, dx);
        Restore(rig, rig.PX, rig.XValues);
        Check(rig.Forward(alpha, beta), rig.PY, y);
        Assert.That(rig.Gpu.Findings, Is.Empty);

        double[] Start(float[] old) => [.. old.Select(v => (double)beta * v)];

        void Check(int status, ulong address, double[] expected)
        {
            Assert.That(status, Is.Zero);
            Assert.That(rig.Read(address, expected.Length), Is.EqualTo(expected).Within(2e-5));
        }
    }

    [Test]
    public void The_fused_call_adds_bias_and_rectifies([Values] bool relu)
    {
        using var rig = new DnnRig(Plain);
        DnnRig.Ok(rig.Forward());
        var plain = rig.Read(rig.PY, rig.YValues.Length);
        DnnRig.Ok(rig.Api.cudnnSetActivationDescriptor(rig.Activation, relu ? CudnnActivation.Relu : CudnnActivation.Identity, 0, 0));
        DnnRig.Ok(rig.Fused());
        var expected = plain.Select((v, i) => v + rig.BiasValues[i % Plain.K]).Select(v => relu ? Math.Max(v, 0) : v);
        Assert.That(rig.Read(rig.PY, plain.Length), Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void The_bias_gradient_sums_over_images_and_pixels()
    {
        using var rig = new DnnRig(Plain);
        float one = 1, zero = 0;
        DnnRig.Ok(rig.Api.cudnnConvolutionBackwardBias(rig.Handle, &one, rig.Y, rig.PY, &zero, rig.BiasDesc, rig.PBias));
        var expected = Enumerable.Range(0, Plain.K).Select(k => rig.YValues.Where((_, i) => i % Plain.K == k).Sum());
        Assert.That(rig.Read(rig.PBias, Plain.K), Is.EqualTo(expected).Within(1e-5f));
        Assert.That(rig.Api.cudnnConvolutionBackwardBias(rig.Handle, &one, rig.Y, rig.PY, &zero, rig.X, rig.PBias), Is.EqualTo(2000));
    }

    [Test]
    public void Math_type_decides_about_tf32()
    {
        using var rig = new DnnRig(Plain, options: new SoftGpuOptions());
        DnnRig.Ok(rig.Forward());
        var rounded = rig.Read(rig.PY, 10);
        DnnRig.Ok(rig.Api.cudnnSetConvolutionMathType(rig.Conv, CudnnMath.Fma));
        DnnRig.Ok(rig.Forward());
        var exact = rig.Read(rig.PY, 10);
        Assert.That(rounded, Is.Not.EqualTo(exact));
        Assert.That(rounded, Is.EqualTo(exact).Within(1e-2f));
    }

    [Test]
    public void Measuring_lists_the_fastest_first_and_destroys_the_output()
    {
        using var rig = new DnnRig(Plain, CudnnFormat.Nchw);
        var perf = stackalloc CudnnAlgoPerf[8];
        int count;
        DnnRig.Ok(rig.Api.cudnnFindConvolutionBackwardFilterAlgorithmEx(rig.Handle, rig.X, rig.PX, rig.Y, rig.PY, rig.Conv, rig.W, rig.PW, 8, &count, perf,
            rig.Workspace, rig.WorkspaceBytes));
        Assert.That(count, Is.EqualTo(8), "seven algorithms, one of them on tensor cores too");
        Assert.That((perf[0].Status, perf[0].Determinism), Is.EqualTo((0, 0)), "atomics are fastest");
        Assert.That(perf[0].Milliseconds, Is.LessThanOrEqualTo(perf[1].Milliseconds));
        Assert.That(rig.Read(rig.PW, 1)[0], Is.NaN);
    }

    [Test]
    public void Measuring_inside_a_capture_ends_it()
    {
        using var rig = new DnnRig(Plain);
        nint stream, graph;
        rig.Driver.cuStreamCreate(&stream, CuFlags.StreamNonBlocking);
        DnnRig.Ok(rig.Api.cudnnSetStream(rig.Handle, stream));
        rig.Driver.cuStreamBeginCapture(stream, CuCaptureMode.Relaxed);
        var perf = stackalloc CudnnAlgoPerf[8];
        int count;
        Assert.That(rig.Api.cudnnFindConvolutionForwardAlgorithmEx(rig.Handle, rig.X, rig.PX, rig.W, rig.PW, rig.Conv, rig.Y, rig.PY, 8, &count, perf,
            rig.Workspace, rig.WorkspaceBytes), Is.EqualTo(5000));
        Assert.That(rig.Driver.cuStreamEndCapture(stream, &graph), Is.EqualTo(CuResult.StreamCaptureInvalidated));
    }

    [Test]
    public void Release_8_answers_in_its_own_numbers()
    {
        using var rig = new DnnRig(Plain, options: new SoftGpuOptions { CudnnVersion = 8201 });
        rig.PX = 0;
        Assert.That(rig.Forward(), Is.EqualTo(3));
        Assert.That(rig.Api.cudnnGetVersion(), Is.EqualTo((nuint)8201));
    }

    private static void Restore(DnnRig rig, ulong address, float[] values)
    {
        fixed (float* source = values)
            Assert.That(rig.Driver.cuMemcpyHtoD(address, source, (nuint)(values.Length * sizeof(float))), Is.EqualTo(CuResult.Success));
    }
}
