using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// EfficientNet (Tan and Le 2019): inverted residuals with squeeze and excitation, SiLU and stochastic depth, scaled in width and depth from B0 on.
/// </summary>
public sealed class EfficientNet : Model
{
    private const string Paper = "Tan, Le: EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019";

    /// <summary>Table 1 of the paper: expansion, kernel, stride, input and output channels, layers.</summary>
    private static readonly Stage[] Stages =
    [
        new(1, 3, 1, 32, 16, 1), new(6, 3, 2, 16, 24, 2), new(6, 5, 2, 24, 40, 2), new(6, 3, 2, 40, 80, 3),
        new(6, 5, 1, 80, 112, 3), new(6, 5, 2, 112, 192, 4), new(6, 3, 1, 192, 320, 1),
    ];

    private readonly Sequential _features, _classifier;

    internal static IEnumerable<ModelDefinition> Definitions
    {
        get
        {
            yield return Scaled("efficientnet_b0", 1.0, 1.0, 224, 0.2);
            yield return Scaled("efficientnet_b1", 1.0, 1.1, 240, 0.2);
            yield return Scaled("efficientnet_b2", 1.1, 1.2, 288, 0.3);
            yield return Scaled("efficientnet_b3", 1.2, 1.4, 300, 0.3);
            yield return Scaled("efficientnet_b4", 1.4, 1.8, 380, 0.4);
        }
    }

    private static ModelDefinition Scaled(string name, double width, double depth, int imgSize, double drop) =>
        new(name, Paper, new ModelSettings(1000, 3, imgSize, drop, 0.2), (engine, s) => new EfficientNet(engine, s, width, depth));

    private EfficientNet(Engine engine, ModelSettings s, double width, double depth) : base(engine, s)
    {
        int channels = ConvNormAct.Divisible(Stages[0].InChannels * width);
        int total = Stages.Sum(stage => Layers(stage)), block = 0;
        _features = Child("features", new Sequential(engine));
        _features.Append(new ConvNormAct(engine, s.InChans, channels, 3, stride: 2, activation: new SiLU(engine)));
        foreach (var stage in Stages)
        {
            int outChannels = ConvNormAct.Divisible(stage.OutChannels * width);
            var layers = new Sequential(engine);
            for (int i = 0; i < Layers(stage); i++)
            {
                layers.Append(new MBConv(engine, channels, outChannels, stage, i == 0 ? stage.Stride : 1, s.DropPath * block++ / total));
                channels = outChannels;
            }

            _features.Append(layers);
        }

        _features.Append(new ConvNormAct(engine, channels, 4 * channels, 1, activation: new SiLU(engine)));
        _classifier = Child("classifier", new Sequential(engine,
            new Dropout(engine, s.Drop),
            new Linear(engine, 4 * channels, s.NumClasses, weightInit: Init.Uniform(1 / Math.Sqrt(s.NumClasses)), biasInit: Init.Constant(0))));

        int Layers(Stage stage) => (int)Math.Ceiling(stage.Layers * depth);
    }

    /// <inheritdoc/>
    public override string Head => "classifier.1";

    /// <inheritdoc/>
    public override string Stem => "features.0.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _features.Forward(x).AdaptiveAvgPool2d((1, 1)).Flatten();

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(features);

    private sealed record Stage(int Expansion, int Kernel, int Stride, int InChannels, int OutChannels, int Layers);

    /// <summary>Expand 1x1, depthwise, squeeze and excitation, project 1x1; plus the input where sizes allow.</summary>
    private sealed class MBConv : Module
    {
        private readonly Sequential _block;
        private readonly DropPath? _dropPath;

        public MBConv(Engine engine, int inChannels, int outChannels, Stage stage, int stride, double dropPath) : base(engine)
        {
            int expanded = ConvNormAct.Divisible(inChannels * stage.Expansion);
            var block = new Sequential(engine);
            if (expanded != inChannels)
                block.Append(new ConvNormAct(engine, inChannels, expanded, 1, activation: new SiLU(engine)));
            block.Append(new ConvNormAct(engine, expanded, expanded, stage.Kernel, stride, expanded, new SiLU(engine)));
            block.Append(new SqueezeExcitation(engine, expanded, Math.Max(1, inChannels / 4), UnaryOp.Silu, UnaryOp.Sigmoid));
            block.Append(new ConvNormAct(engine, expanded, outChannels, 1));
            _block = Child("block", block);
            if (stride == 1 && inChannels == outChannels)
                _dropPath = Child("stochastic_depth", new DropPath(engine, dropPath));
        }

        protected override Tensor Compute(Tensor x)
        {
            var y = _block.Forward(x);
            return _dropPath is null ? y : _dropPath.Forward(y) + x;
        }
    }
}
