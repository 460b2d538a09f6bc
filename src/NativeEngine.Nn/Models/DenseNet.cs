using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>DenseNet-BC (Huang et al. 2017) with growth rate 32: every layer of a block sees the outputs of all layers before it.</summary>
public sealed class DenseNet : Model
{
    private const string Paper = "Huang, Liu, van der Maaten, Weinberger: Densely connected convolutional networks, CVPR 2017";
    private const int Growth = 32, Bottleneck = 4 * Growth, StemChannels = 64;
    private readonly Sequential _features;
    private readonly Dropout _drop;
    private readonly Linear _classifier;

    internal static IEnumerable<ModelDefinition> Definitions =>
        from plan in ((string Name, int[] Layers)[])[("densenet121", [6, 12, 24, 16]), ("densenet169", [6, 12, 32, 32])]
        select new ModelDefinition(plan.Name, Paper, ModelDefinition.ImageNet, (engine, s) => new DenseNet(engine, s, plan.Layers));

    private DenseNet(Engine engine, ModelSettings s, int[] layers) : base(engine, s)
    {
        _features = Child("features", new Sequential(engine));
        _features.Append(Conv(engine, s.InChans, StemChannels, 7, stride: 2), "conv0");
        _features.Append(new BatchNorm2d(engine, StemChannels), "norm0");
        _features.Append(new ReLU(engine), "relu0");
        _features.Append(new MaxPool2d(engine, 3, 2, 1), "pool0");
        int channels = StemChannels;
        for (int i = 0; i < layers.Length; i++)
        {
            _features.Append(new DenseBlock(engine, channels, layers[i]), $"denseblock{i + 1}");
            channels += layers[i] * Growth;
            if (i == layers.Length - 1)
                break;
            _features.Append(new Sequential(engine,
                ("norm", new BatchNorm2d(engine, channels)), ("relu", new ReLU(engine)),
                ("conv", Conv(engine, channels, channels / 2, 1)), ("pool", new AvgPool2d(engine, 2))), $"transition{i + 1}");
            channels /= 2;
        }

        _features.Append(new BatchNorm2d(engine, channels), "norm5");
        _features.Append(new ReLU(engine), "relu5");
        _drop = Child("drop", new Dropout(engine, s.Drop));
        _classifier = Child("classifier", new Linear(engine, channels, s.NumClasses, biasInit: Init.Constant(0)));
    }

    /// <inheritdoc/>
    public override string Head => "classifier";

    /// <inheritdoc/>
    public override string Stem => "features.conv0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _features.Forward(x).AdaptiveAvgPool2d((1, 1)).Flatten();

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(_drop.Forward(features));

    private static Conv2d Conv(Engine engine, int inChannels, int outChannels, int kernel, int stride = 1) =>
        new(engine, inChannels, outChannels, kernel, stride, kernel / 2, bias: false, weightInit: Init.KaimingNormal(inChannels * kernel * kernel));

    /// <summary>Layers that each append <see cref="Growth"/> channels to what they got.</summary>
    private sealed class DenseBlock : Module
    {
        private readonly DenseLayer[] _layers;

        public DenseBlock(Engine engine, int channels, int count) : base(engine) =>
            _layers = [.. Enumerable.Range(0, count).Select(i => Child($"denselayer{i + 1}", new DenseLayer(engine, channels + i * Growth)))];

        protected override Tensor Compute(Tensor x)
        {
            foreach (var layer in _layers)
                x = Then(x, Memory.Concat(1, x, layer.Forward(x)));
            return x;
        }
    }

    /// <summary>BN-ReLU-conv 1x1, BN-ReLU-conv 3x3.</summary>
    private sealed class DenseLayer : Module
    {
        private readonly BatchNorm2d _norm1, _norm2;
        private readonly Conv2d _conv1, _conv2;

        public DenseLayer(Engine engine, int channels) : base(engine)
        {
            _norm1 = Child("norm1", new BatchNorm2d(engine, channels));
            _conv1 = Child("conv1", Conv(engine, channels, Bottleneck, 1));
            _norm2 = Child("norm2", new BatchNorm2d(engine, Bottleneck)).After(_conv1);
            _conv2 = Child("conv2", Conv(engine, Bottleneck, Growth, 3));
        }

        protected override Tensor Compute(Tensor x)
        {
            x = _norm1.Forward(x, relu: true);
            x = Then(x, _conv1.Forward(x));
            x = Then(x, _norm2.Forward(x, relu: true));
            return _conv2.Forward(x);
        }
    }
}
