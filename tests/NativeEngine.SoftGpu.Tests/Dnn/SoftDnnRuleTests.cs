using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Tests.Dnn;

/// <summary>Every rule of the soft cuDNN is broken once: the call is refused with the vendor's status and noted as misuse.</summary>
[TestFixture]
public unsafe class SoftDnnRuleTests
{
    private const int BadParam = 2000;
    private const int NotSupported = 3000;
    private static readonly ConvSizes Sizes = ConvSizes.Create([2, 4, 7, 6], [6, 4, 3, 3], (1, 1), (1, 1), (1, 1), 1);

    [Test]
    public void Descriptors_must_be_set([Range(0, 3)] int which) => Refused(BadParam, rig =>
    {
        nint made;
        switch (which)
        {
            case 0:
                rig.Api.cudnnCreateTensorDescriptor(&made);
                rig.X = made;
                break;
            case 1:
                rig.Api.cudnnCreateFilterDescriptor(&made);
                rig.W = made;
                break;
            case 2:
                rig.Api.cudnnCreateTensorDescriptor(&made);
                rig.Y = made;
                break;
            default:
                rig.Api.cudnnCreateConvolutionDescriptor(&made);
                rig.Conv = made;
                break;
        }
    });

    [Test]
    public void Descriptors_of_another_kind_are_refused() => Refused(BadParam, static rig => rig.X = rig.W);

    [Test]
    public void Destroyed_descriptors_are_refused() => Refused(BadParam, static rig => rig.Api.cudnnDestroyTensorDescriptor(rig.X));

    [Test]
    public void Channels_must_fit() =>
        Refused(BadParam, static rig => rig.Api.cudnnSetFilter4dDescriptor(rig.W, CudnnType.Float, CudnnFormat.Nhwc, 6, 3, 3, 3));

    [Test]
    public void Groups_must_divide() => Refused(BadParam, static rig => rig.Api.cudnnSetConvolutionGroupCount(rig.Conv, 4));

    [Test]
    public void The_output_must_have_the_computed_size() =>
        Refused(BadParam, static rig => rig.Api.cudnnSetTensor4dDescriptor(rig.Y, CudnnFormat.Nhwc, CudnnType.Float, 2, 6, 7, 5));

    [Test]
    public void Other_types_are_not_supported() =>
        Refused(NotSupported, static rig => rig.Api.cudnnSetTensor4dDescriptor(rig.X, CudnnFormat.Nhwc, CudnnType.Half, 2, 4, 7, 6));

    [Test]
    public void Layouts_must_agree() =>
        Refused(NotSupported, static rig => rig.Api.cudnnSetTensor4dDescriptor(rig.X, CudnnFormat.Nchw, CudnnType.Float, 2, 4, 7, 6));

    [Test]
    public void Strided_tensors_are_not_supported() =>
        Refused(NotSupported, static rig => rig.Api.cudnnSetTensor4dDescriptorEx(rig.X, CudnnType.Float, 2, 4, 7, 6, 400, 1, 30, 5));

    [Test]
    public void Flipped_filters_are_not_supported() => Refused(NotSupported, static rig =>
        rig.Api.cudnnSetConvolution2dDescriptor(rig.Conv, 1, 1, 1, 1, 1, 1, CudnnConvolutionMode.Convolution, CudnnType.Float));

    [Test]
    public void Null_pointers_are_refused([Range(0, 2)] int which) =>
        Refused(BadParam, rig => _ = which switch { 0 => rig.PX = 0, 1 => rig.PW = 0, _ => rig.PY = 0 });

    [Test]
    public void Misaligned_pointers_are_refused([Range(0, 2)] int which) =>
        Refused(BadParam, rig => _ = which switch { 0 => rig.PX += 2, 1 => rig.PW += 2, _ => rig.PY += 2 });

    [Test]
    public void Overlapping_output_is_refused() => Refused(BadParam, static rig => rig.PY = rig.PX + 16);

    [Test]
    public void A_workspace_over_the_output_is_refused() => Refused(BadParam, static rig => rig.Workspace = rig.PY);

    [Test]
    public void A_workspace_smaller_than_queried_is_refused() => Refused(BadParam, static rig => rig.WorkspaceBytes = 16);

