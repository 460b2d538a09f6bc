using System.Numerics;
using System.Security.Cryptography;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Looks at every picture below a folder: which cannot be used, which are there twice, what sizes they have.</summary>
public sealed class FolderScan
{
    /// <summary>Pictures whose looks differ in no more bits, and whose colours hardly, look the same.</summary>
    public const int NearBits = 3;

    private const int LookWidth = 9, LookHeight = 8, Bands = 4, BandBits = 16, MostPairs = 10_000, ColourSide = 8;
    private const double NearColours = 4; // mean difference in levels

    private FolderScan(string folder, IReadOnlyList<ScannedFile> files, PixelMoments? moments) => (Folder, Files, Moments) = (folder, files, moments);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>All picture files below it.</summary>
    public IReadOnlyList<ScannedFile> Files { get; }

    /// <summary>Mean and deviation of all pixels that could be read; null where none could.</summary>
    public PixelMoments? Moments { get; }

    /// <summary>Files that cannot be used.</summary>
    public IEnumerable<ScannedFile> Bad => Files.Where(f => f.Problem is not null);

    /// <summary>Files of the same bytes, in groups of two or more.</summary>
    public IEnumerable<IReadOnlyList<ScannedFile>> Copies =>
        Files.Where(f => f.Content.Length > 0).GroupBy(f => f.Content).Where(g => g.Count() > 1).Select(g => g.ToList());

    /// <summary>Pairs of pictures in different parts that look the same, the same bytes included: what is evaluated was trained on.</summary>
    public IEnumerable<(ScannedFile One, ScannedFile Other)> Leaks => NearPairs().Where(p => p.One.Part != p.Other.Part);

    /// <summary>Copies of one picture in different classes: at most one of the classes is right.</summary>
    public IEnumerable<IReadOnlyList<ScannedFile>> Contradictions => Copies.Where(g => g.Select(f => f.Class).Distinct().Count() > 1);

    /// <summary>Scans a folder.</summary>
    /// <exception cref="DataException">It does not exist, cannot be listed, or holds no pictures.</exception>
    public static FolderScan Of(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException(DataKind.Explain(folder));
        string[] paths = [.. ImageFolder.Files(folder)];
        if (paths.Length == 0)
            throw new DataException($"{folder}: no pictures");
        var files = new ScannedFile[paths.Length];
        var histogram = new PixelHistogram(3);
        Parallel.For(0, paths.Length,
            i => files[i] = Look(folder, Path.GetRelativePath(folder, paths[i]).Replace(Path.DirectorySeparatorChar, '/'), histogram));
        return new FolderScan(folder, files, files.Any(f => f.Height > 0) ? histogram.Moments() : null);
    }

    /// <summary>Moves the files that cannot be used into another folder, under the same paths.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="DataException">One cannot be moved; those before it are.</exception>
    public int MoveBad(string target)
    {
        int moved = 0;
        foreach (var file in Bad)
        {
            string from = Path.Join(Folder, file.Path), to = Path.Join(target, file.Path);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Move(from, to);
                moved++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{from} cannot be moved to {to}: {e.Message.TrimEnd('.')} ({moved} were moved)", e);
            }
        }

        return moved;
    }

    private static ScannedFile Look(string folder, string path, PixelHistogram histogram)
    {
        string full = Path.Join(folder, path);
        try
        {
            byte[] bytes = SmallFile.ReadBytes(full, Array.MaxLength);
            if (bytes.Length == 0)
                return new ScannedFile(path, "empty file", 0, 0, "", 0);
            string content = Convert.ToHexString(SHA256.HashData(bytes));
            DecodedImage image;
            try
            {
                image = ImageReader.Read(full);
            }
            catch (DataException e)
            {
                return new ScannedFile(path, e.Message.Replace(full, "").TrimStart(':', ' '), 0, 0, content, 0);
            }

            byte[] small = ImageFit.Fit(image, 1, LookHeight, LookWidth),
                colour = ImageFit.Fit(image, 3, Math.Min(image.Height, 64), Math.Min(image.Width, 64));
            lock (histogram)
                histogram.Add(colour);
            string? problem = image.Content.IndexOfAnyExcept(image.Content[0]) < 0 ? "one colour only" : null;
            return new ScannedFile(path, problem, image.Height, image.Width, content, Hash(small))
            {
                Colours = ImageFit.Fit(image, 3, ColourSide, ColourSide),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ScannedFile(path, FileProblem.Reading(full, e), 0, 0, "", 0);
        }
    }

    private static ulong Hash(byte[] small)
    {
        ulong bits = 0;
        for (int y = 0; y < LookHeight; y++)
        {
            for (int x = 0; x + 1 < LookWidth; x++)
                bits = (bits << 1) | (small[(y * LookWidth) + x] > small[(y * LookWidth) + x + 1] ? 1u : 0u);
        }

        return bits;
    }

    private static double Difference(ScannedFile one, ScannedFile other)
    {
        int sum = 0;
        for (int i = 0; i < one.Colours.Length; i++)
            sum += Math.Abs(one.Colours[i] - other.Colours[i]);
        return (double)sum / one.Colours.Length;
    }

    // Looks that differ in three bits have one of four bands in common, so only those that share a band are compared.
    private IEnumerable<(ScannedFile One, ScannedFile Other)> NearPairs()
    {
        var usable = Files.Where(f => f.Problem is null).ToList();
        var seen = new HashSet<(int, int)>();
        for (int band = 0; band < Bands; band++)
        {
            foreach (var group in Enumerable.Range(0, usable.Count).GroupBy(i => (ushort)(usable[i].Look >> (band * BandBits))).Where(g => g.Count() > 1))
            {
                int[] all = [.. group];
                for (int a = 0; a < all.Length; a++)
                {
                    for (int b = a + 1; b < all.Length; b++)
                    {
                        if (BitOperations.PopCount(usable[all[a]].Look ^ usable[all[b]].Look) > NearBits
                                || Difference(usable[all[a]], usable[all[b]]) > NearColours
                                || !seen.Add((all[a], all[b])))
                            continue;
                        yield return (usable[all[a]], usable[all[b]]);
                        if (seen.Count >= MostPairs)
                            yield break;
                    }
                }
            }
        }
    }
}
