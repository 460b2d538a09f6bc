namespace NativeEngine.Core;

/// <summary>Update rules of <see cref="IBackend.OptimizerStep"/>; formulas with g = gradient (scaled, plus wd·p where the decay is coupled).</summary>
public enum OptimizerRule
{
    /// <summary>
    /// PyTorch's SGD: g += wd·p; first step v = g, later v = momentum·v + (1-dampening)·g (v is skipped when momentum is 0);
    /// p -= lr·(nesterov ? g + momentum·v : v). State1 = v.
    /// </summary>
    Sgd,

    /// <summary>
    /// Adam (Kingma and Ba 2015, PyTorch's form): g += wd·p; m = b1·m + (1-b1)·g; v = b2·v + (1-b2)·g²;
    /// p -= lr/(1-b1^t) · m / (√v/√(1-b2^t) + eps). State1 = m, State2 = v; with amsgrad State3 = max of v, used in v's place.
    /// </summary>
    Adam,

    /// <summary>AdamW (Loshchilov and Hutter 2019): p -= lr·wd·p, then Adam without coupled decay.</summary>
    AdamW,
}

/// <summary>Hyper-parameters of one <see cref="IBackend.OptimizerStep"/>.</summary>
/// <param name="Rule">The update rule.</param>
/// <param name="LearningRate">Learning rate of this step, multiplied by each slot's factor.</param>
/// <param name="Step">Number of this update, counted from 1.</param>
public readonly record struct OptimizerArgs(OptimizerRule Rule, double LearningRate, long Step)
{
    /// <summary>SGD's momentum.</summary>
    public double Momentum { get; init; }

    /// <summary>SGD's dampening.</summary>
    public double Dampening { get; init; }

    /// <summary>SGD with Nesterov's look-ahead.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; }

    /// <summary>Added to the denominator.</summary>
    public double Eps { get; init; }

    /// <summary>Adam's maximum of the second moment (Reddi et al. 2018).</summary>
    public bool AmsGrad { get; init; }

    /// <summary>Largest gradient norm; 0 means no clipping.</summary>
    public double ClipNorm { get; init; }
}

/// <summary>One parameter with its gradient and the optimizer's state, all dense and of one shape.</summary>
/// <param name="Param">Changed in place.</param>
/// <param name="Grad">Read only.</param>
/// <param name="State1">First state tensor of the rule, or null.</param>
/// <param name="State2">Second state tensor of the rule, or null.</param>
/// <param name="State3">Third state tensor of the rule, or null.</param>
/// <param name="WeightDecay">Weight decay of this parameter.</param>
/// <param name="LrScale">Factor on the learning rate for this parameter.</param>
public sealed record OptimizerSlot(Tensor Param, Tensor Grad, Tensor? State1, Tensor? State2, Tensor? State3, double WeightDecay, double LrScale);
