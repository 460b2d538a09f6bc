namespace NativeEngine.Nn;

/// <summary>
/// Hyper-parameters of an <see cref="Optimizer"/> under PyTorch's names. Null means the optimizer's own default; a value that the
/// optimizer has no use for is refused.
/// </summary>
public sealed record OptimizerOptions
{
    /// <summary>Momentum of sgd and rmsprop.</summary>
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

    /// <summary>Decay of rmsprop's mean square.</summary>
    public double? Alpha { get; init; }

    /// <summary>Rmsprop subtracts the squared mean gradient.</summary>
    public bool? Centered { get; init; }

    /// <summary>Decay of adadelta's two averages; radius of sam's ascent.</summary>
    public double? Rho { get; init; }

    /// <summary>Adagrad divides the rate by 1 + (t - 1)·this.</summary>
    public double? LrDecay { get; init; }

    /// <summary>Adagrad's sum of squares starts at this.</summary>
    public double? InitialAccumulatorValue { get; init; }

    /// <summary>Decay of nadam's momentum schedule.</summary>
    public double? MomentumDecay { get; init; }

    /// <summary>Steps of adamw_warmup's rise.</summary>
    public double? Warmup { get; init; }

    /// <summary>Length of the approximated moving average from which radam_w, plain_radam and ranger trust the second moment.</summary>
    public double? NSmaThreshold { get; init; }

    /// <summary>Rate that adabound's bounds close in on.</summary>
    public double? FinalLr { get; init; }

    /// <summary>Speed at which adabound's bounds close.</summary>
    public double? Gamma { get; init; }

    /// <summary>Ranger takes the mean off every gradient of more than one dimension.</summary>
    public bool? Centralize { get; init; }

    /// <summary>Steps between two syncs of lookahead.</summary>
    public int? K { get; init; }

    /// <summary>Share of the way that lookahead's slow weights follow at a sync.</summary>
    public double? LookaheadAlpha { get; init; }

    /// <summary>Sam's ascent is scaled by the parameters (ASAM).</summary>
    public bool? Adaptive { get; init; }

    /// <summary>Largest norm of all gradients together; 0 does not clip. Every optimizer takes it.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Largest magnitude of a gradient element; 0 does not clip. Every optimizer takes it.</summary>
    public double ClipValue { get; init; }

    /// <summary>Largest ratio of gradient to weight norm per output unit, see <see cref="GradientClipping.Adaptive"/>; 0 does not clip.</summary>
    public double ClipRatio { get; init; }
}
