using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>PyTorch's RMSprop: v = alpha·v + (1-alpha)·g²; centered: minus the squared mean gradient; u = g / (√v + eps), with momentum b = momentum·b + u; p
/// -= lr·b.</summary>
/// <param name="Alpha">Decay of the mean square.</param>
/// <param name="Eps">Added to the denominator.</param>
/// <param name="Momentum">How much of the last move goes on.</param>
/// <param name="Centered">Subtracts the squared mean gradient.</param>
[CatalogueName("rmsprop")]
public sealed record RmsPropSettings(double Alpha = 0.99, double Eps = 1e-8, double Momentum = 0, bool Centered = false) : FusedSettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.RmsProp;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => ["square_avg", Momentum > 0 ? "momentum_buffer" : null, Centered ? "grad_avg" : null];

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Alpha is >= 0 and <= 1, "alpha", Alpha, "a number in 0..1");
        RequireNotNegative("eps", Eps);
        RequireNotNegative("momentum", Momentum);
    }

    /// <inheritdoc/>
    protected internal override OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory) =>
        args with { Beta2 = Alpha, Eps = Eps, Momentum = Momentum, Centered = Centered };
}
