using System.Buffers.Binary;
using System.IO.Compression;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Support;

/// <summary>A folder with a tiny data set in MNIST's files: each class is a bright bar at its own height, with noise.</summary>
internal sealed class SmallDigits : IDisposable
{
    public const int Size = 28, TrainImages = 200, TestImages = 50;

    public SmallDigits()
    {
        Folder = Directory.CreateTempSubdirectory("ne-cli-").FullName;
        Write("train", TrainImages, 0);
        Write("t10k", TestImages, 1);
    }

    public string Folder { get; }

    public string File(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Write(string part, int count, uint stream)
    {
        var key = new PhiloxKey(7, RandomStream.Synthetic + stream, 0);
        var pixels = new byte[count * Size * Size];
        var labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = (byte)(i % 10);
            for (int p = 0; p < Size * Size; p++)
            {
                bool bar = p / Size / 2 == 2 + labels[i];
                pixels[i * Size * Size + p] = (byte)(Philox.Below(key, (ulong)(i * Size * Size + p), 60) + (bar ? 180 : 0));
            }
        }

        WriteIdx($"{part}-images-idx3-ubyte.gz", [count, Size, Size], pixels);
        WriteIdx($"{part}-labels-idx1-ubyte.gz", [count], labels);
    }

    private void WriteIdx(string name, int[] dims, byte[] data)
    {
        using var gzip = new GZipStream(System.IO.File.Create(File(name)), CompressionLevel.Fastest);
        gzip.Write([0, 0, 8, (byte)dims.Length]);
        var word = new byte[4];
        foreach (int d in dims)
        {
            BinaryPrimitives.WriteInt32BigEndian(word, d);
            gzip.Write(word);
        }

        gzip.Write(data);
    }
}
