using System.Text;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Data;

/// <summary>
/// Quick, Draw! (Google): a folder with a file for each class, whose name is the class (blanks become underscores): simplified drawings as CSV or ndjson, drawn
/// when
/// they are read, or bitmaps of 28x28 as .npy.
/// </summary>
public sealed class QuickDrawFormat : DatasetFormat
{
    private const string DrawingColumn = "drawing", Simplified = "train_simplified";
    private const int MostRows = 1_000_000, BitmapSide = 28;

    /// <inheritdoc/>
    public override string Name => "quickdraw";

    /// <inheritdoc/>
    public override string Holds => "Quick, Draw! drawings";

    /// <inheritdoc/>
    public override string Purpose => "Quick, Draw! files, one per class";

    /// <inheritdoc/>
    public override string Remark => "simplified CSV or ndjson, or .npy";

    /// <inheritdoc/>
    public override bool Recognises(string path) => Files(path).Length > 0;

    /// <inheritdoc/>
    public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
    {
        string[] files = Files(request.Path!);
        string[] classes = [.. files.Select(f => Path.GetFileNameWithoutExtension(f).Replace(' ', '_'))];
        if (classes.Distinct(StringComparer.Ordinal).Count() != classes.Length)
            throw new DataException($"{request.Path}: two files of one class: "
                + $"{NameList.Some([.. classes.GroupBy(c => c).Where(g => g.Count() > 1).Select(g => g.Key)])}");
        var options = request.Strokes();
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Path!)));
        if (files[0].EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            return (Bitmaps(name, files, classes, options), null);
        var (drawings, labels, keys) = (new List<byte[]>(), new List<int>(), new List<string>());
        var read = new (byte[] Drawing, string Key)[files.Length][];
        Parallel.For(0, files.Length,
            i => read[i] = [.. Drawings(files[i]).Skip(options.SkipRows).Take(options.RowsPerClass > 0 ? options.RowsPerClass : MostRows)]);
        for (int c = 0; c < files.Length; c++)
        {
            if (read[c].Length == 0)
                throw new DataException($"{files[c]}: no drawings are left{(options.SkipRows > 0 ? $" behind the first {options.SkipRows}" : "")}");
            drawings.AddRange(read[c].Select(d => d.Drawing));
            keys.AddRange(read[c].Select(d => $"{classes[c]}/{d.Key}"));
            labels.AddRange(Enumerable.Repeat(c, read[c].Length));
        }

        return (StrokeDataset.Of(name, [.. drawings], [.. labels], [.. keys], classes, options), null);
    }

    /// <inheritdoc/>
    public override FolderSurvey? Survey(string path, bool allowEmpty)
    {
        const int bytesPerDrawing = 500, side = 64;
        string[] files = Files(path);
        bool bitmaps = files[0].EndsWith(".npy", StringComparison.OrdinalIgnoreCase);
        long images = files.Sum(f => new FileInfo(f).Length) / (bitmaps ? BitmapSide * BitmapSide : bytesPerDrawing);
        return new FolderSurvey((int)Math.Clamp(images, 1, int.MaxValue), files.Length, false, bitmaps ? BitmapSide : side, true);
    }

    private static string[] Files(string path)
    {
        if (!Directory.Exists(path))
            return [];
        if (Directory.Exists(Path.Combine(path, Simplified)))
            path = Path.Combine(path, Simplified);
        foreach (string ending in new[] { ".csv", ".ndjson", ".npy" })
        {
            string[] files = [.. Directory.EnumerateFiles(path).Where(f => f.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                .Order(CodePointOrder.Instance)];
            if (files.Length > 0 && HoldsDrawings(files[0]))
                return files;
        }

        return [];
    }

    // Files of these endings lie beside many things: the beginning of one says whether it holds drawings.
    private static bool HoldsDrawings(string file)
    {
        const int looked = 256;
        if (file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return CsvTable.Head(file, 1) is [var header] && header.Contains(DrawingColumn);
        try
        {
            using var stream = File.OpenRead(file);
            var head = new byte[looked];
            string text = Encoding.Latin1.GetString(head.AsSpan(0, stream.ReadAtLeast(head, looked, throwOnEndOfStream: false)));
            return file.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase) ? text.StartsWith('{') && text.Contains("\"word\"", StringComparison.Ordinal)
                : text.Contains("NUMPY", StringComparison.Ordinal) && text.Contains(", 784)", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<(byte[] Drawing, string Key)> Drawings(string file) => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
        ? OfTable(file) : OfLines(file);

    private static IEnumerable<(byte[] Drawing, string Key)> OfTable(string file)
    {
        int drawing = -1, key = -1;
        foreach (var (line, cells) in CsvTable.Rows(file))
        {
            if (drawing < 0)
            {
                (drawing, key) = (Array.IndexOf(cells, DrawingColumn), Array.IndexOf(cells, "key_id"));
                if (drawing < 0)
                    throw new DataException($"{file}: the header has no column {DrawingColumn}");
                continue;
            }

            if (cells.Length <= drawing)
                throw new DataException($"{file}, line {line}: {cells.Length} columns, expected more than {drawing}");
            yield return (Drawing.Pack(cells[drawing], $"{file}, line {line}"), key >= 0 && key < cells.Length ? cells[key] : $"{line}");
        }
    }

    private static IEnumerable<(byte[] Drawing, string Key)> OfLines(string file)
    {
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0)
                continue;
            string where = $"{file}, line {number}";
            (byte[], string) one;
            try
            {
                using var json = JsonDocument.Parse(line);
                one = (Drawing.Pack(json.RootElement.GetProperty(DrawingColumn).GetRawText(), where),
                    json.RootElement.TryGetProperty("key_id", out var key) ? key.ToString() : $"{number}");
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new DataException($"{where}: no JSON object with a {DrawingColumn} ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
            }

            yield return one;
        }
    }

    private static MemoryDataset Bitmaps(string name, string[] files, string[] classes, StrokeOptions options)
    {
        const int pixels = BitmapSide * BitmapSide;
        var (bytes, labels) = (new List<byte>(), new List<int>());
        for (int c = 0; c < files.Length; c++)
        {
            byte[] all = SmallFile.ReadBytes(files[c], Array.MaxLength);
            var array = NpyFile.Parse(all, files[c]);
            if (array.Type[^2..] != "u1" || array.Shape is not [var rows, pixels])
                throw new DataException($"{files[c]} holds {array.Type} [{string.Join(',', array.Shape)}], expected bytes [N,{pixels}]");
            int first = (int)Math.Min(rows, options.SkipRows), count = (int)Math.Min(rows - first, options.RowsPerClass > 0 ? options.RowsPerClass : MostRows);
            if (count == 0)
                throw new DataException($"{files[c]}: no drawings are left behind the first {options.SkipRows}");
            bytes.AddRange(array.Data.AsSpan(first * pixels, count * pixels));
            labels.AddRange(Enumerable.Repeat(c, count));
        }

        return MemoryDataset.Create(name, [.. bytes], [.. labels], (1, BitmapSide, BitmapSide), classes);
    }
}
