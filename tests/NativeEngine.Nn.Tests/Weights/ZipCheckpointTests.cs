using System.Buffers.Binary;
using NativeEngine.Core;
using Entry = NativeEngine.Nn.Tests.ZipBuilder.Entry;

namespace NativeEngine.Nn.Tests;

/// <summary>The zip archive around a checkpoint, with every field that may lie.</summary>
public sealed class ZipCheckpointTests
{
    private static readonly byte[] Storage = [0, 0, 128, 63, 0, 0, 0, 64]; // 1, 2

    /// <summary>{"w": tensor of both elements of storage 0}</summary>
    private static byte[] Pickle(string key = "0") =>
    [
        0x80, 2, .. "}X"u8, 1, 0, 0, 0, .. "wctorch._utils\n_rebuild_tensor_v2\n((X"u8, 7, 0, 0, 0, .. "storagectorch\nFloatStorage\nX"u8, (byte)key.Length,
            0, 0, 0, .. System.Text.Encoding.UTF8.GetBytes(key),
        .. "X"u8, 3, 0, 0, 0, .. "cpuK"u8, 2, .. "tQK"u8, 0, .. "K"u8, 2, 0x85, .. "K"u8, 1, 0x85, 0x89, .. "}tRs."u8,
    ];

    private static ZipBuilder Good() => new ZipBuilder().Add("a/data.pkl", Pickle()).Add("a/data/0", Storage);

    [TestCase(false)]
    [TestCase(true)]
    public void AnArchiveIsReadWithShortAndWideRecords(bool wide)
    {
        var zip = Good();
        zip.Wide = wide;
        Assert.That(PthReader.Read(zip.Build(), "x")["w"].ToFloats(), Is.EqualTo(new[] { 1f, 2 }));
    }

    [Test]
    public void ACommentBehindTheArchiveAndWideSizesAreRead()
    {
        var bytes = Good().Build();
        bytes[^2] = 3; // length of the comment
        Assert.That(PthReader.Read((byte[])[.. bytes, .. "abc"u8], "x").Count, Is.EqualTo(1));
        byte[] sizes = [1, 0, 16, 0, 8, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0];
        var zip = new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Size: uint.MaxValue, Packed: uint.MaxValue, Extra: sizes));
        Assert.That(PthReader.Read(zip.Build(), "x")["w"].ToFloats(), Is.EqualTo(new[] { 1f, 2 }));
    }

    [Test]
    public void LyingArchivesAreRefused()
    {
        byte[] wideLie = [1, 0, 16, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        var cases = new List<(ZipBuilder Zip, string Message)>
        {
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Local: 0)),
                "its entry a/data/0 has another name in front of its data"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, LocalName: "../../x")),
                "its entry a/data/0 has another name in front of its data"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Local: 0xfffffff0)),
                "its entry a/data/0 is not where the directory says"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Size: 0x7fffffff, Packed: 0x7fffffff)),
                "its entry a/data/0 of 2147483647 bytes runs over the end"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Size: 0x40000000, Method: 8)),
                "has a compressed archive entry a/data/0"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Method: 8)), "has a compressed archive entry a/data/0"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Flags: 1)), "has a compressed archive entry a/data/0"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Size: uint.MaxValue)),
                "its entry a/data/0 lacks its 64-bit sizes"),
            (new ZipBuilder().Add("a/data.pkl", Pickle()).Add(new Entry("a/data/0", Storage, Size: uint.MaxValue, Packed: uint.MaxValue, Extra: wideLie)),
                "its entry a/data/0 of 4294967296 bytes runs over the end"),
            (Good().Add("a/data/0", Storage), "has two archive entries of one name, a/data/0"),
            (Good().Add("../../a/data.pkl", Storage).Add("b/data.pkl", Pickle()), "has 2 entries <name>/data.pkl"),
            (Overlapping(), "has archive entries that overlap: a/outer and a/data/0"),
            (With(z => z.Count = 60000), "its directory ends after 2 of 60000 entries"),
            (With(z => (z.Wide, z.Count) = (true, long.MaxValue)), "has 9223372036854775807 archive entries"),
            (With(z => (z.Wide, z.WideEnd) = (true, ulong.MaxValue)), "its 64-bit end record is not where it says"),
            (With(z => (z.Wide, z.WideEnd) = (true, 3)), "its 64-bit end record is not where it says"),
            (With(z => (z.Wide, z.DirectoryStart) = (true, uint.MaxValue)), "runs over the end"),
            (With(z => z.DirectoryStart = 0x7fffffff), "runs over the end"),
            (With(z => z.DirectorySize = 0x7fffffff), "runs over the end"),
            (With(z => z.DirectorySize = 10), "its directory ends after 0 of 2 entries"),
            (With(z => z.DirectoryStart = 0), "its directory ends after 0 of 2 entries"),
            (With(z => z.Disk = 2), "is a part of a zip archive of several files"),
            (new ZipBuilder().Add("a/data.pkl", Pickle("x\n\u001b[2J")), "lacks the data of storage x??[2J"),
        };
        foreach (var (zip, message) in cases)
        {
            var e = Assert.Throws<CheckpointException>(() => PthReader.Read(zip.Build(), "x.pth"), message);
            Assert.That(e!.Message, Does.StartWith("x.pth ").And.Contain(message));
            Assert.That(e.Message.Where(char.IsControl), Is.Empty);
        }
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        var bytes = Good().Build();
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<CheckpointException>(() => PthReader.Read(bytes.AsMemory(0, length), "x.pth"), $"{length} bytes");
    }

    /// <summary>100,000 entries that all claim the same megabyte would unfold into a hundred gigabytes.</summary>
    [Test]
    public void ManyEntriesOfTheSameBytesAreRefused()
    {
        var zip = new ZipBuilder();
        for (int i = 0; i < 50_000; i++)
            zip.Add(new Entry("a/data/0", i == 0 ? new byte[1 << 20] : [], Local: 0, Size: 1 << 20, Packed: 1 << 20));
        Assert.That(() => PthReader.Read(zip.Build(), "x.pth"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("has two archive entries of one name, a/data/0"));
    }

    private static ZipBuilder With(Action<ZipBuilder> change)
    {
        var zip = Good();
        change(zip);
        return zip;
    }

    /// <summary>An entry whose data is a whole other entry, local header and all.</summary>
    private static ZipBuilder Overlapping()
    {
        byte[] inner = new ZipBuilder().Add("a/data/0", Storage).Build()[..(30 + 8 + 8)];
        uint start = (uint)(30 + "a/data.pkl".Length + Pickle().Length + 30 + "a/outer".Length);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(inner), Is.EqualTo(0x04034b50));
        return new ZipBuilder().Add("a/data.pkl", Pickle()).Add("a/outer", inner).Add(new Entry("a/data/0", Storage, Local: start));
    }
}
