using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Two 3x3 convolutions with batch norm (He et al. 2015, figure 5 left).</summary>
public sealed class BasicBlock : ResidualBlock
{
    private readonly Conv2d _conv1, _conv2;
    private readonly BatchNorm2d _bn1, _bn2;

    /// <summary>A block of these sizes; groups and width do not apply.</summary>
    public BasicBlock(Engine engine, ResidualShape s) : base(engine, s.Planes)
    {
        _conv1 = Child("conv1", Conv(engine, s.InChannels, s.Planes, 3, s.Stride));
        _bn1 = Child("bn1", new BatchNorm2d(engine, s.Planes)).After(_conv1);
        _conv2 = Child("conv2", Conv(engine, s.Planes, s.Planes, 3));
        _bn2 = Child("bn2", new BatchNorm2d(engine, s.Planes)).After(_conv2);
        AddShortcut(s);
    }

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x)
    {
        var y = _conv1.Forward(x);
        y = Then(y, _bn1.Forward(y, relu: true));
        return Join(_bn2, Then(y, _conv2.Forward(y)), x);
    }
}
