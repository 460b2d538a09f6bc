using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Sharpness-aware minimisation (Foret et al. 2021) around another optimizer: the second gradient is taken at p + rho·g / ‖g‖. Adaptive (Kwon et al. 2021):
/// p + rho·p²·g / ‖|p|·g‖.
/// </summary>
/// <param name="Rho">Radius of the ascent.</param>
/// <param name="Adaptive">The ascent is scaled by the parameters (ASAM).</param>
public sealed record SamSettings(double Rho = 0.05, bool Adaptive = false) : WrapperSettings
{
    /// <inheritdoc/>
    public override void Validate() => Require(Rho >= 0 && double.IsFinite(Rho), "rho", Rho, "a number of at least 0");

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default)
    {
        Validate();
        return Inner is not SamSettings ? new Sam(Inner.Create(groups, clipping), Rho, Adaptive)
            : throw new UsageException($"optimizer {Name}: sam_X does not go around itself");
    }
}
