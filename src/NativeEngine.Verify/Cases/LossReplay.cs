using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>
/// Losses under their command-line names. Attributes and per-class tensors become the record's parameters; those that the loss does not know stay unread,
/// which makes the case unsupported.
/// </summary>
internal static class LossReplay
{
    /// <summary>PyTorch's names of functions.</summary>
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["nll_loss"] = "nll",
        ["mse_loss"] = "mse",
        ["l1_loss"] = "l1",
        ["smooth_l1_loss"] = "smooth_l1",
        ["binary_cross_entropy_with_logits"] = "bce_with_logits",
    };

    // PyTorch's name, and those of the published code of smooth_pos_neg.
    private static readonly string[] IgnoreNames = ["ignore_index", "lb_ignore", "ignore"];

    /// <summary>Losses that are defined for a row at each place of an image.</summary>
    private static readonly string[] OfPlaces = ["cross_entropy", "nll", "focal", "smooth_pos_neg"];

    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        string name = Aliases.GetValueOrDefault(reference.Subject, reference.Subject);
        var catalogue = LossFunction.Catalogue;
        if (!catalogue.Names.Contains(name))
            throw new UnsupportedCaseException($"loss '{reference.Subject}'{NearestName.Suggest(reference.Subject, catalogue.Names)}");
        var call = new CaseCall(engine, reference);
        var loss = catalogue.Find(name).Bind((key, type) => Value(call, key, type));
        loss.Validate();
        Tensor input = call.Input("input"), target = call.Input("target");
        return call.Finish("loss", loss.TakesFloatTarget || loss is MetricLoss ? loss.Compute(input, target) : OfRows(loss, input, target));
    }

    /// <summary>
    /// A loss of rows [B, K] for the other shapes that PyTorch takes: [K] is one row without a batch, [N, K, d1, …] is a row at each of the places
    /// N, d1, …. Targets are class ids, which lack the dimension K, or probabilities, which have it.
    /// </summary>
    private static Tensor OfRows(LossFunction loss, Tensor input, Tensor target)
    {
        var shape = input.Shape;
        if (shape.Rank is 0 or 2)
            return loss.Compute(input, target);
        if (shape.Rank > 2 && !OfPlaces.Contains(loss.Name))
            throw new UnsupportedCaseException($"{loss.Name} of input {shape}");
        int[] each = shape.Rank == 1 ? [] : [shape[0], .. shape.AsSpan()[2..]];
        var places = Shape.Create(each);
        bool probabilities = target.DType.IsFloat();
        if (target.Shape != (probabilities ? shape : places))
            throw new DataException($"tensor in.target {target.Shape}: expects {(probabilities ? $"probabilities {shape}" : $"class ids {places}")} for "
                + $"input {shape}");
        var y = loss.Compute(Rows(input), probabilities ? Rows(target) : target.Reshape(checked((int)places.Count)));
        return y.Shape.Rank == 1 ? y.Reshape(each) : y;

        Tensor Rows(Tensor x)
        {
            if (shape.Rank == 1)
                return x.Reshape(1, shape[0]);
            int[] order = [0, .. Enumerable.Range(2, shape.Rank - 2), 1];
            return x.Permute(order).Reshape(checked((int)places.Count), shape[1]);
        }
    }

    private static object? Value(CaseCall c, string key, Type type) => type == typeof(IReadOnlyList<double>) ? c.Optional(key)?.ToArray<double>()
        : key == "ignore_index" ? IgnoreNames.Select(n => c.Attributes.Value(n, type)).FirstOrDefault(v => v is not null)
        : c.Attributes.Value(key, type);
}
