using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NativeEngine.Nn;

/// <summary>
/// Writes the zip format of torch.save: an OrderedDict of tensors that <c>torch.load(path, weights_only=True)</c> opens, one storage each. Metadata
/// is the attribute <c>metadata</c> of that OrderedDict, a dict of strings, which <c>load_state_dict</c> does not look at.
/// </summary>
public static class PthWriter
{
    internal const string MetadataAttribute = "metadata";

    private const string Prefix = "archive/";

    /// <summary>Writes a state dict through a temporary name.</summary>
    public static void Write(string path, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken stop = default) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, stop));

    /// <summary>Writes a state dict.</summary>
    public static void Write(Stream stream, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken stop = default)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Entry("data.pkl", Pickle(tensors, metadata));
        int key = 0;
        foreach (var (_, tensor) in tensors)
            Entry($"data/{key++}", tensor.Bytes.Span);
        Entry("version", "3\n"u8);

        void Entry(string name, ReadOnlySpan<byte> data)
        {
            stop.ThrowIfCancellationRequested();
            var entry = archive.CreateEntry(Prefix + name, CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // equal weights give equal files
            using var target = entry.Open();
            target.Write(data);
        }
    }

    private static byte[] Pickle(StateDict tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var output = new MemoryStream();
        output.Write([0x80, 2]); // protocol 2
        Global("collections", "OrderedDict");
        output.Write(")R("u8); // OrderedDict(), then a mark for the items
        int key = 0;
        foreach (var (name, tensor) in tensors)
        {
            Text(name);
            Global("torch._utils", "_rebuild_tensor_v2");
            output.Write("(("u8); // its arguments; first the storage's persistent id
            Text("storage");
            Global("torch", StorageName(tensor.Type));
            Text($"{key++}");
            Text("cpu");
            Integer(tensor.Count);
            output.Write("tQ"u8);
            Integer(0); // offset
            Tuple([.. tensor.Shape.Select(e => (long)e)]);
            Tuple(Strides(tensor.Shape));
            output.WriteByte(0x89); // requires_grad = False
            Global("collections", "OrderedDict");
            output.Write(")RtR"u8); // no backward hooks; call
        }

        output.WriteByte((byte)'u'); // set items
        if (metadata is { Count: > 0 })
        {
            output.WriteByte((byte)'}'); // the attributes: a dict of one entry, itself a dict
            Text(MetadataAttribute);
            output.Write("}("u8);
            foreach (var (name, value) in metadata)
            {
                Text(name);
                Text(value);
            }

            output.Write("usb"u8); // set items, set item, build
        }

        output.WriteByte((byte)'.');
        return output.ToArray();

        void Global(string module, string name) => output.Write(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

        void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            output.WriteByte((byte)'X');
            output.Write(length);
            output.Write(bytes);
        }

        void Integer(long value)
        {
            if (value <= int.MaxValue)
            {
                Span<byte> four = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(four, (int)value);
                output.WriteByte((byte)'J');
                output.Write(four);
                return;
            }

            Span<byte> eight = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(eight, value);
            output.Write([0x8a, 8]);
            output.Write(eight);
        }

        void Tuple(long[] values)
        {
            output.WriteByte((byte)'(');
            foreach (long value in values)
                Integer(value);
            output.WriteByte((byte)'t');
        }
    }

    private static long[] Strides(int[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    private static string StorageName(WeightType type) => type switch
    {
        WeightType.F64 => "DoubleStorage",
        WeightType.F32 => "FloatStorage",
        WeightType.F16 => "HalfStorage",
        WeightType.BF16 => "BFloat16Storage",
        WeightType.I64 => "LongStorage",
        WeightType.I32 => "IntStorage",
        WeightType.I16 => "ShortStorage",
        WeightType.I8 => "CharStorage",
        WeightType.U8 => "ByteStorage",
        _ => "BoolStorage",
    };
}
