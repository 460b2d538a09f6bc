using System.Security.Cryptography;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>A checksum over the metadata of a file, so that a damaged counter or class name is noticed.</summary>
internal static class MetadataSeal
{
    private const string Key = "check";

    /// <summary>Adds the checksum.</summary>
    public static Dictionary<string, string> Seal(Dictionary<string, string> metadata)
    {
        metadata[Key] = Sum(metadata);
        return metadata;
    }

    /// <summary>Compares the checksum; a file without one was not written by this engine.</summary>
    public static void Verify(IReadOnlyDictionary<string, string> metadata, string source)
    {
        if (!metadata.TryGetValue(Key, out var sum))
            throw new CheckpointException($"{source} is not a checkpoint of this engine: its metadata has no {Key}");
        if (sum != Sum(metadata))
            throw new CheckpointException($"{source} is damaged: its metadata does not have the checksum it says");
    }

    private static string Sum(IReadOnlyDictionary<string, string> metadata)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in metadata.Where(m => m.Key != Key).OrderBy(m => m.Key, StringComparer.Ordinal))
            text.Append(key).Append('\0').Append(value).Append('\0');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
