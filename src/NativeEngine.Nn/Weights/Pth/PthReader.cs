using System.Buffers.Binary;
using System.Numerics;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Reads PyTorch checkpoints (.pth, .pt): the zip format of torch ≥ 1.6, the pickle sequence before it, and the tar archive before 0.1.10. Pickles go through
/// <see cref="PickleReader"/>, which executes nothing.
/// </summary>
public static class PthReader
{
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356");

    /// <summary>Reads the state dict of a file; anything malformed or forbidden is a <see cref="CheckpointException"/> that says what.</summary>
    public static StateDict Read(string path) => ReadFile(path).Tensors;

    /// <summary>Reads the state dict of a file, the metadata that <see cref="PthWriter"/> puts beside it, and the names of other tensors beside it.</summary>
    public static WeightFile ReadFile(string path)
    {
        byte[] bytes;
        try
        {
            bytes = SmallFile.ReadBytes(path, Array.MaxLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(FileProblem.Reading(path, e), e);
        }

        return ReadFile(bytes, path);
    }

    /// <summary>Reads a file that lies in memory; <paramref name="name"/> stands for it in errors.</summary>
    public static StateDict Read(ReadOnlyMemory<byte> bytes, string name) => ReadFile(bytes, name).Tensors;

    /// <summary>As <see cref="ReadFile(string)"/> of a file that lies in memory; <paramref name="name"/> stands for it in errors.</summary>
    public static WeightFile ReadFile(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            var (root, storages) = bytes.Span.StartsWith("PK"u8) ? ZipCheckpoint.Read(bytes) : TarArchive.IsTar(bytes.Span) ? TarCheckpoint.Read(bytes)
                : ReadLegacy(bytes);
            // Strided views may repeat elements; a small file must not unfold into a huge one.
            long budget = 16L * bytes.Length + (1 << 20);
            var (tensors, beside) = StateDictFinder.Find(root, tensor =>
            {
                budget -= tensor.Shape.Aggregate(1L, (count, extent) => count * extent) * tensor.Storage.Type.Size();
                return budget >= 0 ? Materialize(tensor, storages) : throw new PickleException("has tensors that repeat their storage beyond any use");
            });
            return new WeightFile("pth", tensors, Metadata(root)) { Beside = beside };
        }
        catch (Exception e) when (e is PickleException or InvalidDataException or IOException)
        {
            throw new CheckpointException($"{name} {(e is PickleException ? e.Message : $"is not a readable checkpoint: {e.Message}")}", e);
        }
    }

    private static Dictionary<string, string> Metadata(object? root)
    {
        var metadata = new Dictionary<string, string>();
        if ((root as PickleDict)?.Attributes?.Named().Find(a => a.Key == PthWriter.MetadataAttribute).Value is PickleDict found)
        {
            foreach (var (key, value) in found.Named())
            {
                if (value is string text)
                    metadata.Add(key, text);
            }
        }

        return metadata;
    }

    private static (object? Root, Func<PickleStorage, ReadOnlyMemory<byte>> Storages) ReadLegacy(ReadOnlyMemory<byte> bytes)
    {
        var reader = new PickleReader(bytes);
        object? magic = bytes.Length > 0 && bytes.Span[0] == 0x80 ? reader.Read() : null;
        if (magic is not BigInteger number || number != LegacyMagic)
            throw new PickleException("is neither safetensors nor a checkpoint of torch.save");
        if (reader.Read() is not 1001L)
            throw new PickleException("has an unknown checkpoint version");
        if (reader.Read() is PickleDict info && info.Named().Exists(e => e is { Key: "little_endian", Value: false }))
            throw new PickleException("was written on a big-endian machine");
        var root = reader.Read();
        if (reader.Read() is not List<object?> keys)
            throw new PickleException("lacks the list of its storages");
        var starts = new Dictionary<string, (long Count, int Start)>();
        var sizes = new Dictionary<string, WeightType>();
        CollectTypes(root, sizes);
        int at = reader.Position;
        foreach (var key in keys)
        {
            if (key is not string name || !sizes.TryGetValue(name, out var type))
                throw new PickleException("lists a storage that no tensor uses"); // its element size, and so its length, is unknown
            if (at + 8 > bytes.Length)
                throw new PickleException($"ends before the data of storage {Printable.Text(name)}");
            long count = BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[at..]);
            at += 8;
            if (count < 0 || count > (bytes.Length - at) / type.Size())
                throw new PickleException($"ends inside the data of storage {Printable.Text(name)}");
            starts[name] = (count, at);
            at += (int)count * type.Size();
        }

        return (root, storage => starts.TryGetValue(storage.Key, out var found) && found.Count == storage.Count
            ? bytes.Slice(found.Start, (int)(found.Count * storage.Type.Size()))
            : throw new PickleException($"lacks the data of storage {Printable.Text(storage.Key)}"));
    }

    /// <summary>The element type of every storage below <paramref name="root"/>; containers may refer to themselves.</summary>
    private static void CollectTypes(object? root, Dictionary<string, WeightType> types)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out var value))
        {
            if (value is null || !seen.Add(value))
                continue;
            switch (value)
            {
                case PickleTensor tensor:
                    open.Push(tensor.Storage);
                    break;
                case PickleStorage storage:
                    if (types.TryGetValue(storage.Key, out var known) && known != storage.Type)
                        throw new PickleException($"uses storage {Printable.Text(storage.Key)} with two element types");
                    types[storage.Key] = storage.Type;
                    break;
                case PickleDict dict:
                    foreach (var (_, item) in dict.Items)
                        open.Push(item);
                    break;
                case List<object?> list:
                    list.ForEach(open.Push);
                    break;
                case PickleTuple tuple:
                    Array.ForEach(tuple.Items, open.Push);
                    break;
            }
        }
    }

    private static HostTensor Materialize(PickleTensor tensor, Func<PickleStorage, ReadOnlyMemory<byte>> storages)
    {
        var data = storages(tensor.Storage);
        int size = tensor.Storage.Type.Size();
        if (data.Length != tensor.Storage.Count * size)
            throw new PickleException($"has {data.Length} bytes for storage {Printable.Text(tensor.Storage.Key)}, its {tensor.Storage.Count} elements of "
                + $"{tensor.Storage.Type} take {tensor.Storage.Count * size}");
        long count = tensor.Shape.Aggregate(1L, (product, extent) => product * extent);
        if (count * size > Array.MaxLength)
            throw new PickleException($"has a tensor of {count * size} bytes, at most {Array.MaxLength} are supported");
        if (count == 0) // whatever its offset says
            return new HostTensor(tensor.Storage.Type, tensor.Shape, ReadOnlyMemory<byte>.Empty);
        if (tensor.Strides.AsSpan().SequenceEqual(RowMajor(tensor.Shape)))
            return new HostTensor(tensor.Storage.Type, tensor.Shape, data.Slice((int)(tensor.Offset * size), (int)(count * size)));
        var dense = new byte[count * size];
        var index = new int[tensor.Shape.Length];
        long from = tensor.Offset;
        for (long i = 0; i < count; i++)
        {
            data.Span.Slice((int)(from * size), size).CopyTo(dense.AsSpan((int)(i * size)));
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                from += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                    break;
                from -= tensor.Shape[axis] * tensor.Strides[axis];
                index[axis] = 0;
            }
        }

        return new HostTensor(tensor.Storage.Type, tensor.Shape, dense);
    }

    private static long[] RowMajor(int[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }

        return strides;
    }
}
