using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>MobileNetV2 (Sandler et al. 2018): inverted residuals with linear bottlenecks and ReLU6.</summary>
public sealed class MobileNetV2 : Model
{
    /// <summary>Table 2 of the paper: expansion, channels, blocks, stride.</summary>
    private static readonly (int Expansion, int Channels, int Blocks, int Stride)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly Sequential _features, _classifier;

    internal static ModelDefinition Definition { get; } =
        new("mobilenet_v2", "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: inverted residuals and linear bottlenecks, CVPR 2018",
            ModelDefinition.ImageNet with { Drop = 0.2 }, (engine, s) => new MobileNetV2(engine, s));

    private MobileNetV2(Engine engine, ModelSettings s) : base(engine, s)
    {
        int channels = 32, block = 0, total = Stages.Sum(stage => stage.Blocks);
        _features = Child("features", new Sequential(engine));
        _features.Append(new ConvNormAct(engine, s.InChans, channels, 3, stride: 2, activation: new ReLU6(engine)));
        foreach (var stage in Stages)
        {
            for (int i = 0; i < stage.Blocks; i++)
            {
                _features.Append(new InvertedResidual(engine, channels, stage.Channels, i == 0 ? stage.Stride : 1, stage.Expansion,
                    s.DropPath * block++ / total));
                channels = stage.Channels;
            }
        }

        _features.Append(new ConvNormAct(engine, channels, 1280, 1, activation: new ReLU6(engine)));
        _classifier = Child("classifier", new Sequential(engine,
            new Dropout(engine, s.Drop),
            new Linear(engine, 1280, s.NumClasses, weightInit: Init.Normal(0.01), biasInit: Init.Constant(0))));
    }

    /// <inheritdoc/>
    public override string Head => "classifier.1";

    /// <inheritdoc/>
    public override string Stem => "features.0.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _features.Forward(x).AdaptiveAvgPool2d((1, 1)).Flatten();

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(features);

    /// <summary>Expand 1x1, depthwise 3x3, project 1x1 without activation; plus the input where sizes allow.</summary>
    private sealed class InvertedResidual : Module
    {
        private readonly Sequential _conv;
        private readonly DropPath? _dropPath;

        public InvertedResidual(Engine engine, int inChannels, int outChannels, int stride, int expansion, double dropPath) : base(engine)
        {
            int hidden = inChannels * expansion;
            var conv = new Sequential(engine);
            if (expansion != 1)
                conv.Append(new ConvNormAct(engine, inChannels, hidden, 1, activation: new ReLU6(engine)));
            conv.Append(new ConvNormAct(engine, hidden, hidden, 3, stride, hidden, new ReLU6(engine)));
            conv.Append(ResidualBlock.Conv(engine, hidden, outChannels, 1));
            conv.Append(new BatchNorm2d(engine, outChannels));
            _conv = Child("conv", conv);
            if (stride == 1 && inChannels == outChannels)
                _dropPath = Child("drop_path", new DropPath(engine, dropPath));
        }

        protected override Tensor Compute(Tensor x)
        {
            var y = _conv.Forward(x);
            return _dropPath is null ? y : _dropPath.Forward(y) + x;
        }
    }
}
