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

    /// <summary>
    /// The rest of Adam's family, whose bias corrections the caller computes: g += wd·p, or p -= lr·wd·p when <c>Decoupled</c>;
    /// m = b1·m + (1-b1)·g; v = b2·v + (1-b2)·g²; p -= lr·(GradFactor·g + MomentFactor·m) / d with d = RootFactor·√v + eps when
    /// <c>Adaptive</c>, else 1. State1 = m, State2 = v; with amsgrad State3 = max of v, used in v's place. NAdam (Dozat 2016), RAdam
    /// (Liu et al. 2020) and Adam with warm-up are this rule with their own factors.
    /// </summary>
    Moments,

    /// <summary>
    /// AdaBound (Luo et al. 2019): moments as in <see cref="Moments"/>, then p -= clamp(lr·MomentFactor / (√v + eps), LowerRate·lr, UpperRate·lr)·m.
    /// </summary>
    AdaBound,

    /// <summary>
    /// PyTorch's RMSprop: g += wd·p; v = b2·v + (1-b2)·g²; <c>Centered</c>: a = b2·a + (1-b2)·g and v - a² in v's place under the root;
    /// u = g / (√v + eps); with momentum b = momentum·b + u and p -= lr·b, else p -= lr·u. State1 = v, State2 = b, State3 = a; those
    /// not used are null.
    /// </summary>
    RmsProp,

    /// <summary>Adagrad (Duchi et al. 2011): g += wd·p; s += g²; p -= lr·g / (√s + eps). State1 = s.</summary>
    Adagrad,

    /// <summary>
    /// Adadelta (Zeiler 2012): g += wd·p; s = b2·s + (1-b2)·g²; u = √(d + eps)/√(s + eps)·g; d = b2·d + (1-b2)·u²; p -= lr·u.
    /// State1 = s, State2 = d.
    /// </summary>
    Adadelta,

    /// <summary>
    /// LAMB (You et al. 2020): moments as in <see cref="Moments"/>, u = MomentFactor·m / (RootFactor·√v + eps) + wd·p, and per parameter
    /// tensor p -= lr·(‖p‖/‖u‖)·u, the ratio being 1 where either norm is 0. State1 = m, State2 = v, State3 = u, which need not outlive the step.
    /// </summary>
    Lamb,

    /// <summary>
    /// The ascent of sharpness-aware minimisation (Foret et al. 2021), not scaled by the learning rate: State1 = p;
    /// p += Rho / (norm + 1e-12)·g, or with <c>Adaptive</c> (Kwon et al. 2021) p += Rho / (norm + 1e-12)·p²·g. norm is required and never clips.
    /// </summary>
    SamAscend,
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

    /// <summary>Factor of the gradient in the update of <see cref="OptimizerRule.Moments"/>.</summary>
    public double GradFactor { get; init; }

    /// <summary>Factor of the first moment in the update: the bias correction and what else the optimizer multiplies onto it.</summary>
    public double MomentFactor { get; init; }

    /// <summary>Factor on the root of the second moment: its bias correction.</summary>
    public double RootFactor { get; init; }

    /// <summary>The update is divided by the root of the second moment; for SAM: the ascent is scaled by the parameters.</summary>
    public bool Adaptive { get; init; }

    /// <summary>Weight decay acts on the parameter, not through the gradient.</summary>
    public bool Decoupled { get; init; }

    /// <summary>RMSprop subtracts the squared mean gradient.</summary>
    public bool Centered { get; init; }

    /// <summary>AdaBound's smallest rate per unit of learning rate.</summary>
    public double LowerRate { get; init; }

    /// <summary>AdaBound's largest rate per unit of learning rate.</summary>
    public double UpperRate { get; init; }

    /// <summary>Radius of SAM's ascent.</summary>
    public double Rho { get; init; }

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
