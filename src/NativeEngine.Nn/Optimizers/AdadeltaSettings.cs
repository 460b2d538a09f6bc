using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>PyTorch's Adadelta (Zeiler 2012): s = rho·s + (1-rho)·g²; u = √(d + eps)/√(s + eps)·g; d = rho·d + (1-rho)·u²; p -= lr·u.</summary>
/// <param name="Rho">Decay of both averages.</param>
/// <param name="Eps">Added under both roots.</param>
public sealed record AdadeltaSettings(double Rho = 0.9, double Eps = 1e-6) : FusedSettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Adadelta;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => ["square_avg", "acc_delta"];

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Rho is >= 0 and <= 1, "rho", Rho, "a number in 0..1");
        RequireNotNegative("eps", Eps);
    }

    /// <inheritdoc/>
    protected internal override OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory) => args with { Beta2 = Rho, Eps = Eps };
}
