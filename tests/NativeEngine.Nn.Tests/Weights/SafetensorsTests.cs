using System.Buffers.Binary;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

public sealed class SafetensorsTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("nengine-safetensors-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WhatIsWrittenIsRead()
    {
        var state = new StateDict();
        state.Add("b.weight", HostTensor.From([1f, -2f, 3.5f, float.NaN, float.PositiveInfinity, 6f], 2, 3));
        state.Add("a.count", HostTensor.From([42L]));
        state.Add("empty", HostTensor.From(ReadOnlySpan<float>.Empty, 0, 4));
        state.Add("double \"quoted\" ü", HostTensor.From([0.1, 0.2], 2));
        state.Add("flag", new HostTensor(WeightType.BOOL, [3], new byte[] { 1, 0, 1 }));
        string path = Path.Combine(_folder, "x.safetensors");
        Safetensors.Write(path, state, new Dictionary<string, string> { ["format"] = "pt", ["classes"] = "a,\"b\"" });

        var read = Safetensors.Read(path);

        Assert.That(read.Metadata, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt", ["classes"] = "a,\"b\"" }));
        Assert.That(read.Tensors.Keys, Is.EqualTo(state.Keys), "order is kept");
        foreach (var (name, tensor) in state)
        {
            Assert.That(read.Tensors[name].Type, Is.EqualTo(tensor.Type), name);
            Assert.That(read.Tensors[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(read.Tensors[name].Bytes.ToArray(), Is.EqualTo(tensor.Bytes.ToArray()), name);
        }

        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1), "no temporary file stays");
    }

    [Test]
    public void EveryTensorIsAligned()
    {
        var state = new StateDict();
        state.Add("half", new HostTensor(WeightType.F16, [3], new byte[6]));
        state.Add("count", HostTensor.From([1L], []));
        state.Add("weight", HostTensor.From([1f], 1));
        var bytes = Written(state);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.That(header % 8, Is.Zero);
        Assert.That(Encoding.UTF8.GetString(bytes, 8, header), Does.Contain("\"count\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}"));
    }

    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "tensor a: data ends at byte 8, the file has 7")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12, "4 bytes of data that belong to no tensor")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12,
        "tensor b: data starts at byte 4 and overlaps a")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", 12,
        "tensor b: data starts at byte 8, 4 bytes behind a")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "tensor a: data_offsets [0, 8] span 8 bytes, F32 [3] takes 12")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "tensor a: data_offsets [8, 0]")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "tensor a: shape: -2 is not")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}", 8, "tensor a: shape: 1.5 is not")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
        "tensor a: shape [4294967296,4294967296,4294967296] has an extent above")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2000000000,2000000000,2000000000,2000000000],\"data_offsets\":[0,0]}}", 0,
        "tensor a: data_offsets [0, 0] span 0 bytes")]
    [TestCase("{\"a\":{\"dtype\":\"Q4\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "tensor a: element type Q4 is not supported")]
    [TestCase("{\"a\":{\"dtype\":\"1\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "tensor a: element type 1 is not supported")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
        "names a twice")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor a: expects dtype, shape and data_offsets")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "tensor a: field x is unknown")]
    [TestCase("{\"a\":7}", 0, "tensor a: expects an object")]
    [TestCase("{\"__metadata__\":{\"k\":1}}", 0, "__metadata__.k: expects a string")]
    [TestCase("{\"a\":", 0, "header that is not JSON")]
    [TestCase("{\"\\ud800\":7}", 0, "header that is not JSON")]
    [TestCase("[1]", 0, "does not start with {")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,4]}}", 4, "header that is not JSON")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e400],\"data_offsets\":[0,4]}}", 4, "tensor a: shape: 1e400 is not")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}}", 4, "tensor a: data_offsets: 99999999999999999999 is not")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "tensor a: expects dtype, shape and data_offsets")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor a: field shape is unknown, repeated")]
    [TestCase("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "tensor a: element type F8_E4M3 is not supported")]
    [TestCase("{\"a\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor a: element type f32 is not supported")]
    [TestCase("{\"a\":{\"dtype\":\"U8\",\"shape\":[0,2147483647,2147483647,2147483647],\"data_offsets\":[0,1]}}", 1,
        "span 1 bytes, U8 [0,2147483647,2147483647,2147483647] takes 0")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
        "names a twice")]
    [TestCase("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "names __metadata__.k twice")]
    [TestCase("{\"__metadata__\":[]}", 0, "__metadata__: expects an object")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[[[[[[[[1]]]]]]]],\"data_offsets\":[0,4]}}", 4, "header that is not JSON")]
    [TestCase("{\"a\\u001b[2J\\n\":7}", 0, "tensor a?[2J?: expects an object")]
    [TestCase("{\"a\":7}}", 0, "header that is not JSON")]
    [TestCase("{\"a\":7,}", 0, "header that is not JSON")]
    [TestCase("{\"a\":7/**/}", 0, "header that is not JSON")]
    public void MalformedFilesAreRefused(string header, int dataBytes, string message)
    {
        var e = Assert.Throws<CheckpointException>(() => Safetensors.Read(File(header, dataBytes), "w.safetensors"));
        Assert.That(e!.Message, Does.StartWith("w.safetensors").And.Contain(message));
        Assert.That(e.Message.Where(char.IsControl), Is.Empty);
    }

    [Test]
    public void AHeaderThatIsNotTextIsRefused()
    {
        var bytes = File("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
        bytes[10] = 0xff;
        Assert.That(() => Safetensors.Read(bytes, "w"), Throws.TypeOf<CheckpointException>().With.Message.EqualTo("w has a header that is not valid UTF-8"));
    }

    /// <summary>The format allows a tensor at any byte and a header of any length.</summary>
    [Test]
    public void OddPlacesAreRead()
    {
        var bytes = File("{\"b\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3,7]},\"z\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[7,7]}}  ", 7);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 4), 1.5f);
        Assert.That(Safetensors.Read(bytes, "w").Tensors["w"].ToFloats(), Is.EqualTo(new[] { 1.5f }));
    }

    /// <summary>A header of nothing but brackets, colons or names must end in a sentence, not in the reader's stack or memory.</summary>
    [TestCase("{\"a\":[", "[")]
    [TestCase("{\"a\":", "{\"a\":")]
    [TestCase("{\"", "a")]
    [TestCase("{\"a\":", "9")]
    public void LongHeadersAreRefused(string start, string repeated)
    {
        var bytes = File(start + string.Concat(Enumerable.Repeat(repeated, 3_000_000 / repeated.Length)), 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<CheckpointException>(() => Safetensors.Read(bytes, "w.safetensors"));
        Assert.That(e!.Message, Has.Length.LessThan(500));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16L * bytes.Length));
    }

    [Test]
    public void AHeaderLongerThanTheFileIsRefusedWithoutReadingIt()
    {
        foreach (ulong length in new[] { 9UL, 100_000_001UL, ulong.MaxValue })
        {
            var bytes = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            var e = Assert.Throws<CheckpointException>(() => Safetensors.Read(bytes, "w.safetensors"));
            Assert.That(e!.Message, Does.Contain($"names a header of {length} bytes"));
        }

        Assert.Throws<CheckpointException>(() => Safetensors.Read(new byte[7], "w.safetensors"));
    }

    [Test]
    public void EveryTruncationOfAGoodFileIsRefused()
    {
        var state = new StateDict();
        state.Add("a", HostTensor.From([1f, 2f], 2));
        state.Add("n", HostTensor.From([3L], []));
        var bytes = Written(state);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<CheckpointException>(() => Safetensors.Read(bytes.AsMemory(0, length), "w.safetensors"), $"{length} bytes");
    }

    [Test]
    public void AMissingFileAndAnUnwritableFolderAreNamed()
    {
        string missing = Path.Combine(_folder, "missing.safetensors");
        Assert.That(Assert.Throws<CheckpointException>(() => Safetensors.Read(missing))!.Message, Does.Contain(missing));
        string inside = Path.Combine(_folder, "no-such-folder", "x.safetensors");
        Assert.That(Assert.Throws<CheckpointException>(() => Safetensors.Write(inside, new StateDict()))!.Message, Does.Contain(inside));
    }

    private static byte[] Written(StateDict state)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, state);
        return stream.ToArray();
    }

    private static byte[] File(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        return bytes;
    }
}
