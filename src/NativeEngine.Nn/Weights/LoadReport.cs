using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>How a state dict fits a model.</summary>
public sealed class LoadReport
{
    /// <summary>Names present on both sides with equal shapes.</summary>
    public required IReadOnlySet<string> Loaded { get; init; }

    /// <summary>Tensors of the model that the file lacks.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Tensors of the file that the model lacks.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Tensors of both whose shapes (or kinds of element) differ: <c>fc.weight: model [10,512], file [1000,512]</c>.</summary>
    public required IReadOnlyList<string> Mismatched { get; init; }

    /// <summary>True when every tensor has its counterpart.</summary>
    public bool Complete => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    internal static LoadReport Compare(IReadOnlyList<NamedTensor> model, StateDict file)
    {
        HashSet<string> loaded = [];
        List<string> missing = [], mismatched = [];
        foreach (var (name, tensor) in model)
        {
            if (!file.TryGetValue(name, out var host))
            {
                // Weights older than PyTorch 0.4.1 do not count batches; nothing is computed from the count.
                if (!WeightValues.IsBatchCount(name))
                    missing.Add($"{name} {tensor.Shape}");
            }
            else if (WeightValues.IsBatchCount(name) && host.Count == 1)
            {
                loaded.Add(name);
            }
            else if (!host.Shape.AsSpan().SequenceEqual(tensor.Shape.AsSpan()))
            {
                mismatched.Add($"{name}: model {tensor.Shape}, file [{string.Join(',', host.Shape)}]");
            }
            else if (host.Type.IsFloat() != tensor.DType.IsFloat())
            {
                mismatched.Add($"{name}: model {tensor.DType}, file {host.Type}");
            }
            else
            {
                loaded.Add(name);
            }
        }

        var known = model.Select(m => m.Name).ToHashSet();
        return new LoadReport
        {
            Loaded = loaded,
            Missing = missing,
            Mismatched = mismatched,
            Unexpected = [.. file.Where(f => !known.Contains(f.Key)).Select(f => $"{Printable.Text(f.Key)} [{string.Join(',', f.Value.Shape)}]")],
        };
    }

    /// <summary>One message that lists what does not fit, at most 20 names of each kind.</summary>
    public string Describe(string source)
    {
        var text = new StringBuilder($"{source} does not fit the model: {Loaded.Count} tensors match");
        Append(text, "missing in the file", Missing);
        Append(text, "unexpected in the file", Unexpected);
        Append(text, "of another shape or type", Mismatched);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string title, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        text.Append($"; {names.Count} {title}: {string.Join(", ", names.Take(20))}");
        if (names.Count > 20)
            text.Append($", and {names.Count - 20} more");
    }
}
