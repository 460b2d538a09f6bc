namespace NativeEngine.Nn;

/// <summary>
/// Hyper-parameters of an <see cref="Optimizer"/> under PyTorch's names. Null means the optimizer's own default; a value that the
/// optimizer has no use for is refused.
/// </summary>
public sealed record OptimizerOptions
{
    /// <summary>Momentum of sgd.</summary>
    public double? Momentum { get; init; }

    /// <summary>Dampening of sgd's momentum.</summary>
    public double? Dampening { get; init; }

    /// <summary>Nesterov's form of sgd's momentum.</summary>
    public bool? Nesterov { get; init; }

    /// <summary>Decay rates of the two moments.</summary>
    public (double First, double Second)? Betas { get; init; }

    /// <summary>Added to the denominator.</summary>
    public double? Eps { get; init; }

    /// <summary>The maximum of the second moment takes its place (Reddi et al. 2018).</summary>
    public bool? AmsGrad { get; init; }

    /// <summary>Largest norm of all gradients together; 0 does not clip. Every optimizer takes it.</summary>
    public double ClipNorm { get; init; }
}
