using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One line of the optimizer table: which rule, which defaults (null where an option does not apply), which numbers a step takes.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Rule">The update rule.</param>
/// <param name="Defaults">Defaults of the options it takes.</param>
/// <param name="Factors">Fills in what changes from step to step; null when nothing does.</param>
internal sealed record OptimizerDefinition(string Name, OptimizerRule Rule, OptimizerOptions Defaults, Func<OptimizerArgs, OptimizerOptions, FactorMemory, OptimizerArgs>? Factors = null)
{
    private static readonly OptimizerOptions Adam = new() { Betas = (0.9, 0.999), Eps = 1e-8 };

    /// <summary>The optimizers that stand by themselves.</summary>
    public static IReadOnlyList<OptimizerDefinition> All { get; } =
    [
        new("sgd", OptimizerRule.Sgd, new() { Momentum = 0, Dampening = 0, Nesterov = false }),
        new("adam", OptimizerRule.Adam, Adam with { AmsGrad = false }),
        new("amsgrad", OptimizerRule.Adam, Adam with { AmsGrad = true }),
        new("adamw", OptimizerRule.AdamW, Adam with { AmsGrad = false }) { WeightDecay = 0.01 },
        new("adamw_warmup", OptimizerRule.Moments, Adam with { Warmup = 0 }, StepFactors.AdamWWarmup),
        new("nadam", OptimizerRule.Moments, Adam with { MomentumDecay = 4e-3 }, StepFactors.NAdam),
        new("radam", OptimizerRule.Moments, Adam, StepFactors.RAdam),
        new("radam_w", OptimizerRule.Moments, Adam with { NSmaThreshold = 5 }, StepFactors.RAdamW),
        new("plain_radam", OptimizerRule.Moments, Adam with { NSmaThreshold = 5 }, StepFactors.RAdamW),
        new("ranger", OptimizerRule.Moments, new() { Betas = (0.95, 0.999), Eps = 1e-5, NSmaThreshold = 5, Centralize = false, K = 6, LookaheadAlpha = 0.5 }, StepFactors.Ranger),
        new("adabound", OptimizerRule.AdaBound, Adam with { FinalLr = 0.1, Gamma = 1e-3 }, StepFactors.AdaBound),
        new("amsbound", OptimizerRule.AdaBound, Adam with { FinalLr = 0.1, Gamma = 1e-3, AmsGrad = true }, StepFactors.AdaBound),
        new("rmsprop", OptimizerRule.RmsProp, new() { Alpha = 0.99, Eps = 1e-8, Momentum = 0, Centered = false }, StepFactors.RmsProp),
        new("adagrad", OptimizerRule.Adagrad, new() { Eps = 1e-10, LrDecay = 0, InitialAccumulatorValue = 0 }, StepFactors.Adagrad),
        new("adadelta", OptimizerRule.Adadelta, new() { Rho = 0.9, Eps = 1e-6 }, StepFactors.Adadelta),
        new("lamb", OptimizerRule.Lamb, new() { Betas = (0.9, 0.999), Eps = 1e-6 }, StepFactors.Lamb) { WeightDecay = 0.01 },
    ];

    /// <summary>
    /// Weight decay where nobody asks for another: PyTorch's (0.01 for adamw, else 0), the authors' own code for what PyTorch lacks (0), and for lamb
    /// the 0.01 of You et al. 2020, which timm takes, too.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>The definition of a name, or a <see cref="UsageException"/> with the nearest.</summary>
    public static OptimizerDefinition Of(string name, string asked) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new UsageException($"unknown optimizer '{asked}'{NearestName.Suggest(asked, Optimizer.Names)}; known are {string.Join(", ", All.Select(d => d.Name))}, and {Lookahead.Prefix}X and {Sam.Prefix}X over any of them");

    /// <summary>The properties of <see cref="OptimizerOptions"/> that mean something to this optimizer, clipping aside.</summary>
    public IEnumerable<string> Takes => typeof(OptimizerOptions).GetProperties().Where(p => !p.Name.StartsWith("Clip", StringComparison.Ordinal) && p.GetValue(Defaults) is not null).Select(p => p.Name);

    /// <summary>The rule's state tensors under PyTorch's names; the first is State1.</summary>
    public string?[] SlotNames(OptimizerOptions options) => Rule switch
    {
        OptimizerRule.Sgd => options.Momentum > 0 ? ["momentum_buffer"] : [],
        OptimizerRule.RmsProp => ["square_avg", options.Momentum > 0 ? "momentum_buffer" : null, options.Centered == true ? "grad_avg" : null],
        OptimizerRule.Adagrad => ["sum"],
        OptimizerRule.Adadelta => ["square_avg", "acc_delta"],
        OptimizerRule.Lamb => ["exp_avg", "exp_avg_sq", ScratchSlot],
        _ => options.AmsGrad == true ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"],
    };

