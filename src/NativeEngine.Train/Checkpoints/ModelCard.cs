using System.Globalization;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>What a checkpoint says about its weights: enough to build the model, prepare images and name its answers.</summary>
public sealed record ModelCard
{
    private const string Format = "nengine.weights.1";

    /// <summary>Catalogue name of the model.</summary>
    public required string Architecture { get; init; }

    /// <summary>Class names in the order of the logits.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>False where nobody named the classes: then they are called by their number, and data bring names of their own.</summary>
    public bool ClassesAreNamed { get; init; } = true;

    /// <summary>Channels of the images.</summary>
    public required int Channels { get; init; }

    /// <summary>Height and width of the images.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Mean per channel, in units of 0 … 1.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Standard deviation per channel, in units of 0 … 1.</summary>
    public required IReadOnlyList<float> Std { get; init; }

    /// <summary>How the evaluated images were held out of those of the training; null where they are a part of their own.</summary>
    public ValidationSplit? Split { get; init; }

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; init; }

    /// <summary>Updates made.</summary>
    public long Step { get; init; }

    /// <summary>Name of the metric that decides.</summary>
    public string Metric { get; init; } = new Top1Metric().Name;

    /// <summary>The best metric so far.</summary>
    public double? Best { get; init; }

    /// <summary>The settings of the run.</summary>
    public TrainOptions Options { get; init; } = new();

    /// <summary>Hash of the tensors, see <see cref="Train.WeightsHash"/>.</summary>
    public required string Hash { get; init; }

    /// <summary>True when a file's metadata say that they are a card.</summary>
    public static bool Describes(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey("arch") && metadata.ContainsKey("sha256");

    /// <summary>As metadata of a safetensors file.</summary>
    public Dictionary<string, string> ToMetadata()
    {
        var metadata = Required();
        if (Split is not null)
            metadata["split"] = JsonSerializer.Serialize(Split);
        return metadata;
    }

    private Dictionary<string, string> Required() => new()
    {
        ["format"] = Format,
        ["arch"] = Architecture,
        ["num_classes"] = Classes.Count.ToString(CultureInfo.InvariantCulture),
        ["classes"] = JsonSerializer.Serialize(Classes),
        ["mean"] = JsonSerializer.Serialize(Mean),
        ["std"] = JsonSerializer.Serialize(Std),
        ["input_size"] = JsonSerializer.Serialize(new[] { Channels, ImageSize, ImageSize }),
        ["epoch"] = Epoch.ToString(CultureInfo.InvariantCulture),
        ["step"] = Step.ToString(CultureInfo.InvariantCulture),
        ["metric"] = Metric,
        ["best"] = JsonSerializer.Serialize(Best is { } b && double.IsFinite(b) ? b : (double?)null),
        ["args"] = Options.ToJson(),
        ["sha256"] = Hash,
    };

    /// <summary>Reads metadata back.</summary>
    /// <param name="metadata">Of a safetensors file.</param>
    /// <param name="source">Named in errors: the file.</param>
    /// <exception cref="CheckpointException">Names the entry that is missing or cannot be read.</exception>
    public static ModelCard FromMetadata(IReadOnlyDictionary<string, string> metadata, string source)
    {
        string format = Text(metadata, "format", source);
        if (format != Format)
            throw new CheckpointException($"{source}: format {format}, expected {Format}");
        var size = Read<int[]>(metadata, "input_size", source);
        var card = new ModelCard
        {
            Architecture = Text(metadata, "arch", source),
            Classes = Read<string[]>(metadata, "classes", source),
            Channels = size.Length == 3 ? size[0] : 0,
            ImageSize = size.Length == 3 && size[1] == size[2] ? size[1] : 0,
            Mean = Read<float[]>(metadata, "mean", source),
            Std = Read<float[]>(metadata, "std", source),
            Split = metadata.ContainsKey("split") ? Read<ValidationSplit>(metadata, "split", source) : null,
            Epoch = Read<int>(metadata, "epoch", source),
            Step = Read<long>(metadata, "step", source),
            Metric = Text(metadata, "metric", source),
            Best = Read<double?>(metadata, "best", source),
            Options = TrainOptions.FromJson(Text(metadata, "args", source), source),
            Hash = Text(metadata, "sha256", source),
        };
        if (card.Split is { Classes: null } or { Fraction: not (> 0 and < 1) })
            throw new CheckpointException($"{source}: metadata split does not say how images were held out");
        if (card.Channels is not (1 or 3) || card.ImageSize is < 1 or > 65536)
            throw new CheckpointException($"{source}: input_size [{string.Join(',', size)}], expected 1 or 3 channels and a square size");
        if (card.Mean.Count != card.Channels || card.Std.Count != card.Channels || card.Std.Any(s => !(s > 0))
                || card.Mean.Concat(card.Std).Any(v => !float.IsFinite(v)))
            throw new CheckpointException($"{source}: mean and std do not fit {card.Channels} channels");
        if (card.Classes.Count == 0 || card.Classes.Any(string.IsNullOrEmpty) || card.Classes.Distinct(StringComparer.Ordinal).Count() != card.Classes.Count)
            throw new CheckpointException($"{source}: class names are missing or named twice");
        return card;
    }

    private static string Text(IReadOnlyDictionary<string, string> metadata, string key, string source) =>
        metadata.TryGetValue(key, out var value) ? value
            : throw new CheckpointException($"{source} is not a checkpoint of this engine: its metadata has no {key}");

    private static T Read<T>(IReadOnlyDictionary<string, string> metadata, string key, string source)
    {
        string text = Text(metadata, key, source);
        try
        {
            var value = JsonSerializer.Deserialize<T>(text);
            return value is null && default(T) is not null ? throw new JsonException() : value!;
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{source}: metadata {key} = '{text}' cannot be read", e);
        }
    }
}
