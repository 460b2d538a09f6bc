using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The metadata of a checkpoint whose tensors were changed: it says which weights it belongs to, so their hash and its own checksum are made
/// anew.</summary>
public static class CheckpointMetadata
{
    /// <summary>The metadata for other tensors; that of other tools is taken over as it is.</summary>
    /// <param name="tensors">What will be written.</param>
    /// <param name="file">What was read.</param>
    /// <param name="source">Its name, for errors.</param>
    /// <param name="otherBest">The best metric belongs to the old values and is dropped.</param>
    /// <exception cref="CheckpointException">The file is damaged: a checksum made anew would hide it.</exception>
    public static IReadOnlyDictionary<string, string> For(StateDict tensors, WeightFile file, string source, bool otherBest = false)
    {
        if (!file.Metadata.TryGetValue("sha256", out var hash))
            return file.Metadata;
        MetadataSeal.Verify(file.Metadata, source);
        if (WeightsHash.Of(file.Tensors) != hash)
            throw new CheckpointException($"{source} is damaged: its tensors do not have the hash its metadata says");
        var metadata = new Dictionary<string, string>(file.Metadata) { ["sha256"] = WeightsHash.Of(tensors) };
        if (otherBest)
            metadata["best"] = "null";
        return MetadataSeal.Seal(metadata);
    }
}
