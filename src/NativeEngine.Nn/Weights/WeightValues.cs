using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>What can be wrong with the numbers of weights whose names and shapes fit: such a model answers NaN, or the same class to every image.</summary>
public static class WeightValues
{
    private const string Variance = "running_var", BatchCount = "num_batches_tracked";

    /// <summary>Refuses weights that no model can compute with.</summary>
    /// <param name="weights">Tensors under PyTorch's names.</param>
    /// <param name="source">Named in the error: the file.</param>
    /// <exception cref="CheckpointException">A NaN, an infinity, a number beyond 32-bit floats or a negative variance; names the first such tensor.</exception>
    public static void Require(IEnumerable<KeyValuePair<string, HostTensor>> weights, string source)
    {
        if (FirstFault(weights) is { } fault)
            throw new CheckpointException($"{source}: {fault}");
    }

    /// <summary>As <see cref="Require(IEnumerable{KeyValuePair{string, HostTensor}}, string)"/>, of the tensors alone that a model has.</summary>
    public static void Require(Network model, StateDict weights, string source)
    {
        var own = model.StateTensors().Select(t => t.Name).ToHashSet();
        Require(weights.Where(w => own.Contains(w.Key)), source);
    }

    /// <summary>A sentence about the first tensor that no model can compute with, or null.</summary>
    public static string? FirstFault(IEnumerable<KeyValuePair<string, HostTensor>> weights) =>
        weights.Select(w => Fault(w.Key, w.Value)).FirstOrDefault(f => f is not null);

    /// <summary>True for the number of batches that a batch norm has seen, from which nothing is computed.</summary>
    internal static bool IsBatchCount(string name) => Last(name) == BatchCount;

    /// <summary>The number of batches as PyTorch has it, an integer without extents; averaging and converting scripts leave floats, halves and lists of
    /// one.</summary>
    internal static HostTensor AsBatchCount(HostTensor count) => count is { Type: WeightType.I64, Shape.Length: 0 } || count.Count != 1 ? count
        : HostTensor.From([count.Type.IsFloat() && !double.IsFinite(count.ToDoubles()[0]) ? 0 : count.ToLongs()[0]]);

    private static string? Fault(string name, HostTensor tensor)
    {
        if (!tensor.Type.IsFloat() || IsBatchCount(name))
            return null;
        bool variance = Last(name) == Variance;
        var values = tensor.ToFloats();
        int first = Array.FindIndex(values, v => !float.IsFinite(v) || (variance && v < 0));
        if (first < 0)
            return null;
        double value = tensor.Type == WeightType.F64 ? tensor.ToDoubles()[first] : values[first];
        int count = values.Count(v => !float.IsFinite(v) || (variance && v < 0));
        string many = values.Length == 1 ? "" : $" ({count} of {values.Length} values; the first at [{string.Join(',', Position(first, tensor.Shape))}])";
        return Printable.Text(name) + (float.IsFinite(values[first])
            ? string.Create(CultureInfo.InvariantCulture, $" is {value:g6}{many}: expected a variance, which is never negative")
            : double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $" is {value:g6}{many}: expected numbers that a 32-bit float can hold")
            : $" is {(double.IsNaN(value) ? "NaN" : value > 0 ? "infinite" : "minus infinite")}{many}: expected finite numbers; a training that diverged "
                + "leaves such weights");
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static int[] Position(int index, int[] shape)
    {
        var position = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (index, position[axis]) = Math.DivRem(index, shape[axis]);
        return position;
    }
}
