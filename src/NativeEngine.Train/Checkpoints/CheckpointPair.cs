using System.Text.Json;
using System.Text.Json.Serialization;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// A checkpoint on disk is two files of one stem: <c>last.safetensors</c> (weights, readable by any tool) and <c>last.state</c> (optimizer,
/// counters; safetensors, too). Both carry the hash of the weights, which binds them together.
/// </summary>
/// <remarks>
/// Saving writes both completely as <c>STEM.next.*</c>, then renames one after the other. Whenever a process is killed, a matching pair
/// exists: the old one before the first rename, afterwards the new one, one half of it perhaps still under its <c>next</c> name.
/// Loading takes the newest pair that matches and finishes the renames.
/// </remarks>
public static class CheckpointPair
{
    /// <summary>Stem of the most recent checkpoint.</summary>
    public const string Last = "last";

    /// <summary>Stem of the checkpoint with the best metric.</summary>
    public const string Best = "best";

    // The loss of a model about to diverge may be infinite.
    private static readonly JsonSerializerOptions Numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private const string Format = "nengine.state.1";
    private const string Pending = ".next";

    /// <summary>Path of the weights.</summary>
    public static string WeightsFile(string folder, string stem) => Path.Combine(folder, $"{stem}.safetensors");

    /// <summary>Path of the state.</summary>
    public static string StateFile(string folder, string stem) => Path.Combine(folder, $"{stem}.state");

    /// <summary>True when there are files of this checkpoint, whole or not.</summary>
    public static bool Exists(string folder, string stem) => Candidates(folder, stem, WeightsFile).Any() && Candidates(folder, stem, StateFile).Any();

    /// <summary>When it was last written.</summary>
    public static DateTime Written(string folder, string stem) => Candidates(folder, stem, StateFile).Max(File.GetLastWriteTimeUtc);

