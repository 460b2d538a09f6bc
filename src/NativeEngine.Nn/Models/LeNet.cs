using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// LeNet-5 (LeCun et al. 1998) with ReLU and max pooling: 6 and 16 channels of 5x5, then 120, 84 and the classes. Images of 28x28 are padded
/// to the paper's 32x32.
/// </summary>
public sealed class LeNet : Model
{
    private readonly Conv2d _conv1, _conv2;
    private readonly Linear _fc1, _fc2, _fc3;
    private readonly Dropout _drop;

    internal static ModelDefinition Definition { get; } =
        new("lenet", "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, Proc. IEEE 1998", ModelDefinition.Digits,
            (engine, s) => new LeNet(engine, s));

    private LeNet(Engine engine, ModelSettings s) : base(engine, s)
    {
        int padding = s.ImgSize <= 28 ? 2 : 0;
        int grid = ((s.ImgSize + 2 * padding - 4) / 2 - 4) / 2;
        if (grid < 1)
            throw new UsageException($"lenet: image size {s.ImgSize}, expects at least 12");
        _conv1 = Child("conv1", new Conv2d(engine, s.InChans, 6, 5, padding: padding));
        _conv2 = Child("conv2", new Conv2d(engine, 6, 16, 5));
        _fc1 = Child("fc1", new Linear(engine, 16 * grid * grid, 120));
        _fc2 = Child("fc2", new Linear(engine, 120, 84));
        _drop = Child("drop", new Dropout(engine, s.Drop));
        _fc3 = Child("fc3", new Linear(engine, 84, s.NumClasses));
    }

    /// <inheritdoc/>
    public override string Head => "fc3";

    /// <inheritdoc/>
    public override string Stem => "conv1";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        // The maximum and ReLU commute, values and gradients alike; a quarter of the elements is left after the pooling.
        x = _conv1.Forward(x).MaxPool2d((2, 2)).Relu();
        x = _conv2.Forward(x).MaxPool2d((2, 2)).Relu();
        x = _fc1.Forward(x.Flatten()).Relu();
        return _fc2.Forward(x).Relu();
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _fc3.Forward(_drop.Forward(features));
}
