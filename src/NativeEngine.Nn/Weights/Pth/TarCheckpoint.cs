using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// The checkpoint format before torch 0.1.10 (2017): a tar archive of <c>storages</c> (raw data, each behind its description), <c>tensors</c>
/// (views of them) and <c>pickle</c> (the saved object, which refers to both by number).
/// </summary>
internal static class TarCheckpoint
{
    /// <summary>Reads the saved object, and the bytes of its storages by key.</summary>
    public static (object? Root, Func<PickleStorage, ReadOnlyMemory<byte>> Storages) Read(ReadOnlyMemory<byte> bytes)
    {
        var files = TarArchive.Read(bytes);
        var objects = new Dictionary<string, object>();
        var data = new Dictionary<string, ReadOnlyMemory<byte>>();
        ReadStorages(File(files, "storages"), objects, data);
        ReadTensors(File(files, "tensors"), objects);
        var root = new PickleReader(File(files, "pickle"), id =>
            objects.TryGetValue(Key(id), out var found) ? found : throw new PickleException("refers to a tensor or storage that is not in the file")).Read();
        return (root, storage => data.TryGetValue(storage.Key, out var found) ? found
            : throw new PickleException($"lacks the data of storage {Printable.Text(storage.Key)}"));
    }

    private static void ReadStorages(ReadOnlyMemory<byte> file, Dictionary<string, object> objects, Dictionary<string, ReadOnlyMemory<byte>> data)
    {
        var reader = new PickleReader(file);
        for (long count = Number(reader.Read()); count > 0; count--)
        {
            if (reader.Read() is not PickleTuple { Items: [var key, _, PickleGlobal type] } || TorchGlobals.ElementOf(type) is not { } element)
                throw new PickleException("has a storage that is not described by key, place and type");
            long length = BinaryPrimitives.ReadInt64LittleEndian(reader.Raw(8).Span);
            if (length < 0 || length > file.Length / element.Size())
                throw new PickleException($"claims a storage of {length} elements, which the file cannot hold");
            Add(new PickleStorage(element, Key(key), length), reader.Raw(length * element.Size()), objects, data);
        }

        // Storages that are parts of others: (own key, key of the whole, first element, elements).
        if (reader.Read() is not List<object?> views)
            throw new PickleException("lacks the list of its storage views");
        foreach (var view in views)
        {
            if (view is not PickleTuple { Items: [var key, var whole, long offset, long length] } || !objects.TryGetValue(Key(whole), out var found)
                    || found is not PickleStorage storage)
                throw new PickleException("has a storage view of an unknown storage");
            if (offset < 0 || length < 0 || length > storage.Count - offset)
                throw new PickleException($"has a storage view of elements {offset} to {offset + length} of a storage of {storage.Count}");
            int size = storage.Type.Size();
            Add(new PickleStorage(storage.Type, Key(key), length), data[storage.Key].Slice((int)(offset * size), (int)(length * size)), objects, data);
        }
    }

    private static void ReadTensors(ReadOnlyMemory<byte> file, Dictionary<string, object> objects)
    {
        var reader = new PickleReader(file);
        for (long count = Number(reader.Read()); count > 0; count--)
        {
            if (reader.Read() is not PickleTuple { Items: [var key, var storage, _] } || !objects.TryGetValue(Key(storage), out var found)
                    || found is not PickleStorage known)
                throw new PickleException("has a tensor of an unknown storage");
            int rank = BinaryPrimitives.ReadInt32LittleEndian(reader.Raw(8).Span); // followed by four bytes without meaning
            if (rank is < 0 or > TorchGlobals.MaxRank)
                throw new PickleException($"has a tensor with {rank} extents");
            var shape = Numbers(reader, rank);
            var strides = Numbers(reader, rank);
            long offset = BinaryPrimitives.ReadInt64LittleEndian(reader.Raw(8).Span);
            if (!objects.TryAdd(Key(key), TorchGlobals.Tensor(known, offset, shape, strides)))
                throw new PickleException($"has two objects of the number {Printable.Text(Key(key))}");
        }
    }

    private static void Add(PickleStorage storage, ReadOnlyMemory<byte> bytes, Dictionary<string, object> objects, Dictionary<string,
        ReadOnlyMemory<byte>> data)
    {
        if (!objects.TryAdd(storage.Key, storage))
            throw new PickleException($"has two objects of the number {Printable.Text(storage.Key)}");
        data.Add(storage.Key, bytes);
    }

    private static object?[] Numbers(PickleReader reader, int count)
    {
        var span = reader.Raw(8L * count).Span;
        var numbers = new object?[count];
        for (int i = 0; i < count; i++)
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(span[(8 * i)..]);
        return numbers;
    }

    private static long Number(object? value) => value is long number ? number : throw new PickleException("lacks the number of its entries");

    // Python 2 wrote keys as whole numbers or as their digits.
    private static string Key(object? value) => value switch
    {
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        System.Numerics.BigInteger number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        string { Length: <= 40 } digits => digits,
        _ => throw new PickleException("has a key that is not a number"),
    };

    private static ReadOnlyMemory<byte> File(Dictionary<string, ReadOnlyMemory<byte>> files, string name) =>
        files.TryGetValue(name, out var file) ? file : throw new PickleException($"is a tar archive without the file {name}: not a checkpoint of torch.save");
}
