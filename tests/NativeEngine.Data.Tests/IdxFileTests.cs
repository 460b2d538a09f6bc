using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class IdxFileTests
{
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 24).Select(i => (byte)(i * 7))];

    [Test]
    public void Reads_plain_and_gzip_by_content_not_by_name([Values] bool gzip, [Values("a.gz", "b")] string name)
    {
        using var folder = new Folder();
        var file = Folder.Idx(0x803, [4, 2, 3], Pixels);
        string path = folder.Write(name, gzip ? Folder.Gzip(file) : file);
        var idx = IdxFile.Read(path, 3);
        Assert.That(idx.Extents, Is.EqualTo(new[] { 4, 2, 3 }));
        Assert.That(idx.Data, Is.EqualTo(Pixels));
    }

    [Test]
    public void Reads_more_than_the_first_allocation()
    {
        using var folder = new Folder();
        var data = new byte[3_000_001];
        new Random(5).NextBytes(data);
        string path = folder.Write("big", Folder.Gzip(Folder.Idx(0x801, [(uint)data.Length], data)));
        Assert.That(IdxFile.Read(path, 1).Data, Is.EqualTo(data));
    }

    [Test]
    public void Every_truncation_is_an_error([Values] bool gzip)
    {
        using var folder = new Folder();
        var whole = Folder.Idx(0x803, [4, 2, 3], Pixels);
        if (gzip)
            whole = Folder.Gzip(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            string path = folder.Write("cut", whole[..length]);
            var error = Assert.Throws<DataException>(() => IdxFile.Read(path, 3), $"cut to {length} of {whole.Length} bytes");
            Assert.That(error!.Message, Does.Contain(path));
        }
    }

    [Test]
    public void Every_flipped_bit_of_a_gzip_file_is_found_or_harmless()
    {
        using var folder = new Folder();
        var whole = Folder.Gzip(Folder.Idx(0x803, [4, 2, 3], Pixels));
        int found = 0;
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = folder.Write("flipped", damaged);
            try
            {
                // Time stamp, operating system and hints of the gzip header carry no data.
                Assert.That(IdxFile.Read(path, 3).Data, Is.EqualTo(Pixels), $"bit {bit}");
            }
            catch (DataException)
            {
                found++;
            }
        }

        Assert.That(found, Is.GreaterThan(8 * (whole.Length - 10)), "everything behind the gzip header is covered by the checksum");
    }

    [TestCase(0x00000000u, "wrong magic number 0x00000000")]
    [TestCase(0x89504e47u, "not an IDX file")]
    [TestCase(0x00000d03u, "element type 0x0d is not unsigned byte")]
    [TestCase(0x00000801u, "1 dimensions, expected 3")]
    public void A_wrong_magic_number_is_named(uint magic, string expected)
    {
        using var folder = new Folder();
        string path = folder.Write("f", Folder.Idx(magic, [4, 2, 3], Pixels));
        Assert.That(() => IdxFile.Read(path, 3), Throws.TypeOf<DataException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_hostile_header_allocates_nothing([Values] bool gzip)
    {
        using var folder = new Folder();
        var file = Folder.Idx(0x803, [2_000_000, 30, 30], Pixels);
        string path = folder.Write("f", gzip ? Folder.Gzip(file) : file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => IdxFile.Read(path, 3), Throws.TypeOf<DataException>().With.Message.Contains("truncated"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20), "bytes allocated for a claim of 1.8 GB");
    }

    [TestCase(new uint[] { 0xffffffff, 28, 28 }, "not plausible")]
    [TestCase(new uint[] { 0x7fffffff, 0x7fffffff, 0x7fffffff }, "claims more than")]
    [TestCase(new uint[] { 0, 28, 28 }, "no data")]
    [TestCase(new uint[] { 4, 0, 28 }, "no data")]
    [TestCase(new uint[] { 3, 2, 3 }, "data after the end")]
    public void Absurd_sizes_are_refused(uint[] extents, string expected)
    {
        using var folder = new Folder();
        foreach (bool gzip in new[] { false, true })
        {
            var file = Folder.Idx(0x803, extents, Pixels);
            string path = folder.Write("f", gzip ? Folder.Gzip(file) : file);
            Assert.That(() => IdxFile.Read(path, 3), Throws.TypeOf<DataException>().With.Message.Contains(expected));
        }
    }

    [Test]
    public void A_missing_file_is_a_data_error() =>
        Assert.That(() => IdxFile.Read("/nowhere/at-all", 3), Throws.TypeOf<DataException>().With.Message.Contains("cannot be read"));
}
