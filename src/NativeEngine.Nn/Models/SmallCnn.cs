using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// The default for digits: three 3x3 convolutions of 16, 32 and 64 channels with batch norm, ReLU and pooling, and one linear layer. Small enough
/// to train on a laptop's processor in a minute.
/// </summary>
public sealed class SmallCnn : Model
{
    private readonly Conv2d _conv1, _conv2, _conv3;
    private readonly BatchNorm2d _bn1, _bn2, _bn3;
    private readonly Linear _fc;
    private readonly Dropout _drop;

    internal static ModelDefinition Definition { get; } =
        new("smallcnn", "after LeCun et al. 1998, with batch norm (Ioffe, Szegedy 2015)", ModelDefinition.Digits, (engine, s) => new SmallCnn(engine, s));

    private SmallCnn(Engine engine, ModelSettings s) : base(engine, s)
    {
        int grid = s.ImgSize / 2 / 2 / 2;
        if (grid < 1)
            throw new UsageException($"smallcnn: image size {s.ImgSize}, expects at least 8");
        _conv1 = Child("conv1", new Conv2d(engine, s.InChans, 16, 3, padding: 1, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(engine, 16));
        _conv2 = Child("conv2", new Conv2d(engine, 16, 32, 3, padding: 1, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(engine, 32));
        _conv3 = Child("conv3", new Conv2d(engine, 32, 64, 3, padding: 1, bias: false));
        _bn3 = Child("bn3", new BatchNorm2d(engine, 64));
        _drop = Child("drop", new Dropout(engine, s.Drop));
        _fc = Child("fc", new Linear(engine, 64 * grid * grid, s.NumClasses));
    }

    /// <inheritdoc/>
    public override string Head => "fc";

    /// <inheritdoc/>
    public override string Stem => "conv1";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _bn1.Forward(_conv1.Forward(x).MaxPool2d((2, 2)), relu: true); // pooling first leaves batch norm a quarter of the pixels
        x = _bn2.Forward(_conv2.Forward(x).MaxPool2d((2, 2)), relu: true);
        x = _bn3.Forward(_conv3.Forward(x).MaxPool2d((2, 2)), relu: true);
        return x.Flatten();
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _fc.Forward(_drop.Forward(features));
}
