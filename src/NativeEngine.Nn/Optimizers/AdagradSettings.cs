using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>PyTorch's Adagrad (Duchi et al. 2011): s += g²; p -= lr / (1 + (t - 1)·lr_decay) · g / (√s + eps).</summary>
/// <param name="Eps">Added to the denominator.</param>
/// <param name="LrDecay">How fast the rate falls.</param>
/// <param name="InitialAccumulatorValue">What s starts at.</param>
public sealed record AdagradSettings(double Eps = 1e-10, double LrDecay = 0, double InitialAccumulatorValue = 0) : FusedSettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Adagrad;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => ["sum"];

    /// <inheritdoc/>
    public override double SlotStart => InitialAccumulatorValue;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireNotNegative("eps", Eps);
        RequireNotNegative("lr_decay", LrDecay);
        RequireNotNegative("initial_accumulator_value", InitialAccumulatorValue);
    }

    /// <inheritdoc/>
    protected internal override OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory) =>
        args with { Eps = Eps, LearningRate = args.LearningRate / (1 + (args.Step - 1) * LrDecay) };
}
