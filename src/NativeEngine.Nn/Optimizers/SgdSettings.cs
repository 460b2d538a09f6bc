using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// PyTorch's SGD: g += wd·p; first step v = g, later v = momentum·v + (1-dampening)·g; p -= lr·(nesterov ? g + momentum·v : v).
/// </summary>
/// <param name="Momentum">How much of the last move goes on.</param>
/// <param name="Dampening">How much less the gradient counts beside it.</param>
/// <param name="Nesterov">Nesterov's look-ahead.</param>
public sealed record SgdSettings(double Momentum = 0, double Dampening = 0, bool Nesterov = false) : FusedSettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Sgd;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => Momentum > 0 ? ["momentum_buffer"] : [];

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireNotNegative("momentum", Momentum);
        if (Nesterov && (Momentum == 0 || Dampening != 0))
        {
            throw new UsageException(FormattableString.Invariant($"{Name} with nesterov: expects a positive momentum and no dampening, ")
                + FormattableString.Invariant($"got momentum {Momentum} and dampening {Dampening}"));
        }
    }

    /// <inheritdoc/>
    protected internal override OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory) =>
        args with { Momentum = Momentum, Dampening = Dampening, Nesterov = Nesterov };
}
