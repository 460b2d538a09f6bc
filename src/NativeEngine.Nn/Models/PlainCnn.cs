using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A plain stack for colour images of 112x112: five times 3x3 convolution, batch norm, ReLU and 2x2 max pooling with 32 to 512 channels, then
/// global average pooling. The baseline that residual connections are compared with.
/// </summary>
public sealed class PlainCnn : Model
{
    private readonly Sequential _features;
    private readonly Dropout _drop;
    private readonly Linear _classifier;

    internal static ModelDefinition Definition { get; } =
        new("plaincnn", "Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, ICLR 2015 (the style, with batch norm)",
            ModelDefinition.ImageNet with { NumClasses = 10, ImgSize = 112 }, (engine, s) => new PlainCnn(engine, s));

    private PlainCnn(Engine engine, ModelSettings s) : base(engine, s)
    {
        _features = Child("features", new Sequential(engine));
        int channels = s.InChans;
        foreach (int width in (int[])[32, 64, 128, 256, 512])
        {
            _features.Append(ResidualBlock.Conv(engine, channels, width, 3));
            _features.Append(new BatchNorm2d(engine, width));
            _features.Append(new ReLU(engine));
            _features.Append(new MaxPool2d(engine, 2));
            channels = width;
        }

        _drop = Child("drop", new Dropout(engine, s.Drop));
        _classifier = Child("classifier", new Linear(engine, channels, s.NumClasses));
    }

    /// <inheritdoc/>
    public override string Head => "classifier";

    /// <inheritdoc/>
    public override string Stem => "features.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x) => _features.Forward(x).AdaptiveAvgPool2d((1, 1)).Flatten();

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(_drop.Forward(features));
}
