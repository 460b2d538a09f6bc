using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A table of picture files: <c>path,label[,split]</c> with a header or without, or a header and one column of 0 and 1 for each class. Paths are relative to
/// the
/// table, or to <see cref="DataRequest.Root"/>.
/// </summary>
public sealed class CsvFormat : DatasetFormat
{
    private const int MissingShown = 5;
    private static readonly string[] PathNames = ["path", "file", "filename", "image", "image_path", "img", "id"],
        LabelNames = ["label", "class", "category", "target"],
        SplitNames = ["split", "part", "set", "subset"];

    /// <inheritdoc/>
    public override string Name => "csv";

    /// <inheritdoc/>
    public override string Holds => "a table of pictures";

    /// <inheritdoc/>
    public override string Purpose => "a table path,label[,split] of picture files";

    /// <inheritdoc/>
    public override string Remark => "path,label[,split] of pictures";

    /// <inheritdoc/>
    public override bool ReadsPictures => true;

    /// <inheritdoc/>
    public override bool CropsCentre => true;

    /// <inheritdoc/>
    public override string Preparation => new FolderFormat().Preparation;

    /// <inheritdoc/>
    public override bool Recognises(string path) => CsvTable.HasName(path) && File.Exists(path)
        && CsvTable.Head(path, 3).Any(r => r.Length > 1 && (ImageReader.HasImageName(r[0]) || PathNames.Contains(r[0].ToLowerInvariant())));

    /// <inheritdoc/>
    public override byte[] Prepare(DecodedImage image, FolderOptions options) => options.Fit(image);

    /// <inheritdoc/>
    public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
    {
        var table = Table.Read(request);
        if (table.Rows.All(r => r.Marks is null))
            return ImageFolder.Load(table.Layout(request), request.Reading());
        var parts = table.Rows.ToLookup(r => r.Part);
        if (!parts[Part.Train].Any())
            throw new DataException($"{request.Path}: no row is of the part train");
        var options = request.Reading();
        var train = Marked(parts[Part.Train], null);
        return (train, parts[Part.Eval].Any() ? Marked(parts[Part.Eval], new PixelMoments(train.Mean, train.Std)) : null);

        Dataset Marked(IEnumerable<Row> rows, PixelMoments? moments) =>
            FolderDataset.Load(table.Name, table.Root, [.. rows.Select(r => (Path.Join(table.Root, r.Path), r.Marks!))], table.Classes, options, moments);
    }

    /// <inheritdoc/>
    public override FolderLayout? Layout(DataRequest request)
    {
        var table = Table.Read(request);
        return table.Rows.Any(r => r.Marks is not null) ? null : table.Layout(request);
    }

    /// <inheritdoc/>
    public override FolderSurvey? Survey(string path, bool allowEmpty) =>
        Recognises(path) && Layout(new DataRequest(path, () => throw new InvalidOperationException("nothing is read"))) is { } layout
            ? FolderSurvey.Of(layout) : null;

    private enum Part
    {
        Train,
        Eval,
        Other,
    }

    private sealed record Row(string Path, string Label, Part Part, float[]? Marks);

    private sealed record Table(string Name, string Root, IReadOnlyList<string> Classes, IReadOnlyList<Row> Rows)
    {
        public static Table Read(DataRequest request)
        {
            string path = request.Path!, root = request.Root ?? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
            var rows = new List<Row>();
            string[]? header = null;
            var missing = new List<string>();
            int width = 0;
            foreach (var (line, cells) in CsvTable.Rows(path))
            {
                if (width == 0)
                {
                    width = cells.Length;
                    if (width < 2)
                        throw new DataException($"{path}, line {line}: expected path,label[,split], got '{string.Join(',', cells)}'");
                    if (PathNames.Contains(cells[0].Trim().ToLowerInvariant()))
                    {
                        header = [.. cells.Select(c => c.Trim())];
                        continue;
                    }
                }

                if (cells.Length != width)
                    throw new DataException($"{path}, line {line}: {cells.Length} columns, the lines before have {width}");
                var row = Of(cells, header, $"{path}, line {line}");
                if (!File.Exists(System.IO.Path.Join(root, row.Path)))
                    missing.Add($"line {line}: {row.Path}");
                rows.Add(row);
            }

            if (missing.Count > 0)
                throw new DataException($"{path}: {missing.Count} of {rows.Count} files are not in {root}: {NameList.Some(missing, MissingShown)}"
                    + (request.Root is null ? "; --root names the folder that paths begin in" : ""));
            if (rows.Count == 0)
                throw new DataException($"{path}: no rows");
            var columns = MarkColumns(header);
            string[] classes = columns.Length > 0 ? [.. columns.Select(c => header![c])] : [.. Labels(rows.Select(r => r.Label).Distinct())];
            return new Table(System.IO.Path.GetFileNameWithoutExtension(path), root, classes, rows);
        }

