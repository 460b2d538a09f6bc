using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>
/// One reference case: inputs, settings and the outputs and gradients another library computed, in one <c>.safetensors</c> file.
/// Names: <c>in.*</c> inputs, <c>state.*</c> weights, <c>out.*</c> expected outputs, <c>dout.*</c> upstream gradients, <c>grad.*</c> expected gradients.
/// </summary>
public sealed class ReferenceCase
{
    /// <summary>The format named in the metadata of every case.</summary>
    public const string Format = "nengine-case-1";

    /// <summary>Larger extents are taken for corruption.</summary>
    private const int LargestExtent = 1 << 24;

    private static readonly string[] Prefixes = ["in.", "out.", "dout.", "grad.", "state."];

    private ReferenceCase(string name, string kind, string subject, CaseAttributes attributes, Tolerance tolerance, StateDict tensors) =>
        (Name, Kind, Subject, Attributes, Tolerance, Tensors) = (name, kind, subject, attributes, tolerance, tensors);

    /// <summary>The file's stem.</summary>
    public string Name { get; }

    /// <summary>op, loss, optimizer, schedule or model.</summary>
    public string Kind { get; }

    /// <summary>The op, loss, optimizer, schedule or model.</summary>
    public string Subject { get; }

    /// <summary>What is allowed.</summary>
    public Tolerance Tolerance { get; }

    internal CaseAttributes Attributes { get; }

    internal StateDict Tensors { get; }

    /// <summary>Reads a case file; anything malformed is a <see cref="DataException"/> that says what and where.</summary>
    public static ReferenceCase Load(string path)
    {
        if (!File.Exists(path))
            throw new DataException($"{path}: no such case file");
        return Parse(SmallFile.ReadBytes(path, Array.MaxLength), path);
    }

    /// <summary>Reads a case that lies in memory; <paramref name="path"/> stands for it in errors.</summary>
    public static ReferenceCase Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            return Parse(Safetensors.Read(bytes, path), path);
        }
        catch (CheckpointException e)
        {
            throw new DataException(e.Message, e);
        }
        catch (DataException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new DataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The tensors behind a prefix: <c>out.</c>, without the prefix.</summary>
    internal IEnumerable<(string Name, HostTensor Tensor)> Behind(string prefix) =>
        Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(t => (t.Key[prefix.Length..], t.Value));

    /// <summary>A tensor that must be there.</summary>
    internal HostTensor Required(string name) => Tensors.TryGetValue(name, out var tensor) ? tensor : throw new DataException($"tensor {name} is missing");

    private static ReferenceCase Parse(SafetensorsFile file, string path)
    {
        string Meta(string key) => file.Metadata.TryGetValue(key, out var value) ? value : throw new DataException($"__metadata__.{key} is missing");
        if (Meta("format") != Format)
            throw new DataException($"__metadata__.format: expects {Format}, got {Meta("format")}");
        foreach (var (name, tensor) in file.Tensors)
            CheckTensor(name, tensor);
        var attributes = new CaseAttributes(file.Metadata.GetValueOrDefault("attrs", "{}"));
        var tolerance = file.Metadata.TryGetValue("tolerance", out var text) ? ParseTolerance(text) : new Tolerance(1e-5, 1e-4);
        return new ReferenceCase(Path.GetFileNameWithoutExtension(path), Meta("kind"), Meta("name"), attributes, tolerance, file.Tensors);
    }

    private static void CheckTensor(string name, HostTensor tensor)
    {
        if (!Array.Exists(Prefixes, p => name.StartsWith(p, StringComparison.Ordinal) && name.Length > p.Length))
            throw new DataException($"tensor {name}: expects a name that starts with {string.Join(", ", Prefixes)}");
        if (tensor.Type is not (WeightType.F32 or WeightType.F64 or WeightType.I64 or WeightType.I32 or WeightType.U8))
            throw new DataException($"tensor {name}: element type {tensor.Type}; cases hold F32, F64, I64, I32 and U8");
        if (tensor.Shape.Length > Shape.MaxRank || Array.Exists(tensor.Shape, e => e > LargestExtent))
            throw new DataException($"tensor {name}: shape [{string.Join(',', tensor.Shape)}]: expects at most {Shape.MaxRank} extents of at most "
                + $"{LargestExtent}");
    }

    private static Tolerance ParseTolerance(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            double abs = document.RootElement.GetProperty("abs").GetDouble(), rel = document.RootElement.GetProperty("rel").GetDouble();
            return abs >= 0 && rel >= 0 && double.IsFinite(abs + rel) ? new Tolerance(abs, rel)
                : throw new DataException($"tolerance: expects numbers of at least 0, got abs {abs}, rel {rel}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DataException($"tolerance: expects {{\"abs\": a, \"rel\": r}}, got {text}", e);
        }
    }
}
