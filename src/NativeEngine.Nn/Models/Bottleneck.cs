using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>1x1, 3x3 (grouped in ResNeXt) and 1x1 convolutions with batch norm, four times the planes out (He et al. 2015, figure 5 right).</summary>
public sealed class Bottleneck : ResidualBlock
{
    private const int Expansion = 4;
    private readonly Conv2d _conv1, _conv2, _conv3;
    private readonly BatchNorm2d _bn1, _bn2, _bn3;

    /// <summary>A block of these sizes.</summary>
    public Bottleneck(Engine engine, ResidualShape s) : base(engine, s.Planes * Expansion)
    {
        int width = s.Planes * s.WidthPerGroup / 64 * s.Groups;
        _conv1 = Child("conv1", Conv(engine, s.InChannels, width, 1));
        _bn1 = Child("bn1", new BatchNorm2d(engine, width)).After(_conv1);
        _conv2 = Child("conv2", Conv(engine, width, width, 3, s.Stride, s.Groups));
        _bn2 = Child("bn2", new BatchNorm2d(engine, width)).After(_conv2);
        _conv3 = Child("conv3", Conv(engine, width, OutChannels, 1));
        _bn3 = Child("bn3", new BatchNorm2d(engine, OutChannels)).After(_conv3);
        AddShortcut(s);
    }

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x)
    {
        var y = _conv1.Forward(x);
        y = Then(y, _bn1.Forward(y, relu: true));
        y = Then(y, _conv2.Forward(y));
        y = Then(y, _bn2.Forward(y, relu: true));
        return Join(_bn3, Then(y, _conv3.Forward(y)), x);
    }
}
