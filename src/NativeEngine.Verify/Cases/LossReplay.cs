using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Losses under their command-line names.</summary>
internal static class LossReplay
{
    private static readonly Dictionary<string, Func<CaseCall, Tensor>> Table = new()
    {
        ["cross_entropy"] = CrossEntropy,
        ["nll"] = c => c.Input("input").NllLoss(c.Input("target"), c.Optional("weight"), c.Attributes.Integer("ignore_index", Loss.IgnoreIndex), Reduced(c)),
        ["mse"] = c => c.Input("input").MseLoss(c.Input("target"), Reduced(c)),
        ["l1"] = c => c.Input("input").L1Loss(c.Input("target"), Reduced(c)),
        ["smooth_l1"] = c => c.Input("input").SmoothL1Loss(c.Input("target"), c.Attributes.Number("beta", 1), Reduced(c)),
        ["bce_with_logits"] = c => c.Input("input").BceWithLogits(c.Input("target"), c.Optional("pos_weight"), Reduced(c)),
    };

    /// <summary>The losses that can be replayed.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        var call = new CaseCall(engine, reference);
        return Table.TryGetValue(reference.Subject, out var loss)
            ? call.Finish("loss", loss(call))
            : throw new UnsupportedCaseException($"loss '{reference.Subject}'{NearestName.Suggest(reference.Subject, Names)}");
    }

    private static Tensor CrossEntropy(CaseCall c)
    {
        var target = c.Input("target");
        if (target.DType.IsFloat())
            throw new UnsupportedCaseException("cross_entropy of class probabilities");
        return c.Input("input").CrossEntropy(target, c.Optional("weight"), c.Attributes.Number("label_smoothing", 0), c.Attributes.Integer("ignore_index", Loss.IgnoreIndex), Reduced(c));
    }

    private static Reduction Reduced(CaseCall c) => c.Attributes.Text("reduction", "mean") switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        var other => throw new UnsupportedCaseException($"reduction '{other}'"),
    };
}
