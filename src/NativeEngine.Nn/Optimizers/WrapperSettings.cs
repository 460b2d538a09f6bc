namespace NativeEngine.Nn;

/// <summary>An optimizer around another.</summary>
public abstract record WrapperSettings : OptimizerSettings
{
    /// <summary>The optimizer inside.</summary>
    public OptimizerSettings Inner { get; init; } = new SgdSettings();

    /// <inheritdoc/>
    public override string Name => $"{base.Name}_{Inner.Name}";

    /// <inheritdoc/>
    public override double DefaultWeightDecay => Inner.DefaultWeightDecay;
}