    /// <summary>A slot whose contents do not outlive the step.</summary>
    public const string ScratchSlot = "";

    /// <summary>Fills in the defaults and checks every value. What a wrapper around this optimizer takes was removed before.</summary>
    public OptimizerOptions Resolve(OptimizerOptions options)
    {
        var d = Defaults;
        var r = options with
        {
            Momentum = Pick("momentum", options.Momentum, d.Momentum),
            Dampening = Pick("dampening", options.Dampening, d.Dampening),
            Nesterov = Pick("nesterov", options.Nesterov, d.Nesterov),
            Betas = Pick("betas", options.Betas, d.Betas),
            Eps = Pick("eps", options.Eps, d.Eps),
            AmsGrad = Pick("amsgrad", options.AmsGrad, d.AmsGrad),
            Alpha = Pick("alpha", options.Alpha, d.Alpha),
            Centered = Pick("centered", options.Centered, d.Centered),
            Rho = Pick("rho", options.Rho, d.Rho),
            LrDecay = Pick("lr_decay", options.LrDecay, d.LrDecay),
            InitialAccumulatorValue = Pick("initial_accumulator_value", options.InitialAccumulatorValue, d.InitialAccumulatorValue),
            MomentumDecay = Pick("momentum_decay", options.MomentumDecay, d.MomentumDecay),
            Warmup = Pick("warmup", options.Warmup, d.Warmup),
            NSmaThreshold = Pick("n_sma_threshold", options.NSmaThreshold, d.NSmaThreshold),
            FinalLr = Pick("final_lr", options.FinalLr, d.FinalLr),
            Gamma = Pick("gamma", options.Gamma, d.Gamma),
            Centralize = Pick("centralize", options.Centralize, d.Centralize),
            K = Pick("k", options.K, d.K),
            LookaheadAlpha = Pick("lookahead_alpha", options.LookaheadAlpha, d.LookaheadAlpha),
            Adaptive = Pick("adaptive", options.Adaptive, d.Adaptive),
        };
        const string notNegative = "a number of at least 0";
        Require(r.ClipNorm >= 0, "clip norm", r.ClipNorm, notNegative);
        Require(r.ClipValue >= 0, "clip value", r.ClipValue, notNegative);
        Require(r.ClipRatio >= 0, "clip ratio", r.ClipRatio, notNegative);
        Require(r.Momentum is null or >= 0, "momentum", r.Momentum, notNegative);
        Require(r.Eps is null or >= 0, "eps", r.Eps, notNegative);
        Require(r.Betas is null or { First: >= 0 and < 1, Second: >= 0 and < 1 }, "betas", r.Betas, "two numbers from 0 to below 1");
        Require(r.Alpha is null or (>= 0 and <= 1), "alpha", r.Alpha, "a number in 0..1");
        Require(r.Rho is null or (>= 0 and <= 1), "rho", r.Rho, "a number in 0..1");
        Require(r.LrDecay is null or >= 0, "lr_decay", r.LrDecay, notNegative);
        Require(r.InitialAccumulatorValue is null or >= 0, "initial_accumulator_value", r.InitialAccumulatorValue, notNegative);
        Require(r.MomentumDecay is null or >= 0, "momentum_decay", r.MomentumDecay, notNegative);
        Require(r.Warmup is null or >= 0, "warmup", r.Warmup, notNegative);
        Require(r.FinalLr is null or >= 0, "final_lr", r.FinalLr, notNegative);
        Require(r.Gamma is null or (> 0 and < 1), "gamma", r.Gamma, "a number between 0 and 1");
        if (r.Nesterov == true && (r.Momentum == 0 || r.Dampening != 0))
            throw new UsageException($"{Name} with nesterov: expects a positive momentum and no dampening, got momentum {r.Momentum} and dampening {r.Dampening}");
        return r;
    }

    private T? Pick<T>(string option, T? given, T? standard) where T : struct
    {
        if (given is not null && standard is null)
            throw new UsageException($"optimizer {Name} has no option {option}, got {given}");
        return given ?? standard;
    }

    private void Require(bool condition, string option, object? value, string expected)
    {
        if (!condition)
            throw new UsageException($"optimizer {Name}: {option} = {value}: expects {expected}");
    }
}
