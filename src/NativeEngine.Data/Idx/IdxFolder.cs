using System.Text.RegularExpressions;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Finds and loads a pair of training and test sets in IDX files: MNIST and Fashion-MNIST
/// (<c>train-images-idx3-ubyte.gz</c>, <c>t10k-…</c>), EMNIST (<c>emnist-letters-train-…</c>, <c>…-test-…</c>), with a dot
/// or a dash before <c>idx</c>, with or without <c>.gz</c>.
/// </summary>
public static partial class IdxFolder
{
    /// <summary>
    /// Loads both parts. Class names come from <c>classes.txt</c> (one per line) in the folder, else from what the files are
    /// known to hold, else they are the numbers. Mean and deviation are those of the training part.
    /// </summary>
    /// <param name="path">The folder, or folder and prefix where it holds several sets: <c>data/emnist-letters</c>.</param>
    /// <param name="digits">Ten classes are required, whatever labels occur (data set <c>mnist</c>).</param>
    /// <exception cref="DataException">Files are missing, ambiguous, damaged or do not belong together.</exception>
    public static DatasetPair Load(string path, bool digits = false)
    {
        var files = Find(path);
        var (trainPixels, trainLabels, size) = LoadPart(files.TrainImages, files.TrainLabels);
        var (testPixels, testLabels, testSize) = LoadPart(files.TestImages, files.TestLabels);
        if (testSize != size)
            throw new DataException($"{files.TestImages}: images of {testSize.H}x{testSize.W}, but the training images are {size.H}x{size.W}");
        if (files.Prefix.StartsWith("emnist", StringComparison.OrdinalIgnoreCase))
        {
            Transpose(trainPixels, size.H, size.W);
            Transpose(testPixels, size.H, size.W);
        }

        int first = IdxClasses.FirstLabel(files.Prefix);
        var classes = IdxClasses.For(files, digits, trainLabels.Max() + 1 - first);
        CheckLabels(files.TrainLabels, trainLabels, first, classes.Count);
        CheckLabels(files.TestLabels, testLabels, first, classes.Count);
        string name = files.Prefix.Length > 0 ? files.Prefix : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(files.Folder)));
        var train = MemoryDataset.Create($"{name} train", trainPixels, trainLabels, (1, size.H, size.W), classes);
        var test = MemoryDataset.Create($"{name} test", testPixels, testLabels, (1, size.H, size.W), classes, new PixelMoments(train.Mean, train.Std));
        return new DatasetPair(train, test);
    }

    /// <summary>True when the folder (or prefix) holds training images in this format.</summary>
    public static bool Contains(string path) => Candidates(path).Any(c => c is { Part: "train", Kind: "images" });

    /// <summary>True when the folder (or prefix) holds any file of such a set, complete or not.</summary>
    public static bool HasParts(string path) => Candidates(path).Count > 0;

    /// <summary>True for the name of one of the files.</summary>
    internal static bool IsPartName(string name) => FileName().IsMatch(name);

    internal static IdxFiles Find(string path)
    {
        var found = Candidates(path);
        var prefixes = found.Where(c => c.Kind == "images").Select(c => c.Prefix).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)
            .ToArray();
        if (prefixes.Length == 0)
            throw new DataException($"{path}: no IDX images found, expected files such as train-images-idx3-ubyte.gz and t10k-images-idx3-ubyte.gz");
        if (prefixes.Length > 1)
            throw new DataException($"{path}: several data sets ({string.Join(", ", prefixes.Select(p => p.Length > 0 ? p : "without prefix"))}); name "
                + $"one as {Path.Combine(path, prefixes[^1])}");
        string prefix = prefixes[0];
        string One(string part, string kind)
        {
            var matches = found.Where(c => c.Part == part && c.Kind == kind && string.Equals(c.Prefix, prefix, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (matches.Length == 0)
                throw new DataException($"{path}: the {part} {kind} are missing "
                    + $"({(prefix.Length > 0 ? prefix + "-" : "")}{(part == "test" ? "t10k" : part)}-{kind}-idx{(kind == "images" ? 3 : 1)}-ubyte, with "
                        + "or without .gz)");

            // Both the packed and the unpacked file may lie there; the unpacked one is read faster.
            return matches.OrderBy(c => c.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)).ThenBy(c => c.Path, StringComparer.Ordinal).First().Path;
        }

        string folder = Path.GetDirectoryName(One("train", "images"))!;
        return new IdxFiles(folder, prefix, One("train", "images"), One("train", "labels"), One("test", "images"), One("test", "labels"));
    }

    private static List<Candidate> Candidates(string path)
    {
        string folder = path, wanted = "";
        if (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
            wanted = Path.GetFileName(path);
            if (!Directory.Exists(folder))
                return [];
        }

        var result = new List<Candidate>();
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            var match = FileName().Match(Path.GetFileName(file));
            if (!match.Success)
                continue;
            string prefix = match.Groups["prefix"].Value, part = match.Groups["part"].Value;
            if (wanted.Length > 0 && !string.Equals(prefix, wanted, StringComparison.OrdinalIgnoreCase))
                continue;
            result.Add(new Candidate(file, prefix, part == "t10k" ? "test" : part, match.Groups["kind"].Value));
        }

        return result;
    }

    private static (byte[] Pixels, int[] Labels, (int H, int W) Size) LoadPart(string imagePath, string labelPath)
    {
        var labels = IdxFile.Read(labelPath, 1);
        var images = IdxFile.Read(imagePath, 3);
        if (images.Extents[0] != labels.Extents[0])
            throw new DataException($"{imagePath} has {images.Extents[0]} images, but {labelPath} has {labels.Extents[0]} labels");
        return (images.Data, Array.ConvertAll(labels.Data, b => (int)b), (images.Extents[1], images.Extents[2]));
    }

    private static void CheckLabels(string path, int[] labels, int first, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < first || labels[i] >= first + classes)
                throw new DataException($"{path}: label {labels[i]} of image {i} is out of range, expected {first}..{first + classes - 1}");
            labels[i] -= first;
        }
    }

    // EMNIST's files hold every image with rows and columns exchanged.
    private static void Transpose(byte[] pixels, int height, int width)
    {
        if (height != width)
            throw new DataException($"EMNIST images of {height}x{width}: expected square images");
        for (int start = 0; start < pixels.Length; start += height * width)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = y + 1; x < width; x++)
                    (pixels[start + y * width + x], pixels[start + x * width + y]) = (pixels[start + x * width + y], pixels[start + y * width + x]);
            }
        }
    }

    [GeneratedRegex(@"^((?<prefix>.+?)-)?(?<part>train|t10k|test)-(?<kind>images|labels)[.-]idx[13]-ubyte(\.gz)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    private sealed record Candidate(string Path, string Prefix, string Part, string Kind);
}
