using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Sizes of one residual block.</summary>
/// <param name="InChannels">Channels that come in.</param>
/// <param name="Planes">Channels of the stage before expansion.</param>
/// <param name="Stride">Step of the block's 3x3 convolution and its shortcut.</param>
/// <param name="Groups">Groups of the bottleneck's 3x3 convolution.</param>
/// <param name="WidthPerGroup">Channels per group at 64 planes.</param>
/// <param name="DropPath">Probability that a sample skips the branch.</param>
public readonly record struct ResidualShape(int InChannels, int Planes, int Stride = 1, int Groups = 1, int WidthPerGroup = 64, double DropPath = 0);

/// <summary>y = max(branch(x) + shortcut(x), 0); the shortcut is x, or a 1x1 convolution where sizes change (He et al. 2015, option B).</summary>
public abstract class ResidualBlock : Module
{
    private DropPath? _dropPath;
    private Sequential? _downsample;

    private protected ResidualBlock(Engine engine, int outChannels) : base(engine) => OutChannels = outChannels;

    /// <summary>Channels that go out.</summary>
    public int OutChannels { get; }

    /// <summary>A convolution as the family uses it: "same" padding, no bias, kaiming_normal over the outputs.</summary>
    internal static Conv2d Conv(Engine engine, int inChannels, int outChannels, int kernel, int stride = 1, int groups = 1) =>
        new(engine, inChannels, outChannels, kernel, stride, kernel / 2, groups: groups, bias: false,
            weightInit: Init.KaimingNormal(outChannels * kernel * kernel));

    /// <summary>Adds the shortcut behind the branch's layers, where torchvision's state dict has it.</summary>
    private protected void AddShortcut(in ResidualShape s)
    {
        if (s.Stride != 1 || s.InChannels != OutChannels)
            _downsample = Child("downsample",
                new Sequential(Engine, Conv(Engine, s.InChannels, OutChannels, 1, s.Stride), new BatchNorm2d(Engine, OutChannels)));
        if (s.DropPath > 0)
            _dropPath = Child("drop_path", new DropPath(Engine, s.DropPath));
    }

    /// <summary>The block's end: the last batch norm, the shortcut and the ReLU, fused unless the branch can be dropped.</summary>
    private protected Tensor Join(BatchNorm2d last, Tensor branch, Tensor x)
    {
        var shortcut = _downsample?.Forward(x) ?? x;
        return _dropPath is { } drop && IsTraining
            ? (drop.Forward(last.Forward(branch)) + shortcut).Relu()
            : last.Forward(branch, relu: true, residual: shortcut);
    }
}
