using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>CIFAR's files in every form, and what is wrong with damaged ones.</summary>
public sealed class CifarTests
{
    private const int Rows = 6, Row = 3072;
    private string _folder = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("ne-cifar-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCase(false)]
    [TestCase(true)]
    public void Python_files_of_2_and_3_are_what_the_binary_ones_are(bool python2)
    {
        string binary = Binary100(), python = Path.Combine(_folder, "cifar-100-python");
        Directory.CreateDirectory(python);
        File.WriteAllBytes(Path.Combine(python, "train"), Pickle(Rows, 1, python2));
        File.WriteAllBytes(Path.Combine(python, "test"), Pickle(Rows, 2, python2));
        foreach (var labels in Enum.GetValues<LabelKind>())
        {
            var (a, b) = (Load(binary, labels), Load(python, labels));
            foreach (var (one, other) in new[] { (a.Train, b.Train), (a.Eval!, b.Eval!) })
            {
                Assert.That(other.Count, Is.EqualTo(Rows).And.EqualTo(one.Count));
                for (int i = 0; i < Rows; i++)
                {
                    Assert.That(other.Label(i), Is.EqualTo(one.Label(i)));
                    Assert.That(Pixels(other, i), Is.EqualTo(Pixels(one, i)));
                }
            }
        }

        Assert.That(Load(binary, LabelKind.Coarse).Train.Classes, Has.Count.EqualTo(20));
        var first = Pixels(Load(binary, LabelKind.Fine).Train, 0);
        Assert.That(first[..6], Is.EqualTo(new[] { Value(1, 0, 0), Value(1, 0, 1024), Value(1, 0, 2048), Value(1, 0, 1), Value(1, 0, 1025),
            Value(1, 0, 2049) }), "planes become pixels");
    }

    [TestCase(".tar.gz")]
    [TestCase(".tar")]
    [TestCase(".zip")]
    public void An_archive_is_read_in_place(string ending)
    {
        string folder = Binary100(), archive = Path.Combine(_folder, $"cifar-100-binary{ending}");
        if (ending == ".zip")
        {
            ZipFile.CreateFromDirectory(folder, archive);
        }
        else
        {
            using var file = File.Create(archive);
            using Stream stream = ending == ".tar" ? file : new GZipStream(file, CompressionLevel.Fastest);
            TarFile.CreateFromDirectory(folder, stream, includeBaseDirectory: true);
        }

        Assert.That(DatasetFormats.Default.Recognise(archive)?.Name, Is.EqualTo("cifar100"));
        Assert.That(Load(archive, LabelKind.Fine).Train.Count, Is.EqualTo(Rows));
        Assert.That(DatasetFormats.Default.Recognise(folder)?.Name, Is.EqualTo("cifar100"));
        Assert.That(DatasetFormats.Default.Recognise(_folder)?.Name, Is.EqualTo("cifar100"), "the folder around it");
    }

    [Test]
    public void Damage_is_a_sentence()
    {
        string folder = Binary100(), train = Path.Combine(folder, "train.bin");
        byte[] whole = File.ReadAllBytes(train);
        File.WriteAllBytes(train, whole[..^1]);
        Assert.That(() => Load(folder, LabelKind.Fine),
            Throws.TypeOf<DataException>().With.Message.Contains($"train.bin has {whole.Length - 1} bytes, expected rows of 3074"));
        whole[1] = 200;
        File.WriteAllBytes(train, whole);
        Assert.That(() => Load(folder, LabelKind.Fine),
            Throws.TypeOf<DataException>().With.Message.Contains("label 200 of image 0 is out of range, expected 0..99"));
        File.Delete(Path.Combine(folder, "test.bin"));
        Assert.That(DatasetFormats.Default.Recognise(folder)?.Name, Is.Not.EqualTo("cifar100"));
        string archive = Path.Combine(_folder, "cifar-100-binary.tar.gz");
        File.WriteAllBytes(archive, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
        Assert.That(() => Load(archive, LabelKind.Fine), Throws.TypeOf<DataException>().With.Message.Contains("is damaged"));
    }

    [Test]
    public void A_pickle_that_names_something_else_is_refused_not_run()
    {
        string python = Path.Combine(_folder, "cifar-100-python"), mark = Path.Combine(_folder, "mark");
        Directory.CreateDirectory(python);
        File.WriteAllBytes(Path.Combine(python, "train"), Encoding.ASCII.GetBytes($"cos\nsystem\n(S'touch {mark}'\ntR."));
        File.WriteAllBytes(Path.Combine(python, "test"), Pickle(Rows, 2, true));
        Assert.That(() => Load(python, LabelKind.Fine),
            Throws.TypeOf<DataException>().With.Message.Contains("names os.system; only arrays of bytes are read, and nothing is executed"));
        Assert.That(mark, Does.Not.Exist);
    }

    [Test]
    public void Changed_pickles_and_archives_are_read_or_refused_never_a_crash()
    {
        int per = int.TryParse(Environment.GetEnvironmentVariable("NENGINE_FUZZ_PER_FILE"), out int n) ? n : 150;
        string python = Path.Combine(_folder, "cifar-100-python");
        Directory.CreateDirectory(python);
        byte[] good = Pickle(2, 1, true);
        File.WriteAllBytes(Path.Combine(python, "test"), good);
        var random = new Random(11);
        for (int i = 0; i < per; i++)
        {
            byte[] bytes = [.. good];
            for (int k = 1 + random.Next(3); k > 0; k--)
            {
                // Most of the file is pixels: changes go where the structure is.
                int at = random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(2) == 0 ? random.Next(200) : bytes.Length - 1 - random.Next(100);
                bytes[at] = (byte)random.Next(256);
            }

            File.WriteAllBytes(Path.Combine(python, "train"), random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                Load(python, LabelKind.Fine);
            }
            catch (DataException)
            {
                // refused with a sentence
            }
        }
    }

    private static (Dataset Train, Dataset? Eval) Load(string path, LabelKind labels) =>
        new Cifar100Format().Load(new DataRequest(path, () => throw new InvalidOperationException()) { Labels = labels });

    private static byte Value(int part, int row, int at) => (byte)((part * 31) + (row * 7) + (at * 13) + (at / 1024));

    private string Binary100()
    {
        string folder = Path.Combine(_folder, "cifar-100-binary");
        Directory.CreateDirectory(folder);
        foreach (var (name, part) in new[] { ("train", 1), ("test", 2) })
            File.WriteAllBytes(Path.Combine(folder, $"{name}.bin"), [.. Enumerable.Range(0, Rows).SelectMany(r =>
                new[] { (byte)r, (byte)(r * 5) }.Concat(Enumerable.Range(0, Row).Select(i => Value(part, r, i))))]);
        return folder;
    }

    private static byte[] Pixels(Dataset data, int index)
    {
        var pixels = new byte[data.ImageBytes];
        data.Read(index, pixels);
        return pixels;
    }

    // As cPickle of Python 2 writes it (protocol 2, strings of bytes), or Python 3 (bytes as latin-1 texts that are encoded back).
    private static byte[] Pickle(int rows, int part, bool python2)
    {
        using var stream = new MemoryStream();
        void Op(params byte[] bytes) => stream.Write(bytes);
        void Global(string name) => Op([(byte)'c', .. Encoding.ASCII.GetBytes(name)]);
        void Int(int n) => Op([(byte)'J', .. BitConverter.GetBytes(n)]);
        void Bytes(byte[] data)
        {
            if (python2)
            {
                Op([(byte)'T', .. BitConverter.GetBytes(data.Length)]);
                stream.Write(data);
                return;
            }

            byte[] text = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(data));
            Global("_codecs\nencode\n");
            Op([(byte)'X', .. BitConverter.GetBytes(text.Length)]);
            stream.Write(text);
            Op([(byte)'X', 6, 0, 0, 0, .. "latin1"u8, 0x86, (byte)'R']);
        }

        void List(string key, Func<int, int> value)
        {
            Bytes(Encoding.ASCII.GetBytes(key));
            Op((byte)']', (byte)'(');
            for (int i = 0; i < rows; i++)
                Int(value(i));
            Op((byte)'e');
        }

        Op(0x80, 2, (byte)'}', (byte)'(');
        List("fine_labels", i => i * 5);
        List("coarse_labels", i => i);
        Bytes("data"u8.ToArray());
        Global("numpy.core.multiarray\n_reconstruct\n");
        Global("numpy\nndarray\n");
        Op((byte)'K', 0, 0x85);
        Bytes("b"u8.ToArray());
        Op(0x87, (byte)'R', (byte)'(', (byte)'K', 1);
        Int(rows);
        Int(Row);
        Op(0x86);
        Global("numpy\ndtype\n");
        Bytes("u1"u8.ToArray());
        Op((byte)'K', 0, (byte)'K', 1, 0x87, (byte)'R', (byte)'(', (byte)'K', 3);
        Bytes("|"u8.ToArray());
        Op((byte)'N', (byte)'N', (byte)'N');
        Int(-1);
        Int(-1);
        Op((byte)'K', 0, (byte)'t', (byte)'b', 0x89);
        Bytes([.. Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(0, Row).Select(i => Value(part, r, i)))]);
        Op((byte)'t', (byte)'b', (byte)'u', (byte)'.');
        return stream.ToArray();
    }
}
