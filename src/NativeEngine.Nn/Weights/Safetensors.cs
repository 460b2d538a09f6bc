using System.Buffers.Binary;
using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Reader and writer of safetensors: u64 little-endian header length, a JSON header {name: {dtype, shape, data_offsets}, "__metadata__":
/// {string: string}}, then the elements, row-major and little-endian. The reader refuses everything the format forbids.
/// </summary>
public static class Safetensors
{
    /// <summary>The format's own limit on the header.</summary>
    private const long MaxHeader = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a whole file. Anything malformed is a <see cref="CheckpointException"/> that names file and tensor.</summary>
    public static SafetensorsFile Read(string path)
    {
        try
        {
            NamedPipe.Refuse(path);
            using var file = File.OpenHandle(path);
            return Read((offset, target) => ReadExactly(file, path, offset, target), RandomAccess.GetLength(file), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(FileProblem.Reading(path, e), e);
        }
    }

    /// <summary>Reads the metadata of a file without its tensors.</summary>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        try
        {
            NamedPipe.Refuse(path);
            using var file = File.OpenHandle(path);
            return ReadHeader((offset, target) => ReadExactly(file, path, offset, target), RandomAccess.GetLength(file), path).Metadata;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(FileProblem.Reading(path, e), e);
        }
    }

    /// <summary>Reads a file that lies in memory; <paramref name="name"/> stands for it in errors.</summary>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string name) =>
        Read((offset, target) => bytes.Span.Slice((int)offset, target.Length).CopyTo(target), bytes.Length, name);

    /// <summary>Writes tensors and metadata through a temporary name.</summary>
    public static void Write(string path, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken stop = default) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, stop));

    /// <summary>Writes tensors and metadata; the widest elements come first, so every tensor is aligned.</summary>
    public static void Write(Stream stream, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken stop = default)
    {
        var offsets = new Dictionary<string, long>();
        var order = tensors.OrderByDescending(t => t.Value.Type.Size()).ToList();
        long end = 0;
        foreach (var (name, tensor) in order)
        {
            offsets.Add(name, end);
            end += tensor.Bytes.Length;
        }

        var header = Header(tensors, offsets, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in order)
        {
            stop.ThrowIfCancellationRequested();
            stream.Write(tensor.Bytes.Span);
        }
    }

    private static byte[] Header(StateDict tensors, Dictionary<string, long> offsets, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (int extent in tensor.Shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offsets[name]);
                json.WriteNumberValue(offsets[name] + tensor.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private delegate void Reader(long offset, Span<byte> target);

    private static SafetensorsFile Read(Reader read, long fileLength, string path)
    {
        var (entries, metadata, dataStart) = ReadHeader(read, fileLength, path);
        var tensors = new StateDict();
        foreach (var entry in entries)
        {
            var bytes = new byte[entry.End - entry.Begin];
            read(dataStart + entry.Begin, bytes);
            tensors.Add(entry.Name, new HostTensor(entry.Type, entry.Shape, bytes));
        }

        return new SafetensorsFile(tensors, metadata);
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata, long DataStart) ReadHeader(Reader read, long fileLength, string path)
    {
        if (fileLength < 8)
            throw Bad(path, $"has {fileLength} bytes, a safetensors file at least 8");
        Span<byte> prefix = stackalloc byte[8];
        read(0, prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeader || (long)headerLength > fileLength - 8)
            throw Bad(path, $"names a header of {headerLength} bytes; the file has {fileLength - 8} after the length and the format allows {MaxHeader}");
        var header = new byte[headerLength];
        read(8, header);
        long dataStart = 8 + (long)headerLength, dataLength = fileLength - dataStart;
        List<Entry> entries;
        Dictionary<string, string> metadata;
        try
        {
            (entries, metadata) = ParseHeader(header, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for text that is not UTF-8
        {
            throw Bad(path, $"has a header that is not JSON: {e.Message}", e);
        }

        CheckRanges(entries, dataLength, path);
        return (entries, metadata, dataStart);
    }

    private static void ReadExactly(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path, long offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int count = RandomAccess.Read(file, target, offset);
            if (count == 0)
                throw Bad(path, $"ends at byte {offset}, {target.Length} bytes early");
            target = target[count..];
            offset += count;
        }
    }

    private sealed record Entry(string Name, WeightType Type, int[] Shape, long Begin, long End);

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ParseHeader(byte[] header, string path)
    {
        if (header.Length == 0 || header[0] != '{')
            throw Bad(path, "has a header that does not start with {");
        if (!System.Text.Unicode.Utf8.IsValid(header))
            throw Bad(path, "has a header that is not valid UTF-8");
        using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
        var names = new HashSet<string>();
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!names.Add(property.Name))
                throw Bad(path, $"names {property.Name} twice");
            if (property.Name == MetadataKey)
                ReadMetadata(property.Value, metadata, path);
            else
                entries.Add(ReadEntry(property.Name, property.Value, path));
        }

        return (entries, metadata);
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"{MetadataKey}: expects an object, got {value.ValueKind}");
        foreach (var pair in value.EnumerateObject())
        {
            if (pair.Value.ValueKind != JsonValueKind.String)
                throw Bad(path, $"{MetadataKey}.{pair.Name}: expects a string, got {pair.Value.ValueKind}");
            if (!metadata.TryAdd(pair.Name, pair.Value.GetString()!))
                throw Bad(path, $"names {MetadataKey}.{pair.Name} twice");
        }
    }

    private static Entry ReadEntry(string name, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"tensor {name}: expects an object, got {value.ValueKind}");
        string? type = null;
        long[]? shape = null, range = null;
        foreach (var field in value.EnumerateObject())
        {
            switch (field.Name)
            {
                case "dtype" when type is null && field.Value.ValueKind == JsonValueKind.String:
                    type = field.Value.GetString();
                    break;
                case "shape" when shape is null:
                    shape = Numbers(field.Value, $"tensor {name}: shape", path);
                    break;
                case "data_offsets" when range is null:
                    range = Numbers(field.Value, $"tensor {name}: data_offsets", path);
                    break;
                default:
                    throw Bad(path, $"tensor {name}: field {field.Name} is unknown, repeated or of the wrong type");
            }
        }

        if (type is null || shape is null || range is not { Length: 2 })
            throw Bad(path, $"tensor {name}: expects dtype, shape and data_offsets [begin, end]");
        if (!Enum.TryParse<WeightType>(type, out var known) || known.ToString() != type)
            throw Bad(path, $"tensor {name}: element type {type} is not supported; known are {string.Join(", ", Enum.GetNames<WeightType>())}");
        if (Array.Exists(shape, e => e > int.MaxValue))
            throw Bad(path, $"tensor {name}: shape [{string.Join(',', shape)}] has an extent above {int.MaxValue}");
        var bytes = new Int128((ulong)0, (ulong)known.Size());
        foreach (long extent in shape)
            bytes = bytes > long.MaxValue ? bytes : bytes * extent; // stops growing far beyond any file
        if (range[1] < range[0] || bytes != range[1] - range[0])
            throw Bad(path, $"tensor {name}: data_offsets [{range[0]}, {range[1]}] span {range[1] - range[0]} bytes, {type} [{string.Join(',', shape)}] "
                + $"takes {bytes}");
        if (bytes > Array.MaxLength)
            throw Bad(path, $"tensor {name}: {type} [{string.Join(',', shape)}] takes {bytes} bytes, at most {Array.MaxLength} are supported");
        return new Entry(name, known, Array.ConvertAll(shape, e => (int)e), range[0], range[1]);
    }

    private static long[] Numbers(JsonElement value, string what, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw Bad(path, $"{what}: expects a list, got {value.ValueKind}");
        var numbers = new List<long>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
                throw Bad(path, $"{what}: {item.GetRawText()} is not a whole number ≥ 0");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The ranges tile the data: no overlap, no gap, nothing outside the file, nothing left over.</summary>
    private static void CheckRanges(List<Entry> entries, long dataLength, string path)
    {
        long end = 0;
        string before = "the header";
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.End > dataLength)
                throw Bad(path, $"tensor {entry.Name}: data ends at byte {entry.End}, the file has {dataLength} bytes of data (truncated?)");
            if (entry.Begin < end)
                throw Bad(path, $"tensor {entry.Name}: data starts at byte {entry.Begin} and overlaps {before}, which ends at {end}");
            if (entry.Begin > end)
                throw Bad(path, $"tensor {entry.Name}: data starts at byte {entry.Begin}, {entry.Begin - end} bytes behind {before}");
            (end, before) = (entry.End, entry.Name);
        }

        if (end != dataLength)
            throw Bad(path, $"has {dataLength - end} bytes of data that belong to no tensor");
    }

    private static CheckpointException Bad(string path, string message, Exception? inner = null) => new($"{path} {Printable.Text(message, 400)}", inner);
}
