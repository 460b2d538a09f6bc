namespace NativeEngine.Nn;

/// <summary>RAdam (Liu et al. 2020) as PyTorch's: coupled decay, the second moment trusted when the average is longer than 5.</summary>
[CatalogueName("radam")]
public sealed record RAdamSettings : RectifiedSettings
{
    /// <inheritdoc/>
    protected override bool IsDecoupled => false;

    /// <inheritdoc/>
    protected override bool Trusts(double length) => length > 5;
}
