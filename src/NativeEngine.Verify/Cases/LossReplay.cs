using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>
/// Losses under their command-line names. Attributes and per-class tensors become <see cref="LossOptions"/>; those that the loss does not
/// know stay unread, which makes the case unsupported.
/// </summary>
internal static class LossReplay
{
    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        if (!LossFunction.Names.Contains(reference.Subject))
            throw new UnsupportedCaseException($"loss '{reference.Subject}'{NearestName.Suggest(reference.Subject, LossFunction.Names)}");
        var call = new CaseCall(engine, reference);
        var loss = LossFunction.Create(reference.Subject, Options(call, LossFunction.Takes(reference.Subject)));
        return call.Finish("loss", loss.Compute(call.Input("input"), call.Input("target")));
    }

    private static LossOptions Options(CaseCall c, IReadOnlySet<string> takes)
    {
        var a = c.Attributes;
        double? Number(string name) => takes.Contains(name) && a.Has(name) ? a.Number(name) : null;
        IReadOnlyList<double>? Vector(string name) => takes.Contains(name) ? c.Optional(name)?.ToArray<double>() : null;
        return new LossOptions
        {
            LabelSmoothing = Number("label_smoothing"),
            IgnoreIndex = takes.Contains("ignore_index") && a.Has("ignore_index") ? a.Integer("ignore_index") : null,
            Reduction = takes.Contains("reduction") && a.Has("reduction") ? Reduced(a.Text("reduction", "")) : null,
            LbPos = Number("lb_pos"),
            LbNeg = Number("lb_neg"),
            Gamma = Number("gamma"),
            Beta = Number("beta"),
            Over = takes.Contains("over") && a.Has("over") ? a.Text("over", "") : null,
            Keep = Number("keep"),
            Margin = Number("margin"),
            SoftMargin = takes.Contains("soft_margin") && a.Has("soft_margin") ? a.Flag("soft_margin", false) : null,
            Alpha = Number("alpha"),
            Base = Number("base"),
            Eps = Number("eps"),
            Weight = Vector("weight"),
            ClassAlpha = takes.Contains("class_alpha") ? c.Optional("alpha")?.ToArray<double>() : null,
            Counts = Vector("counts"),
            PosWeight = Vector("pos_weight"),
        };
    }

    private static Reduction Reduced(string name) => name switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        _ => throw new UnsupportedCaseException($"reduction '{name}'"),
    };
}
