using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Class names of the well-known data sets in IDX files.</summary>
internal static class IdxClasses
{
    private const long MostBytes = 1 << 20;
    private static readonly string[] Fashion = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>EMNIST letters are numbered from 1; everything else from 0.</summary>
    public static int FirstLabel(string prefix) => prefix.Equals("emnist-letters", StringComparison.OrdinalIgnoreCase) ? 1 : 0;

    /// <summary>The class names of a set whose training labels need <paramref name="needed"/> classes.</summary>
    public static IReadOnlyList<string> For(IdxFiles files, bool digits, int needed)
    {
        string list = Path.Combine(files.Folder, "classes.txt");
        if (File.Exists(list))
            return ReadList(list);
        if (FromMapping(files) is { } mapped)
            return mapped;
        string prefix = files.Prefix.ToLowerInvariant();
        string folder = Path.GetFileName(Path.GetFullPath(files.Folder)).ToLowerInvariant();
        if (prefix.Contains("fashion") || (prefix.Length == 0 && folder.Contains("fashion")))
            return Fashion;
        if (prefix == "emnist-letters")
            return Enumerable.Range('A', 26).Select(c => ((char)c).ToString()).ToArray();
        return Enumerable.Range(0, digits ? 10 : Math.Max(needed, 1)).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
    }

    private static string[] ReadList(string path)
    {
        var names = SmallFile.ReadLines(path, MostBytes, "list of classes").Select(l => l.Trim()).Where(l => l.Length > 0).ToArray();
        if (names.Length == 0)
            throw new DataException($"{path}: no class names, expected one per line");
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            throw new DataException($"{path}: class {names.GroupBy(n => n, StringComparer.Ordinal).First(g => g.Count() > 1).Key} is named twice");
        return names;
    }

    // EMNIST's mapping: one line per class with its label and the ASCII codes of its characters, upper case first.
    private static string[]? FromMapping(IdxFiles files)
    {
        string path = Path.Combine(files.Folder, $"{files.Prefix}-mapping.txt");
        if (files.Prefix.Length == 0 || !File.Exists(path))
            return null;
        var names = new List<string>();
        foreach (string line in SmallFile.ReadLines(path, MostBytes, "mapping of classes"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length == 0)
                continue;
            if (fields.Length < 2 || !int.TryParse(fields[0], out int label) || label != names.Count + FirstLabel(files.Prefix)
                    || !int.TryParse(fields[1], out int code) || code is < 33 or > 126)
                throw new DataException($"{path}: line '{line.Trim()}' is not understood, expected label {names.Count + FirstLabel(files.Prefix)} and the "
                    + "ASCII codes of its characters");
            names.Add(((char)code).ToString());
        }

        return [.. names];
    }
}
