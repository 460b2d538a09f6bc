using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>SqueezeNet 1.1 (Iandola et al. 2016): fire modules, and a classifier that is a convolution before the pooling.</summary>
public sealed class SqueezeNet : Model
{
    private readonly Sequential _features, _classifier;

    internal static ModelDefinition Definition { get; } =
        new("squeezenet1_1", "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB "
            + "model size, 2016",
            ModelDefinition.ImageNet with { Drop = 0.5 }, (engine, s) => new SqueezeNet(engine, s));

    private SqueezeNet(Engine engine, ModelSettings s) : base(engine, s)
    {
        _features = Child("features", new Sequential(engine,
            Conv(engine, s.InChans, 64, 3, stride: 2, padding: 0), new ReLU(engine), Pool(),
            new Fire(engine, 64, 16, 64), new Fire(engine, 128, 16, 64), Pool(),
            new Fire(engine, 128, 32, 128), new Fire(engine, 256, 32, 128), Pool(),
            new Fire(engine, 256, 48, 192), new Fire(engine, 384, 48, 192), new Fire(engine, 384, 64, 256), new Fire(engine, 512, 64, 256)));
        _classifier = Child("classifier", new Sequential(engine,
            new Dropout(engine, s.Drop),
            new Conv2d(engine, 512, s.NumClasses, 1, weightInit: Init.Normal(0.01), biasInit: Init.Constant(0)),
            new ReLU(engine), new AdaptiveAvgPool2d(engine, 1), new Flatten(engine)));

        MaxPool2d Pool() => new(engine, 3, 2, ceilMode: true);
    }

    /// <inheritdoc/>
    public override string Head => "classifier.1";

    /// <inheritdoc/>
    public override string Stem => "features.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _features.Forward(x);

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(features);

    private static Conv2d Conv(Engine engine, int inChannels, int outChannels, int kernel, int stride = 1, int? padding = null) =>
        new(engine, inChannels, outChannels, kernel, stride, padding ?? kernel / 2, weightInit: Init.KaimingUniform(inChannels * kernel * kernel),
            biasInit: Init.Constant(0));

    /// <summary>Squeeze 1x1, then 1x1 and 3x3 expansions side by side.</summary>
    private sealed class Fire : Module
    {
        private readonly Conv2d _squeeze, _expand1x1, _expand3x3;

        public Fire(Engine engine, int inChannels, int squeezed, int expanded) : base(engine)
        {
            _squeeze = Child("squeeze", Conv(engine, inChannels, squeezed, 1));
            _expand1x1 = Child("expand1x1", Conv(engine, squeezed, expanded, 1));
            _expand3x3 = Child("expand3x3", Conv(engine, squeezed, expanded, 3));
        }

        protected override Tensor Compute(Tensor x)
        {
            x = _squeeze.Forward(x).Relu();
            return Memory.Concat(1, _expand1x1.Forward(x).Relu(), _expand3x3.Forward(x).Relu());
        }
    }
}