        public FolderLayout Layout(DataRequest request)
        {
            var parts = Rows.Where(r => r.Part != Part.Other).ToLookup(r => r.Part);
            bool hasParts = parts.Contains(Part.Eval);
            FolderPart Of(Part part) => new(hasParts ? $"{Name} {(part == Part.Train ? "train" : "val")}" : Name, Root,
                [.. Classes.Select(c => new ClassFolder(c, Root, [.. parts[part].Where(r => r.Label == c).Select(r => r.Path)]) { KeysAreFiles = true })
                    .Where(c => part == Part.Train || c.Images.Count > 0)]);
            int others = Rows.Count(r => r.Part == Part.Other);
            return FolderLayout.Of(request.Path!, parts.Contains(Part.Train) ? Of(Part.Train) : null, hasParts ? Of(Part.Eval) : null,
                others > 0 ? [$"{request.Path}: {others} rows of other parts are not used"] : []);
        }

        // Numbers stand in their order, words in code-point order.
        private static IEnumerable<string> Labels(IEnumerable<string> labels)
        {
            string[] all = [.. labels];
            return all.All(l => int.TryParse(l, NumberStyles.Integer, CultureInfo.InvariantCulture, out _))
                ? all.OrderBy(l => int.Parse(l, CultureInfo.InvariantCulture)) : all.Order(CodePointOrder.Instance);
        }

        private static int[] MarkColumns(string[]? header)
        {
            if (header is null || header.Any(h => LabelNames.Contains(h.ToLowerInvariant())))
                return [];
            int[] columns = [.. Enumerable.Range(1, header.Length - 1).Where(i => !SplitNames.Contains(header[i].ToLowerInvariant()))];
            return columns.Length > 1 ? columns : [];
        }

        private static Row Of(string[] cells, string[]? header, string where)
        {
            int Column(string[] names, int otherwise) => header is null ? otherwise : Array.FindIndex(header, h => names.Contains(h.ToLowerInvariant()));
            int split = Column(SplitNames, cells.Length > 2 && header is null ? 2 : -1);
            var part = split < 0 || split >= cells.Length ? Part.Train : cells[split].Trim().ToLowerInvariant() switch
            {
                "train" or "training" or "" => Part.Train,
                "val" or "valid" or "validation" or "eval" => Part.Eval,
                "test" or "testing" => Part.Other,
                var other => throw new DataException($"{where}: split '{other}': expected train, val or test"),
            };
            string path = cells[0].Trim().Replace('\\', '/');
            if (path.Length == 0)
                throw new DataException($"{where}: the path is empty");
            var marks = MarkColumns(header);
            if (marks.Length > 0)
                return new Row(path, "", part, [.. marks.Select(c => cells[c].Trim() switch
                {
                    "1" or "1.0" or "true" or "True" => 1f,
                    "0" or "0.0" or "" or "false" or "False" => 0f,
                    var other => throw new DataException($"{where}: {header![c]} is '{other}': expected 0 or 1"),
                })]);
            int label = Column(LabelNames, 1);
            string name = cells[label < 0 ? 1 : label].Trim();
            return name.Length > 0 ? new Row(path, name, part, null) : throw new DataException($"{where}: the label is empty");
        }
    }
}
