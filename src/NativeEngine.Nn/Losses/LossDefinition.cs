using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One line of the loss table: defaults of the parameters it takes (null where one does not apply) and its formula.</summary>
internal sealed record LossDefinition(string Name, LossOptions Defaults, Func<LossFunction, Tensor, Tensor, Tensor> Compute)
{
    private static readonly IReadOnlyList<double> Optional = []; // marks a vector that the loss takes and that has no default

    private static readonly LossOptions CrossEntropy = new() { LabelSmoothing = 0, IgnoreIndex = Loss.IgnoreIndex, Reduction = Reduction.Mean, Weight = Optional };

    /// <summary>The options with a default, in snake case.</summary>
    public IReadOnlySet<string> Takes => typeof(LossOptions).GetProperties().Where(p => p.GetValue(Defaults) is not null).Select(p => SnakeCase.Of(p.Name)).ToHashSet();

    /// <summary>The parameters a person may write and the properties they set; focal's factor per class is its <c>alpha</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters => typeof(LossOptions).GetProperties().Where(p => p.GetValue(Defaults) is not null)
        .ToDictionary(p => p.Name == nameof(LossOptions.ClassAlpha) ? "alpha" : SnakeCase.Of(p.Name), p => p.Name);

    /// <summary>Metric loss: takes embeddings in place of logits and compares them so; null for the others.</summary>
    public EmbeddingDistance? Compares { get; private init; }

    /// <summary>The target has the input's shape.</summary>
    public bool TakesFloatTarget { get; private init; }

    /// <summary>Log-probabilities in place of logits.</summary>
    public bool TakesLogProbabilities { get; private init; }

    /// <summary>A sum over the rows, by definition.</summary>
    public bool AlwaysSums { get; private init; }

    /// <summary>All losses.</summary>
    public static IReadOnlyList<LossDefinition> All { get; } =
    [
        new("cross_entropy", CrossEntropy, ClassLosses.CrossEntropy),
        new("ce", CrossEntropy, ClassLosses.CrossEntropy),
        new("smooth_pos_neg", new() { LbPos = 0.9, LbNeg = 0.005, IgnoreIndex = 255, Reduction = Reduction.Mean }, ClassLosses.SmoothPosNeg),
        new("focal", new() { Gamma = 2, Reduction = Reduction.Mean, ClassAlpha = Optional }, ClassLosses.Focal),
        new("class_balanced", new() { Beta = 0.999, Over = "ce", Gamma = 2, Counts = Optional }, ClassLosses.ClassBalanced),
        new("ohem", new() { Keep = 0.7 }, ClassLosses.HardRows),
        new("nll", new() { IgnoreIndex = Loss.IgnoreIndex, Reduction = Reduction.Mean, Weight = Optional }, ClassLosses.Nll) { TakesLogProbabilities = true },
        new("squared", new(), (_, x, t) => x.SquaredLoss(t)) { AlwaysSums = true },
        new("mse_onehot", new(), (_, x, t) => x.SquaredLoss(t, Reduction.Mean)),
        new("softmax_inverse", new() { Reduction = Reduction.Sum }, (f, x, t) => x.SoftmaxInverseLoss(t, f.Options.Reduction!.Value)),
        new("bce_with_logits", new() { Reduction = Reduction.Mean, PosWeight = Optional }, (f, x, t) => x.BceWithLogits(t, f.OnDevice(f.Options.PosWeight, x), f.Options.Reduction!.Value)) { TakesFloatTarget = true },
        new("mse", new() { Reduction = Reduction.Mean }, (f, x, t) => x.MseLoss(t, f.Options.Reduction!.Value)) { TakesFloatTarget = true },
        new("l1", new() { Reduction = Reduction.Mean }, (f, x, t) => x.L1Loss(t, f.Options.Reduction!.Value)) { TakesFloatTarget = true },
        new("smooth_l1", new() { Beta = 1, Reduction = Reduction.Mean }, (f, x, t) => x.SmoothL1Loss(t, f.Options.Beta!.Value, f.Options.Reduction!.Value)) { TakesFloatTarget = true },
        new("triplet", new() { Margin = 0.3, SoftMargin = false }, (f, x, t) => MetricLosses.Triplet(x, t, f.Options.Margin!.Value, f.Options.SoftMargin!.Value)) { Compares = EmbeddingDistance.Euclidean },
        new("triplet_cosine", new() { Margin = 0.25 }, (f, x, t) => MetricLosses.TripletCosine(x, t, f.Options.Margin!.Value)) { Compares = EmbeddingDistance.Cosine },
        new("multi_similarity", new() { Alpha = 2, Beta = 50, Base = 0.5, Eps = 0.1 }, (f, x, t) => MetricLosses.MultiSimilarity(x, t, f.Options.Alpha!.Value, f.Options.Beta!.Value, f.Options.Base!.Value, f.Options.Eps!.Value)) { Compares = EmbeddingDistance.Cosine },
    ];

