using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>What Adam and its kin share: two moments of the gradient, m = b1·m + (1-b1)·g and v = b2·v + (1-b2)·g².</summary>
public abstract record AdamFamilySettings : FusedSettings
{
    /// <summary>Decay rates of the two moments.</summary>
    public (double First, double Second) Betas { get; init; } = (0.9, 0.999);

    /// <summary>Added to the denominator.</summary>
    public double Eps { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => UsesLargest ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"];

    /// <summary>The maximum of the second moment takes its place (Reddi et al. 2018).</summary>
    protected virtual bool UsesLargest => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Betas is { First: >= 0 and < 1, Second: >= 0 and < 1 }, "betas", Betas, "two numbers from 0 to below 1");
        RequireNotNegative("eps", Eps);
    }

    /// <inheritdoc/>
    protected internal sealed override OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory) =>
        Factors(args with { Beta1 = Betas.First, Beta2 = Betas.Second, Eps = Eps, AmsGrad = UsesLargest }, memory);

    /// <summary>The bias corrections of one step.</summary>
    protected abstract OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory);

    /// <summary>1 - b1^t.</summary>
    protected static double Correction1(in OptimizerArgs a) => 1 - Math.Pow(a.Beta1, a.Step);

    /// <summary>1 - b2^t.</summary>
    protected static double Correction2(in OptimizerArgs a) => 1 - Math.Pow(a.Beta2, a.Step);
}