    [Test]
    public void A_missing_workspace_is_refused() => Refused(BadParam, static rig => rig.Workspace = 0);

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(6)]
    [TestCase(7)]
    [TestCase(99)]
    public void Algorithms_that_do_not_take_channels_last_are_refused(int algo) => Refused(NotSupported, rig => rig.Algo = algo);

    [Test]
    public void Fast_algorithms_refuse_strides_and_dilation([Values(4, 5, 6, 7)] int algo)
    {
        using var rig = new DnnRig(ConvSizes.Create([2, 4, 7, 6], [6, 4, 3, 3], (2, 2), (1, 1), (1, 1), 1), CudnnFormat.Nchw);
        rig.Algo = algo;
        Assert.That(rig.Forward(), Is.EqualTo(NotSupported));
    }

    [Test]
    public void Scales_may_not_be_null()
    {
        using var rig = new DnnRig(Sizes);
        Assert.That(rig.Api.cudnnConvolutionForward(rig.Handle, null, rig.X, rig.PX, rig.W, rig.PW, rig.Conv, 1, rig.Workspace, rig.WorkspaceBytes, null,
            rig.Y, rig.PY), Is.EqualTo(BadParam));
    }

    [Test]
    public void Identity_activation_is_taken_by_algorithm_1_only()
    {
        using var rig = new DnnRig(Sizes) { Algo = 0 };
        Assert.That(rig.Fused(), Is.EqualTo(NotSupported));
        DnnRig.Ok(rig.Api.cudnnSetActivationDescriptor(rig.Activation, CudnnActivation.Relu, 0, 0));
        DnnRig.Ok(rig.Fused());
        DnnRig.Ok(rig.Api.cudnnSetActivationDescriptor(rig.Activation, CudnnActivation.Tanh, 0, 0));
        Assert.That(rig.Fused(), Is.EqualTo(NotSupported));
    }

    [Test]
    public void The_bias_must_have_one_value_per_channel()
    {
        using var rig = new DnnRig(Sizes);
        rig.BiasDesc = rig.X;
        Assert.That(rig.Fused(), Is.EqualTo(BadParam));
    }

    [Test]
    public void Settings_are_checked_when_they_are_made()
    {
        using var rig = new DnnRig(Sizes);
        Assert.Multiple(() =>
        {
            Assert.That(rig.Api.cudnnSetTensor4dDescriptor(rig.X, CudnnFormat.Nhwc, CudnnType.Float, 0, 4, 7, 6), Is.EqualTo(BadParam), "no images");
            Assert.That(rig.Api.cudnnSetTensor4dDescriptor(rig.X, (CudnnFormat)7, CudnnType.Float, 2, 4, 7, 6), Is.EqualTo(BadParam), "format");
            Assert.That(rig.Api.cudnnSetFilter4dDescriptor(rig.W, (CudnnType)77, CudnnFormat.Nhwc, 6, 4, 3, 3), Is.EqualTo(BadParam), "type");
            Assert.That(rig.Api.cudnnSetConvolution2dDescriptor(rig.Conv, -1, 1, 1, 1, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnType.Float),
                Is.EqualTo(BadParam), "padding");
            Assert.That(rig.Api.cudnnSetConvolution2dDescriptor(rig.Conv, 1, 1, 0, 1, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnType.Float),
                Is.EqualTo(BadParam), "stride");
            Assert.That(rig.Api.cudnnSetConvolutionGroupCount(rig.Conv, 0), Is.EqualTo(BadParam), "groups");
            Assert.That(rig.Api.cudnnSetConvolutionMathType(rig.Conv, (CudnnMath)9), Is.EqualTo(BadParam), "math");
            Assert.That(rig.Api.cudnnSetActivationDescriptor(rig.Activation, (CudnnActivation)40, 0, 0), Is.EqualTo(BadParam), "activation");
            Assert.That(rig.Api.cudnnSetStream(rig.Handle, 12345), Is.EqualTo(5000), "stream");
        });
    }

    [Test]
    public void A_handle_of_another_context_is_refused()
    {
        using var other = new DnnRig(Sizes);
        using var rig = new DnnRig(Sizes);
        float one = 1, zero = 0;
        Assert.That(rig.Api.cudnnConvolutionForward(other.Handle, &one, rig.X, rig.PX, rig.W, rig.PW, rig.Conv, 1, rig.Workspace, rig.WorkspaceBytes, &zero,
            rig.Y, rig.PY), Is.EqualTo(BadParam));
        rig.Driver.cuCtxSetCurrent(0);
        Assert.That(rig.Forward(), Is.EqualTo(1001), "no context");
    }

    [Test]
    public void An_algorithm_found_on_tensor_cores_wants_their_description_and_workspace()
    {
        using var rig = new DnnRig(Sizes);
        var found = stackalloc CudnnAlgoPerf[16];
        int count;
        DnnRig.Ok(rig.Api.cudnnSetConvolutionMathType(rig.Conv, CudnnMath.Default));
        DnnRig.Ok(rig.Api.cudnnFindConvolutionForwardAlgorithmEx(rig.Handle, rig.X, rig.PX, rig.W, rig.PW, rig.Conv, rig.Y, rig.PY, 16, &count, found,
            rig.Workspace, rig.WorkspaceBytes));
        Assert.That((found[0].Algo, found[0].MathType), Is.EqualTo((1, CudnnMath.TensorOp)));
        (rig.Algo, rig.WorkspaceBytes) = (found[0].Algo, found[0].Memory);
        Assert.That(rig.Forward(), Is.EqualTo(BadParam), "the description says another arithmetic");
        DnnRig.Ok(rig.Api.cudnnSetConvolutionMathType(rig.Conv, found[0].MathType));
        DnnRig.Ok(rig.Forward());
    }

    [Test]
    public void Asking_whether_an_algorithm_fits_is_no_misuse()
    {
        using var rig = new DnnRig(Sizes);
        nuint bytes;
        Assert.That(rig.Api.cudnnGetConvolutionForwardWorkspaceSize(rig.Handle, rig.X, rig.W, rig.Conv, rig.Y, 6, &bytes), Is.EqualTo(NotSupported));
        Assert.That(rig.Gpu.Findings, Is.Empty);
        Assert.That(rig.Api.cudnnGetConvolutionForwardWorkspaceSize(rig.Handle, rig.X, rig.W, rig.Conv, rig.Y, 8, &bytes), Is.EqualTo(BadParam));
    }

    private static void Refused(int status, Action<DnnRig> spoil)
    {
        using var rig = new DnnRig(Sizes);
        ulong output = rig.PY;
        spoil(rig);
        Assert.That(rig.Forward(), Is.EqualTo(status));
        Assert.That(rig.Gpu.Findings.Select(f => f.Rule), Is.All.EqualTo("api-misuse").And.Not.Empty);
        Assert.That(rig.Read(output, rig.YValues.Length), Is.EqualTo(rig.YValues), "nothing ran");
    }
}
