using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests.Weights;

/// <summary>.npy files as NumPy writes them, and what only looks like one.</summary>
public sealed class NpyTests
{
    [TestCase("<f4", "(2, 3)", 24, 1)]
    [TestCase("<f4", "(2, 3)", 24, 2)]
    [TestCase("<f4", "(2, 3)", 24, 3)]
    [TestCase("|b1", "(5,)", 5, 1)]
    [TestCase("<i8", "()", 8, 1)]
    [TestCase("<f2", "(0, 9223372036854775807)", 0, 1)]
    [TestCase("<u2", "(3L,)", 6, 1)]
    public void Arrays_are_read(string type, string shape, int bytes, int version)
    {
        byte[] data = [.. Enumerable.Range(1, bytes).Select(i => (byte)i)];
        var array = NpyFile.Parse(File(Header(type, shape), data, (byte)version), "x.npy");
        Assert.That((array.Type, array.Data, array.Count), Is.EqualTo((type[1..], data, bytes / array.ElementSize)));
    }

    [Test]
    public void Big_endian_and_column_major_arrays_come_out_as_others()
    {
        // np.array([[1, 2, 3], [4, 5, 6]], dtype='>i2', order='F')
        byte[] data = [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6];
        var array = NpyFile.Parse(File("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", data), "x.npy");
        Assert.That(array.Data, Is.EqualTo(new byte[] { 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0 }));
        Assert.That((array.TypeName, array.Shape), Is.EqualTo(("int16", new long[] { 2, 3 })));
    }

    [TestCase("|O", "(2,)", 16, "Python objects (pickled)")]
    [TestCase("<c8", "(2,)", 16, "complex numbers")]
    [TestCase("<U3", "(2,)", 24, "text")]
    [TestCase("<M8[s]", "(2,)", 16, "dates or times")]
    [TestCase("|V2", "(2,)", 4, "types that NumPy does not know")]
    [TestCase("<f16", "(2,)", 32, "elements of type 'f16'")]
    [TestCase("<f4", "(3,)", 11, "12 of the 11 bytes that follow it: the file is truncated, or its header wrong", true)]
    [TestCase("<f4", "(3,)", 16, "12 of the 16 bytes that follow")]
    [TestCase("<f4", "(4294967296, 4294967296, 4294967296, 4294967296)", 16,
        "more than the 16 bytes that follow it: the file is truncated, or its header wrong")]
    [TestCase("<f4", "(-1,)", 4, "the shape (-1,) is not")]
    [TestCase("<f4", "(1.5,)", 4, "is not")]
    [TestCase("<f4", "(99999999999999999999,)", 4, "is not at most 32 whole numbers")]
    public void What_is_no_array_of_numbers_is_refused(string type, string shape, int bytes, string expected, bool more = false)
    {
        var error = Assert.Throws<DataException>(() => NpyFile.Parse(File(Header(type, shape), new byte[bytes]), "x.npy"));
        Assert.That(error.Message, Does.StartWith("x.npy").And.Contain(more ? "more than the 11 bytes" : expected));
    }

    [TestCase("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }", "holds records")]
    [TestCase("{'descr': '<f4', 'shape': (2,), }", "is not a dictionary of descr, fortran_order and shape")]
    [TestCase("{'descr': '<f4', 'fortran_order': 3, 'shape': (2,), }", "is not a dictionary")]
    [TestCase("__import__('os')", "is not a dictionary")]
    public void A_wrong_header_is_refused(string header, string expected) =>
        Assert.That(() => NpyFile.Parse(File(header, new byte[8]), "x.npy"), Throws.TypeOf<DataException>().With.Message.Contains(expected));

    [Test]
    public void Every_beginning_of_a_file_is_refused()
    {
        byte[] file = File(Header("<f4", "(2,)"), new byte[8]);
        for (int length = 0; length < file.Length; length++)
            Assert.That(() => NpyFile.Parse(file.AsSpan(0, length), "x.npy"), Throws.TypeOf<DataException>(), $"{length} bytes");
        Assert.That(() => NpyFile.Parse("PK\u0003\u0004"u8, "x.npz"), Throws.TypeOf<DataException>().With.Message.Contains("archive of arrays"));
        file[6] = 9;
        Assert.That(() => NpyFile.Parse(file, "x.npy"), Throws.TypeOf<DataException>().With.Message.Contains("version 9"));
    }

    [Test]
    public void What_is_written_is_read()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (var array in new NpyArray[] { new("f2", [2], [1, 2, 3, 4]), new("u1", [1, 3], [7, 8, 9]), new("i8", [], new byte[8]) })
            {
                NpyFile.Write(path, array);
                byte[] file = System.IO.File.ReadAllBytes(path);
                var read = NpyFile.Parse(file, path);
                Assert.That((read.Type, read.Shape, read.Data), Is.EqualTo((array.Type, array.Shape, array.Data)));
                Assert.That((file.Length - array.Data.Length) % 64, Is.Zero, "the elements are aligned");
            }
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    private static string Header(string type, string shape) => $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";

    private static byte[] File(string header, byte[] data, byte version = 1)
    {
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n"), length = version == 1 ? [(byte)text.Length, 0] : [(byte)text.Length, 0, 0, 0];
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }
}
