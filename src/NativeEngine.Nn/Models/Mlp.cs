using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Two hidden layers of 256 and 128 units with ReLU (Rumelhart et al. 1986 is where such nets learnt to learn).</summary>
public sealed class Mlp : Model
{
    private readonly Linear _fc1, _fc2, _fc3;
    private readonly Dropout _drop;

    internal static ModelDefinition Definition { get; } =
        new("mlp", "Rumelhart, Hinton, Williams: Learning representations by back-propagating errors, Nature 1986", ModelDefinition.Digits,
            (engine, s) => new Mlp(engine, s));

    private Mlp(Engine engine, ModelSettings s) : base(engine, s)
    {
        _fc1 = Child("fc1", new Linear(engine, s.InChans * s.ImgSize * s.ImgSize, 256));
        _fc2 = Child("fc2", new Linear(engine, 256, 128));
        _drop = Child("drop", new Dropout(engine, s.Drop));
        _fc3 = Child("fc3", new Linear(engine, 128, s.NumClasses));
    }

    /// <inheritdoc/>
    public override string Head => "fc3";

    /// <inheritdoc/>
    public override string Stem => "fc1";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _fc1.Forward(x.Flatten()).Relu();
        return _fc2.Forward(x).Relu();
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _fc3.Forward(_drop.Forward(features));
}
