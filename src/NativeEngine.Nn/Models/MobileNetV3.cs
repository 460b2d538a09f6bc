using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// MobileNetV3 (Howard et al. 2019), large and small: inverted residuals, some with squeeze and excitation, ReLU or hard swish. Batch norm uses
/// eps 0.001 and momentum 0.01 as torchvision does.
/// </summary>
public sealed class MobileNetV3 : Model
{
    private const string Paper = "Howard et al.: Searching for MobileNetV3, ICCV 2019";
    private const double Eps = 0.001, Momentum = 0.01;

    /// <summary>Table 1 of the paper: kernel, expanded and output channels, squeeze and excitation, hard swish, stride.</summary>
    private static readonly Layer[] Large =
    [
        new(3, 16, 16, false, false, 1), new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1),
        new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1), new(5, 120, 40, true, false, 1),
        new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1),
        new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ];

    /// <summary>Table 2 of the paper.</summary>
    private static readonly Layer[] Small =
    [
        new(3, 16, 16, true, false, 2), new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1), new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1), new(5, 576, 96, true, true, 1),
    ];

    private readonly Sequential _features, _classifier;

    internal static IEnumerable<ModelDefinition> Definitions =>
    [
        new("mobilenet_v3_small", Paper, ModelDefinition.ImageNet with { Drop = 0.2 }, (engine, s) => new MobileNetV3(engine, s, Small, 1024)),
        new("mobilenet_v3_large", Paper, ModelDefinition.ImageNet with { Drop = 0.2 }, (engine, s) => new MobileNetV3(engine, s, Large, 1280)),
    ];

    private MobileNetV3(Engine engine, ModelSettings s, Layer[] layers, int lastChannels) : base(engine, s)
    {
        int channels = 16;
        _features = Child("features", new Sequential(engine));
        _features.Append(new ConvNormAct(engine, s.InChans, channels, 3, 2, 1, new Hardswish(engine), Eps, Momentum));
        for (int i = 0; i < layers.Length; i++)
        {
            _features.Append(new InvertedResidual(engine, channels, layers[i], s.DropPath * i / layers.Length));
            channels = layers[i].OutChannels;
        }

        _features.Append(new ConvNormAct(engine, channels, 6 * channels, 1, 1, 1, new Hardswish(engine), Eps, Momentum));
        _classifier = Child("classifier", new Sequential(engine,
            Dense(6 * channels, lastChannels), new Hardswish(engine), new Dropout(engine, s.Drop), Dense(lastChannels, s.NumClasses)));

        Linear Dense(int inputs, int outputs) => new(engine, inputs, outputs, weightInit: Init.Normal(0.01), biasInit: Init.Constant(0));
    }

    /// <inheritdoc/>
    public override string Head => "classifier.3";

    /// <inheritdoc/>
    public override string Stem => "features.0.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _classifier.Forward(_features.Forward(x).AdaptiveAvgPool2d((1, 1)).Flatten(), ..2);

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(features, 2..);

    private sealed record Layer(int Kernel, int Expanded, int OutChannels, bool Squeezes, bool HardSwish, int Stride);

    /// <summary>Expand 1x1, depthwise, squeeze and excitation, project 1x1; plus the input where sizes allow.</summary>
    private sealed class InvertedResidual : Module
    {
        private readonly Sequential _block;
        private readonly DropPath? _dropPath;

        public InvertedResidual(Engine engine, int inChannels, Layer layer, double dropPath) : base(engine)
        {
            int expanded = layer.Expanded;
            var block = new Sequential(engine);
            if (expanded != inChannels)
                block.Append(new ConvNormAct(engine, inChannels, expanded, 1, 1, 1, Activation(), Eps, Momentum));
            block.Append(new ConvNormAct(engine, expanded, expanded, layer.Kernel, layer.Stride, expanded, Activation(), Eps, Momentum));
            if (layer.Squeezes)
                block.Append(new SqueezeExcitation(engine, expanded, ConvNormAct.Divisible(expanded / 4), UnaryOp.Relu, UnaryOp.HardSigmoid));
            block.Append(new ConvNormAct(engine, expanded, layer.OutChannels, 1, 1, 1, null, Eps, Momentum));
            _block = Child("block", block);
            if (layer.Stride == 1 && inChannels == layer.OutChannels)
                _dropPath = Child("drop_path", new DropPath(engine, dropPath));

            Module Activation() => layer.HardSwish ? new Hardswish(engine) : new ReLU(engine);
        }

        protected override Tensor Compute(Tensor x)
        {
            var y = _block.Forward(x);
            return _dropPath is null ? y : _dropPath.Forward(y) + x;
        }
    }
}