    /// <summary>Writes both files; when that fails the checkpoint that was there before stays.</summary>
    /// <exception cref="CheckpointException">The disk is full or cannot be written.</exception>
    public static void Save(string folder, string stem, Checkpoint checkpoint)
    {
        var state = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["weights_sha256"] = checkpoint.Card.Hash,
            ["state_sha256"] = WeightsHash.Of(checkpoint.State),
            ["progress"] = JsonSerializer.Serialize(checkpoint.Progress, Numbers),
        };
        string next = stem + Pending;
        Safetensors.Write(WeightsFile(folder, next), checkpoint.Weights, MetadataSeal.Seal(checkpoint.Card.ToMetadata()));
        Safetensors.Write(StateFile(folder, next), checkpoint.State, MetadataSeal.Seal(state));
        Rename(WeightsFile(folder, next), WeightsFile(folder, stem));
        Rename(StateFile(folder, next), StateFile(folder, stem));
        FolderSync.Flush(folder);
    }

    /// <summary>Reads the newest whole pair, checks every hash and leaves it under its final names.</summary>
    /// <exception cref="CheckpointException">No pair is whole; names what is wrong with each file.</exception>
    public static Checkpoint Load(string folder, string stem)
    {
        var problems = new List<string>();
        var weights = ReadAll(Candidates(folder, stem, WeightsFile), ReadWeights, problems);
        var states = ReadAll(Candidates(folder, stem, StateFile), ReadState, problems);
        var pairs = from w in weights
                    from s in states
                    where w.Value.Card.Hash == s.Value.WeightsHash
                    orderby s.Value.Progress.Step descending, s.Value.Progress.Epoch descending
                    select (Weights: w, State: s);
        foreach (var (w, s) in pairs)
        {
            Rename(w.Path, WeightsFile(folder, stem));
            Rename(s.Path, StateFile(folder, stem));
            RemoveLeftovers(folder);
            return new Checkpoint(w.Value.Card, w.Value.Tensors, s.Value.Progress, s.Value.Tensors);
        }

        if (problems.Count == 0)
            problems.Add(weights.Count == 0 || states.Count == 0 ? $"{(weights.Count == 0 ? "weights" : "state")} missing"
                : "weights and state belong to different moments");
        throw new CheckpointException($"{Path.Combine(folder, stem)}: no usable checkpoint: {string.Join("; ", problems)}");
    }

    /// <summary>What the weights of a checkpoint say of themselves, without reading them.</summary>
    /// <exception cref="CheckpointException">No file of it can be read.</exception>
    public static ModelCard ReadCard(string folder, string stem)
    {
        var problems = new List<string>();
        var cards = ReadAll(Candidates(folder, stem, WeightsFile), path => ModelCard.FromMetadata(Safetensors.ReadMetadata(path), path), problems);
        return cards.Count > 0 ? cards[0].Value : throw new CheckpointException($"{Path.Combine(folder, stem)}: no usable checkpoint: "
            + $"{(problems.Count > 0 ? string.Join("; ", problems) : "weights missing")}");
    }

    /// <summary>Reads and checks a weights file with its card.</summary>
    public static (ModelCard Card, StateDict Tensors) ReadWeights(string path)
    {
        var (tensors, metadata) = Safetensors.Read(path);
        return Check(new WeightFile("safetensors", tensors, metadata), path);
    }

    /// <summary>Checks a weights file that was read, and its card.</summary>
    public static (ModelCard Card, StateDict Tensors) Check(WeightFile file, string path)
    {
        MetadataSeal.Verify(file.Metadata, path);
        var card = ModelCard.FromMetadata(file.Metadata, path);
        string hash = WeightsHash.Of(file.Tensors);
        if (hash != card.Hash)
            throw new CheckpointException($"{path} is damaged: its tensors have the hash {hash[..12]}, its metadata says "
                + $"{card.Hash[..Math.Min(12, card.Hash.Length)]}");
        return (card, file.Tensors);
    }

    private static (string WeightsHash, TrainProgress Progress, StateDict Tensors) ReadState(string path)
    {
        var file = Safetensors.Read(path);
        MetadataSeal.Verify(file.Metadata, path);
        string Text(string key) => file.Metadata.TryGetValue(key, out var value) ? value
            : throw new CheckpointException($"{path} is not a training state: its metadata has no {key}");
        if (Text("format") != Format)
            throw new CheckpointException($"{path}: format {Text("format")}, expected {Format}");
        if (WeightsHash.Of(file.Tensors) != Text("state_sha256"))
            throw new CheckpointException($"{path} is damaged: its tensors do not have the hash its metadata says");
        try
        {
            var progress = JsonSerializer.Deserialize<TrainProgress>(Text("progress"), Numbers) ?? throw new JsonException("null");
            return (Text("weights_sha256"), progress, file.Tensors);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: the counters cannot be read: {e.Message}", e);
        }
    }

    private static List<(string Path, T Value)> ReadAll<T>(IEnumerable<string> paths, Func<string, T> read, List<string> problems)
    {
        var result = new List<(string, T)>();
        foreach (string path in paths)
        {
            try
            {
                result.Add((path, read(path)));
            }
            catch (CheckpointException e)
            {
                problems.Add(e.Message);
            }
        }

        return result;
    }

    private static IEnumerable<string> Candidates(string folder, string stem, Func<string, string, string> name) =>
        new[] { name(folder, stem), name(folder, stem + Pending) }.Where(File.Exists);

    private static void Rename(string from, string to)
    {
        if (from == to)
            return;
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"cannot write {to}: {e.Message}", e);
        }
    }

    // What a killed process left half-written.
    private static void RemoveLeftovers(string folder)
    {
        foreach (string pattern in new[] { "*.tmp", $"*{Pending}.safetensors", $"*{Pending}.state" })
        {
            foreach (string path in Directory.EnumerateFiles(folder, pattern))
                File.Delete(path);
        }
    }
}
