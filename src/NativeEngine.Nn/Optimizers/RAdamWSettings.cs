namespace NativeEngine.Nn;

/// <summary>RAdam as its authors wrote it: decay on the parameter, the threshold included.</summary>
/// <param name="NSmaThreshold">Length of the approximated moving average from which the second moment is trusted.</param>
[CatalogueName("radam_w")]
public record RAdamWSettings(double NSmaThreshold = 5) : RectifiedSettings
{
    /// <inheritdoc/>
    protected override bool Trusts(double length) => length >= NSmaThreshold;
}
