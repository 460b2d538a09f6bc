using System.IO.Compression;
using System.Security.Cryptography;

namespace NativeEngine.Data.Tests;

/// <summary>Picture files and Pillow's pixels of them: Golden/pictures.zip, made by tools/reference/image_corpus.py.</summary>
internal static class Pictures
{
    /// <summary>A file and the SHA-256 of what Pillow makes of it.</summary>
    public sealed record Picture(string Name, int Width, int Height, string Mode, string Colour, string Grey, string OverWhite, byte[] Bytes)
    {
        public override string ToString() => Name;
    }

    public static IReadOnlyList<Picture> All { get; } = Load();

    public static string Hash(ReadOnlySpan<byte> pixels) => Convert.ToHexStringLower(SHA256.HashData(pixels));

    public static byte[] Bytes(string name) => All.First(p => p.Name == name).Bytes;

    private static List<Picture> Load()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "pictures.zip"));
        byte[] Content(string name)
        {
            using var stream = archive.GetEntry(name)!.Open();
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }

        return [.. System.Text.Encoding.UTF8.GetString(Content("pixels.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))
            .Select(f => new Picture(f[0], int.Parse(f[1]), int.Parse(f[2]), f[3], f[4], f[5], f[6], Content(f[0])))];
    }
}