    /// <summary>The definition of a name, or a <see cref="UsageException"/> with the nearest.</summary>
    public static LossDefinition Of(string name) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new UsageException($"unknown loss '{name}'{NearestName.Suggest(name, All.Select(d => d.Name))}; known are {string.Join(", ", All.Select(d => d.Name))}");

    /// <summary>Fills in the defaults and checks every value.</summary>
    public LossOptions Resolve(LossOptions options)
    {
        var d = Defaults;
        var r = new LossOptions
        {
            LabelSmoothing = Pick("label_smoothing", options.LabelSmoothing, d.LabelSmoothing),
            IgnoreIndex = Pick("ignore_index", options.IgnoreIndex, d.IgnoreIndex),
            Reduction = Pick("reduction", options.Reduction, d.Reduction),
            LbPos = Pick("lb_pos", options.LbPos, d.LbPos),
            LbNeg = Pick("lb_neg", options.LbNeg, d.LbNeg),
            Gamma = Pick("gamma", options.Gamma, d.Gamma),
            Beta = Pick("beta", options.Beta, d.Beta),
            Over = options.Over is not null && d.Over is null ? throw HasNo("over") : options.Over ?? d.Over,
            Keep = Pick("keep", options.Keep, d.Keep),
            Margin = Pick("margin", options.Margin, d.Margin),
            SoftMargin = Pick("soft_margin", options.SoftMargin, d.SoftMargin),
            Alpha = Pick("alpha", options.Alpha, d.Alpha),
            Base = Pick("base", options.Base, d.Base),
            Eps = Pick("eps", options.Eps, d.Eps),
            Weight = Pick("weight", options.Weight, d.Weight),
            ClassAlpha = Pick("alpha", options.ClassAlpha, d.ClassAlpha),
            Counts = Pick("counts", options.Counts, d.Counts),
            PosWeight = Pick("pos_weight", options.PosWeight, d.PosWeight),
        };
        const string notNegative = "a number of at least 0", share = "a number in 0..1";
        Require(r.LabelSmoothing is null or (>= 0 and <= 1), "label_smoothing", r.LabelSmoothing, share);
        Require(r.Gamma is null or >= 0, "gamma", r.Gamma, notNegative);
        Require(r.Margin is null or >= 0, "margin", r.Margin, notNegative);
        Require(r.Keep is null or (> 0 and <= 1), "keep", r.Keep, "a number above 0 and up to 1");
        Require(r.Alpha is null or > 0, "alpha", r.Alpha, "a positive number");
        Require(r.Eps is null or >= 0, "eps", r.Eps, notNegative);
        Require(r.LbNeg is null or >= 0, "lb_neg", r.LbNeg, notNegative);
        Require(r.LbPos is null || (r.LbPos > 0 && r.LbPos >= r.LbNeg), "lb_pos", r.LbPos, "a positive number of at least lb_neg");
        Require(r.Beta is null || (Name == "class_balanced" ? r.Beta is >= 0 and < 1 : r.Beta > 0), "beta", r.Beta, Name == "class_balanced" ? "a number from 0 to below 1" : "a positive number");
        Require(r.Over is null or "ce" or "focal", "over", r.Over, "ce or focal");
        Require(Name != "class_balanced" || r.Counts is { Count: > 0 }, "counts", "none", "the number of samples of each class");
        foreach (var (vector, option) in new[] { (r.Weight, "weight"), (r.ClassAlpha, "alpha"), (r.Counts, "counts"), (r.PosWeight, "pos_weight") })
            Require(vector?.All(v => v >= 0 && double.IsFinite(v)) != false, option, vector?.FirstOrDefault(v => !(v >= 0 && double.IsFinite(v))), "finite numbers of at least 0");
        return r;
    }

    private T? Pick<T>(string option, T? given, T? standard) where T : struct => given is not null && standard is null ? throw HasNo(option) : given ?? standard;

    private IReadOnlyList<double>? Pick(string option, IReadOnlyList<double>? given, IReadOnlyList<double>? standard) => given is not null && standard is null ? throw HasNo(option) : given;

    private UsageException HasNo(string option) => new($"loss {Name} has no parameter {option}");

    private void Require(bool condition, string option, object? value, string expected)
    {
        if (!condition)
            throw new UsageException($"loss {Name}: {option} = {value}: expects {expected}");
    }
}
