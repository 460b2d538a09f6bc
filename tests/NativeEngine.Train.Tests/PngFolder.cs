using NativeEngine.Core;
using NativeEngine.Data.Tests;

namespace NativeEngine.Train.Tests;

/// <summary>A folder of small PNG files in which each class has a colour; deleted when disposed.</summary>
internal sealed class PngFolder : IDisposable
{
    private static readonly (string Name, byte R, byte G, byte B)[] Colours = [("blue", 40, 60, 200), ("green", 30, 180, 40), ("red", 210, 50, 40)];

    public PngFolder(int perClass = 8, int size = 20, bool parts = true)
    {
        foreach (string part in parts ? new[] { "train", "val" } : [""])
        {
            for (int i = 0; i < perClass * Colours.Length; i++)
            {
                var (name, r, g, b) = Colours[i % Colours.Length];
                var pixels = new byte[size * size * 3];
                for (int p = 0; p < size * size; p++)
                {
                    int noise = Philox.Below(new PhiloxKey(9, RandomStream.Synthetic, (uint)i), (ulong)p, 30);
                    (pixels[3 * p], pixels[3 * p + 1], pixels[3 * p + 2]) = ((byte)(r + noise), (byte)(g + noise), (byte)(b + noise));
                }

                string folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, part, name)).FullName;
                File.WriteAllBytes(System.IO.Path.Combine(folder, $"{i}.png"), PngWriter.Encode(size, size, 8, 2, pixels));
            }
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("nengine-pngs-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
