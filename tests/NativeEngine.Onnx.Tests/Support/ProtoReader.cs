using System.Buffers.Binary;
using System.Text;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>
/// One protobuf message as its wire format has it: values by field number. Written for the tests alone, so that a mistake in how files are written
/// is not repeated in how they are read.
/// </summary>
internal sealed class ProtoReader
{
    private readonly Dictionary<int, List<object>> _fields = [];

    public ProtoReader(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint(message.Span, ref at);
            object value = (key & 7) switch
            {
                0 => (long)Varint(message.Span, ref at),
                2 => Slice(message, (int)Varint(message.Span, ref at), ref at),
                5 => BinaryPrimitives.ReadSingleLittleEndian(Slice(message, 4, ref at).Span),
                var kind => throw new InvalidDataException($"wire type {kind} of field {key >> 3}"),
            };
            if (!_fields.TryGetValue((int)(key >> 3), out var list))
                _fields.Add((int)(key >> 3), list = []);
            list.Add(value);
        }
    }

    public long Integer(int field) => (long)Single(field);

    public float Float(int field) => (float)Single(field);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public ReadOnlyMemory<byte> Bytes(int field) => (ReadOnlyMemory<byte>)Single(field);

    public ProtoReader Message(int field) => new(Bytes(field));

    public List<long> Integers(int field) => [.. All(field).Cast<long>()];

    public List<string> Texts(int field) => [.. All(field).Select(v => Encoding.UTF8.GetString(((ReadOnlyMemory<byte>)v).Span))];

    public List<ProtoReader> Messages(int field) => [.. All(field).Select(v => new ProtoReader((ReadOnlyMemory<byte>)v))];

    public bool Has(int field) => _fields.ContainsKey(field);

    private List<object> All(int field) => _fields.TryGetValue(field, out var list) ? list : [];

    private object Single(int field) => All(field) is [var only] ? only
        : throw new InvalidDataException($"field {field} is there {All(field).Count} times, expected once");

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> message, int length, ref int at)
    {
        var slice = message.Slice(at, length);
        at += length;
        return slice;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
