using System.Text.Encodings.Web;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>What a run remembers of its images: the rule that holds some of them out, which decides, and the names of all, which tell what came and
/// went.</summary>
/// <param name="Split">The rule, from the checkpoint.</param>
/// <param name="Names">The images by name, from the run folder; null where only the checkpoint is there.</param>
public sealed record SplitRecord(ValidationSplit Split, SplitNames? Names)
{
    private const int MostNames = 10;
    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What belongs to a weights file; null where its training held nothing out.</summary>
    /// <exception cref="CheckpointException">The training held images out, but the file does not say which, or the names cannot be read.</exception>
    public static SplitRecord? Of(ModelCard card, string weights)
    {
        if (card.Options.ValFraction <= 0)
            return null;
        if (card.Split is not { } split)
            throw new CheckpointException($"{weights} does not record which images its training held out; name a folder of other images (data)");
        string? run = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(weights)));
        return new SplitRecord(split, run is null ? null : Read(RunFolder.SplitFileIn(run)));
    }

    /// <summary>Writes the names of the images of both parts.</summary>
    internal static void Write(string path, DatasetPair data)
    {
        string[] Keys(Dataset part) => [.. Enumerable.Range(0, part.Count).Select(part.Key)];
        var names = new SplitNames(Keys(data.Eval), Keys(data.Train));
        RunLog.WriteText(path, JsonSerializer.Serialize(names, Json) + "\n");
    }

    /// <summary>What came and went since the run wrote its images down, a sentence each.</summary>
    /// <param name="now">The images that are there: class and <see cref="Dataset.Key"/>.</param>
    public IEnumerable<string> Changes(IEnumerable<(string Class, string Key)> now)
    {
        if (Names is null)
        {
            var counts = now.CountBy(i => Split.Holds(i.Class, i.Key)).ToDictionary();
            var (held, trained) = (counts.GetValueOrDefault(true), counts.GetValueOrDefault(false));
            if (held != Split.Held || trained != Split.Images - Split.Held)
                yield return $"the images changed since the training: {Split.Held} were held out, now {held}; {Split.Images - Split.Held} were trained "
                    + $"on, the others are now {trained} (the run folder has their names)";
            yield break;
        }

        var (validation, train) = (Names.Validation.ToHashSet(), Names.Train.ToHashSet());
        var fresh = new List<(string Class, string Key)>();
        foreach (var image in now)
        {
            if (!validation.Remove(image.Key) && !train.Remove(image.Key))
                fresh.Add(image);
        }

        if (fresh.Count > 0)
        {
            string[] held = [.. fresh.Where(i => Split.Holds(i.Class, i.Key)).Select(i => i.Key)];
            yield return $"{Images(fresh.Count)} new since the run recorded its split, decided by the same rule: {held.Length} held "
                + $"out{(held.Length > 0 ? $" ({NameList.Some(held, MostNames)})" : "")}, {fresh.Count - held.Length} for training";
        }

        foreach (var (gone, side) in new[] { (validation, "held out"), (train, "trained on") })
        {
            if (gone.Count > 0)
                yield return $"{Images(gone.Count)} gone that {(gone.Count == 1 ? "was" : "were")} {side}: "
                    + $"{NameList.Some([.. gone.Order(CodePointOrder.Instance)], MostNames)}";
        }
    }

    /// <summary>How many images have the names of images that were trained on; 0 where the names are not known.</summary>
    internal int Trained(IEnumerable<(string Class, string Key)> images) => Names is null ? 0
        : images.Select(i => i.Key).Intersect(Names.Train, StringComparer.Ordinal).Count();

    private static string Images(int count) => count == 1 ? "1 image is" : $"{count} images are";

    private static SplitNames? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = File.OpenRead(path);
            var names = JsonSerializer.Deserialize<SplitNames>(file, Json);
            return names is { Train: not null, Validation: not null } ? names : throw new JsonException("it lacks train or validation");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: the names of the images cannot be read: {e.Message} (without this file the checkpoint alone decides)", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(FileProblem.Reading(path, e), e);
        }
    }
}
