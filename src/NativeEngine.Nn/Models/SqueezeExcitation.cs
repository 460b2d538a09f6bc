using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Squeeze and excitation (Hu et al. 2018): y = x · gate(fc2(act(fc1(mean of x over the image)))), one factor per image and channel.
/// </summary>
internal sealed class SqueezeExcitation : Module
{
    private readonly Conv2d _fc1, _fc2;
    private readonly UnaryOp _activation, _gate;

    public SqueezeExcitation(Engine engine, int channels, int squeezed, UnaryOp activation, UnaryOp gate) : base(engine)
    {
        (_activation, _gate) = (activation, gate);
        _fc1 = Child("fc1", Pointwise(channels, squeezed));
        _fc2 = Child("fc2", Pointwise(squeezed, channels));

        Conv2d Pointwise(int inputs, int outputs) => new(engine, inputs, outputs, 1, weightInit: Init.KaimingNormal(outputs), biasInit: Init.Constant(0));
    }

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x)
    {
        var scale = _fc1.Forward(x.AdaptiveAvgPool2d((1, 1))).Apply(_activation);
        return x * _fc2.Forward(scale).Apply(_gate);
    }
}
