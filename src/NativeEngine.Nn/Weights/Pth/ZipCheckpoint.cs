using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// The checkpoint format since torch 1.6: a zip archive of <c>NAME/data.pkl</c>, the saved object, and <c>NAME/data/KEY</c>, the bytes of its storages.
/// Archive paths are only compared, never opened on disk.
/// </summary>
internal static class ZipCheckpoint
{
    private const string Pickle = "data.pkl";

    /// <summary>Reads the saved object, and the bytes of its storages by key.</summary>
    public static (object? Root, Func<PickleStorage, ReadOnlyMemory<byte>> Storages) Read(ReadOnlyMemory<byte> bytes)
    {
        var parts = ZipDirectory.Read(bytes);
        var roots = parts.Keys.Where(n => n.EndsWith($"/{Pickle}", StringComparison.Ordinal) && n.Count(c => c == '/') == 1).ToList();
        if (roots.Count != 1)
            throw new PickleException($"has {roots.Count} entries <name>/{Pickle}, expected one: not a checkpoint of torch.save");
        string prefix = roots[0][..^Pickle.Length];
        if (parts.ContainsKey($"{prefix}constants.pkl"))
            throw new PickleException("is a TorchScript program (torch.jit.save), expected a state dict: save model.state_dict()");
        if (parts.TryGetValue($"{prefix}byteorder", out var order) && order.Data.Span.SequenceEqual("big"u8))
            throw new PickleException("was written on a big-endian machine");
        var root = new PickleReader(parts[roots[0]].Contents(roots[0])).Read();
        var read = new Dictionary<string, ReadOnlyMemory<byte>>();
        return (root, storage =>
        {
            if (read.TryGetValue(storage.Key, out var known))
                return known;
            string name = $"{prefix}data/{storage.Key}";
            return read[storage.Key] = parts.TryGetValue(name, out var part) ? part.Contents(name)
                : throw new PickleException($"lacks the data of storage {Printable.Text(storage.Key)}");
        }
        );
    }
}
