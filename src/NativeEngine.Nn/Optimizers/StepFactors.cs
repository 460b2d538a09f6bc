using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The numbers of one step for the rules whose bias corrections are the optimizer's own. All in double, once per step.</summary>
internal static class StepFactors
{
    /// <summary>
    /// lr_t = 1e-8 + t·lr/warmup while t &lt; warmup, else lr; p -= wd·lr_t·p; p -= lr_t·√(1-b2^t)/(1-b1^t)·m / (√v + eps).
    /// </summary>
    public static OptimizerArgs AdamWWarmup(OptimizerArgs a, OptimizerOptions o, FactorMemory memory)
    {
        double warmup = o.Warmup ?? 0, rate = a.Step < warmup ? 1e-8 + a.Step * a.LearningRate / warmup : a.LearningRate;
        return a with { LearningRate = rate, Decoupled = true, Adaptive = true, RootFactor = 1, MomentFactor = Math.Sqrt(Correction2(a)) / Correction1(a) };
    }

    /// <summary>
    /// NAdam (Dozat 2016) as PyTorch since 2.0: μ_t = b1·(1 - 0.96^(t·decay)/2), M_t = Π μ; p -= lr·((1-μ_t)/(1-M_t)·g + μ_{t+1}/(1-M_{t+1})·m) / (√v/√(1-b2^t) + eps).
    /// </summary>
    public static OptimizerArgs NAdam(OptimizerArgs a, OptimizerOptions o, FactorMemory memory)
    {
        double Momentum(long t) => a.Beta1 * (1 - 0.5 * Math.Pow(0.96, t * o.MomentumDecay!.Value));
        if (memory.ProductStep != a.Step - 1)
            (memory.ProductStep, memory.MomentumProduct) = (0, 1);
        while (memory.ProductStep < a.Step)
            memory.MomentumProduct *= Momentum(++memory.ProductStep);
        double next = Momentum(a.Step + 1);
        return a with
        {
            Adaptive = true,
            RootFactor = 1 / Math.Sqrt(Correction2(a)),
            GradFactor = (1 - Momentum(a.Step)) / (1 - memory.MomentumProduct),
            MomentFactor = next / (1 - memory.MomentumProduct * next),
        };
    }

    /// <summary>RAdam (Liu et al. 2020) as PyTorch's: coupled decay, the second moment trusted when the average is longer than 5.</summary>
    public static OptimizerArgs RAdam(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => Rectified(a, AverageLength(a) > 5);

    /// <summary>RAdam as its authors wrote it: decay on the parameter, the threshold included.</summary>
    public static OptimizerArgs RAdamW(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => Rectified(a, AverageLength(a) >= o.NSmaThreshold) with { Decoupled = true };

    /// <summary>RAdam as Ranger uses it: decay on the parameter, the threshold excluded.</summary>
    public static OptimizerArgs Ranger(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => Rectified(a, AverageLength(a) > o.NSmaThreshold) with { Decoupled = true };

    /// <summary>AdaBound (Luo et al. 2019): bounds final·(1 - 1/(γt + 1)) and final·(1 + 1/(γt)), final = final_lr·lr / (lr of the first step).</summary>
    public static OptimizerArgs AdaBound(OptimizerArgs a, OptimizerOptions o, FactorMemory memory)
    {
        if (memory.BaseLr == 0)
            memory.BaseLr = a.LearningRate;
        double final = memory.BaseLr == 0 ? 0 : o.FinalLr!.Value / memory.BaseLr, time = o.Gamma!.Value * a.Step;
        return a with { MomentFactor = Math.Sqrt(Correction2(a)) / Correction1(a), LowerRate = final * (1 - 1 / (time + 1)), UpperRate = final * (1 + 1 / time) };
    }

    /// <summary>PyTorch's RMSprop: alpha decays the mean square.</summary>
    public static OptimizerArgs RmsProp(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => a with { Beta2 = o.Alpha!.Value, Centered = o.Centered == true };

    /// <summary>PyTorch's Adagrad: lr / (1 + (t - 1)·lr_decay).</summary>
    public static OptimizerArgs Adagrad(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => a with { LearningRate = a.LearningRate / (1 + (a.Step - 1) * o.LrDecay!.Value) };

    /// <summary>PyTorch's Adadelta: rho decays both averages.</summary>
    public static OptimizerArgs Adadelta(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => a with { Beta2 = o.Rho!.Value };

    /// <summary>LAMB (You et al. 2020) with bias correction.</summary>
    public static OptimizerArgs Lamb(OptimizerArgs a, OptimizerOptions o, FactorMemory memory) => a with { MomentFactor = 1 / Correction1(a), RootFactor = 1 / Math.Sqrt(Correction2(a)) };

    private static double Correction1(in OptimizerArgs a) => 1 - Math.Pow(a.Beta1, a.Step);

    private static double Correction2(in OptimizerArgs a) => 1 - Math.Pow(a.Beta2, a.Step);

    /// <summary>ρ_∞ = 2/(1-b2) - 1, the longest simple average that the second moment stands for.</summary>
    private static double LongestAverage(in OptimizerArgs a) => 2 / (1 - a.Beta2) - 1;

    /// <summary>ρ_t = ρ_∞ - 2t·b2^t/(1-b2^t).</summary>
    private static double AverageLength(in OptimizerArgs a) => LongestAverage(a) - 2 * a.Step * Math.Pow(a.Beta2, a.Step) / Correction2(a);

    /// <summary>With enough history lr·r·√(1-b2^t)/(1-b1^t)·m / (√v + eps), r the rectification; else lr/(1-b1^t)·m.</summary>
    private static OptimizerArgs Rectified(in OptimizerArgs a, bool trusted)
    {
        if (!trusted)
            return a with { MomentFactor = 1 / Correction1(a), Adaptive = false };
        double longest = LongestAverage(a), length = AverageLength(a);
        double rectification = Math.Sqrt((length - 4) / (longest - 4) * (length - 2) / (longest - 2) * longest / length);
        return a with { MomentFactor = rectification * Math.Sqrt(Correction2(a)) / Correction1(a), RootFactor = 1, Adaptive = true };
    }
}
