using NativeEngine.Data.Tests;

namespace NativeEngine.Cli.Tests.Support;

/// <summary>A temporary folder in which pictures of noise are written by name; deleted when disposed.</summary>
internal sealed class PictureFolder : IDisposable
{
    private const int Size = 8;

    public string Path { get; } = Directory.CreateTempSubdirectory("nengine-pictures-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes pictures 0.png … into a folder.</summary>
    public void Write(string folder, int count, string prefix = "")
    {
        Directory.CreateDirectory(At(folder));
        for (int i = 0; i < count; i++)
        {
            var pixels = new byte[Size * Size * 3];
            new Random(HashCode.Combine(folder.Length, i)).NextBytes(pixels);
            File.WriteAllBytes(System.IO.Path.Combine(At(folder), $"{prefix}{i}.png"), PngWriter.Encode(Size, Size, 8, 2, pixels));
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
