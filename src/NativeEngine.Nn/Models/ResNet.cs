using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Residual networks (He et al. 2015) in torchvision's form, with their grouped (ResNeXt, Xie et al. 2017) and wide (Zagoruyko and Komodakis 2016)
/// variants. The stride of a bottleneck sits on its 3x3 convolution.
/// </summary>
public sealed class ResNet : Model
{
    private const string Deep = "He, Zhang, Ren, Sun: Deep residual learning for image recognition, CVPR 2016";
    private const string Next = "Xie, Girshick, Dollár, Tu, He: Aggregated residual transformations for deep neural networks, CVPR 2017";
    private const string Wide = "Zagoruyko, Komodakis: Wide residual networks, BMVC 2016";

    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly bool _pools;
    private readonly Sequential[] _layers;
    private readonly Dropout _drop;
    private readonly Linear _fc;

    /// <summary>
    /// Every network of the family, each also with the stem for small images (3x3, stride 1, no pooling), and two small ones for images of 112x112
    /// with one block per stage and half the channels, the basic one also with that stem.
    /// </summary>
    internal static IEnumerable<ModelDefinition> Definitions
    {
        get
        {
            Plan[] plans =
            [
                new("resnet18", Deep, false, [2, 2, 2, 2]),
                new("resnet34", Deep, false, [3, 4, 6, 3]),
                new("resnet50", Deep, true, [3, 4, 6, 3]),
                new("resnet101", Deep, true, [3, 4, 23, 3]),
                new("resnet152", Deep, true, [3, 8, 36, 3]),
                new("resnext50_32x4d", Next, true, [3, 4, 6, 3], Groups: 32, WidthPerGroup: 4),
                new("resnext101_32x8d", Next, true, [3, 4, 23, 3], Groups: 32, WidthPerGroup: 8),
                new("wide_resnet50_2", Wide, true, [3, 4, 6, 3], WidthPerGroup: 128),
            ];
            Plan[] minis =
            [
                new("mini_resnet_basic", Deep, false, [1, 1, 1, 1], Planes: 32),
                new("mini_resnet_bottleneck", Deep, true, [1, 1, 1, 1], Planes: 32),
            ];
            foreach (var plan in plans)
                yield return new(plan.Name, plan.Paper, ModelDefinition.ImageNet, (engine, s) => new ResNet(engine, s, plan, smallStem: false));
            foreach (var plan in plans)
                yield return new($"{plan.Name}_cifar", plan.Paper, ModelDefinition.Cifar, (engine, s) => new ResNet(engine, s, plan, smallStem: true));
            yield return new("mini_resnet_basic_cifar", Deep, ModelDefinition.Cifar, (engine, s) => new ResNet(engine, s, minis[0], smallStem: true));
            foreach (var plan in minis)
                yield return new(plan.Name, plan.Paper, ModelDefinition.ImageNet with { NumClasses = 10, ImgSize = 112 },
                    (engine, s) => new ResNet(engine, s, plan, smallStem: false));
        }
    }

    private ResNet(Engine engine, ModelSettings s, Plan plan, bool smallStem) : base(engine, s)
    {
        _pools = !smallStem;
        _conv1 = Child("conv1", smallStem
            ? ResidualBlock.Conv(engine, s.InChans, plan.Planes, 3)
            : ResidualBlock.Conv(engine, s.InChans, plan.Planes, 7, stride: 2));
        _bn1 = Child("bn1", new BatchNorm2d(engine, plan.Planes)).After(_conv1);
        int channels = plan.Planes, block = 0, blocks = plan.Depths.Sum();
        _layers = new Sequential[4];
        for (int stage = 0; stage < 4; stage++)
        {
            var layer = new Sequential(engine);
            for (int i = 0; i < plan.Depths[stage]; i++)
            {
                double dropPath = s.DropPath * block++ / Math.Max(blocks - 1, 1);
                var shape = new ResidualShape(channels, plan.Planes << stage, i == 0 && stage > 0 ? 2 : 1, plan.Groups, plan.WidthPerGroup, dropPath);
                channels = layer.Append<ResidualBlock>(plan.Bottleneck ? new Bottleneck(engine, shape) : new BasicBlock(engine, shape)).OutChannels;
            }

            _layers[stage] = Child($"layer{stage + 1}", layer);
        }

        _drop = Child("drop", new Dropout(engine, s.Drop));
        _fc = Child("fc", new Linear(engine, channels, s.NumClasses));
    }

    /// <inheritdoc/>
    public override string Head => "fc";

    /// <inheritdoc/>
    public override string Stem => "conv1";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _conv1.Forward(x);
        x = Then(x, _bn1.Forward(x, relu: true));
        if (_pools)
            x = Then(x, x.MaxPool2d((3, 3), (2, 2), (1, 1)));
        foreach (var layer in _layers)
            x = Then(x, layer.Forward(x));
        return x.AdaptiveAvgPool2d((1, 1)).Flatten();
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _fc.Forward(_drop.Forward(features));

    private sealed record Plan(string Name, string Paper, bool Bottleneck, int[] Depths, int Groups = 1, int WidthPerGroup = 64, int Planes = 64);
}
