using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>2-D convolution; weight [K, C/groups, R, S], bias [K].</summary>
public sealed class Conv2d : Module
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private BatchNorm2d? _norm;

    /// <summary>A convolution; without initialisers both start uniform within 1/√fanIn, fanIn = C/groups·R·S, as PyTorch's.</summary>
    public Conv2d(Engine engine, int inChannels, int outChannels, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null,
        int groups = 1, bool bias = true, Initializer? weightInit = null, Initializer? biasInit = null) : base(engine)
    {
        if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
            throw new ShapeException("conv2d", $"groups {groups}: expects a divisor of {inChannels} input and {outChannels} output channels");
        (InChannels, OutChannels, Kernel, Groups) = (inChannels, outChannels, kernel, groups);
        (Stride, Padding, Dilation) = (stride ?? 1, padding ?? 0, dilation ?? 1);
        int fanIn = inChannels / groups * kernel.H * kernel.W;
        _weight = AddParameter("weight", [outChannels, inChannels / groups, kernel.H, kernel.W], ParameterKind.Weight, weightInit ?? Init.FanInUniform(fanIn));
        _bias = bias ? AddParameter("bias", [outChannels], ParameterKind.Bias, biasInit ?? Init.FanInUniform(fanIn)) : null;
    }

    /// <summary>Input channels C.</summary>
    public int InChannels { get; }

    /// <summary>Output channels K.</summary>
    public int OutChannels { get; }

    /// <summary>Window R x S.</summary>
    public Size2 Kernel { get; }

    /// <summary>Steps of the window.</summary>
    public Size2 Stride { get; }

    /// <summary>Zero border.</summary>
    public Size2 Padding { get; }

    /// <summary>Distance of neighbouring taps.</summary>
    public Size2 Dilation { get; }

    /// <summary>Independent channel groups.</summary>
    public int Groups { get; }

    /// <summary>Says which batch norm reads the output, so that its statistics can be gathered while the output is written.</summary>
    internal void FollowedBy(BatchNorm2d norm) => _norm = norm;

    /// <summary>The convolution plus a residual, in one pass.</summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="residual">[N, K, P, Q]</param>
    public Tensor Forward(Tensor x, Tensor residual) => Run(x, input => Convolve(input, residual), residual);

    /// <summary>scale·conv(x) + shift, with filters and bias changed before instead of the output afterwards.</summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="scale">[K]</param>
    /// <param name="shift">[K]</param>
    internal Tensor Scaled(Tensor x, Tensor scale, Tensor shift) =>
        x.Conv2d(_weight * scale.Reshape(OutChannels, 1, 1, 1), _bias is null ? shift : shift + _bias * scale, Stride, Padding, Dilation, Groups);

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x) => Convolve(x, null);

    private Tensor Convolve(Tensor x, Tensor? residual) =>
        x.Conv2d(_weight, _bias, Stride, Padding, Dilation, Groups, moments: _norm is { UsesBatchStatistics: true }, residual);
}
