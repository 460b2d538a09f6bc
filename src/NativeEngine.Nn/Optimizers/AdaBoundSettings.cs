using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// AdaBound (Luo et al. 2019): Adam whose rate per element is kept within final·(1 - 1/(γt + 1)) and final·(1 + 1/(γt)), final = final_lr·lr / (lr of the first
/// step).
/// </summary>
/// <param name="FinalLr">Rate that the bounds close in on.</param>
/// <param name="Gamma">γ: speed at which they close.</param>
[CatalogueName("adabound")]
public record AdaBoundSettings(double FinalLr = 0.1, double Gamma = 1e-3) : AdamFamilySettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.AdaBound;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireNotNegative("final_lr", FinalLr);
        Require(Gamma is > 0 and < 1, "gamma", Gamma, "a number between 0 and 1");
    }

    /// <inheritdoc/>
    protected override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory)
    {
        if (memory.BaseLr == 0)
            memory.BaseLr = a.LearningRate;
        double final = memory.BaseLr == 0 ? 0 : FinalLr / memory.BaseLr, time = Gamma * a.Step;
        return a with
        {
            MomentFactor = Math.Sqrt(Correction2(a)) / Correction1(a),
            LowerRate = final * (1 - 1 / (time + 1)),
            UpperRate = final * (1 + 1 / time)
        };
    }
}
