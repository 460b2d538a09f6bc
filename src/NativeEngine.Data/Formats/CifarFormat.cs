using System.Text;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Data;

/// <summary>CIFAR's pictures of 32x32 in their binary or Python form: the folder, the one around it, or the archive as it is downloaded.</summary>
public abstract class CifarFormat : DatasetFormat
{
    private const int Side = 32, Plane = Side * Side, Picture = 3 * Plane;

    /// <inheritdoc/>
    public override string Holds => "CIFAR's batches";

    /// <inheritdoc/>
    public override string Purpose => $"{Title} in its binary or Python form";

    /// <inheritdoc/>
    public override string Remark => "binary, Python or .tar.gz";

    /// <summary>As its authors call it: <c>CIFAR-10</c>.</summary>
    protected abstract string Title { get; }

    /// <summary>The folders that archives unfold to: binary, Python.</summary>
    protected abstract IReadOnlyList<string> Folders { get; }

    /// <summary>Names of the training files, without <c>.bin</c>.</summary>
    protected abstract IReadOnlyList<string> TrainFiles { get; }

    /// <summary>The name of the test file, without <c>.bin</c>.</summary>
    protected abstract string TestFile { get; }

    /// <summary>Bytes of labels in front of a picture of the binary form, and which of them is wanted.</summary>
    protected abstract (int Count, int Wanted) LabelBytes(LabelKind labels);

    /// <summary>Files that name the classes: the text file of the binary form, the pickle of the other and its key, and how many classes there are.</summary>
    protected abstract (string Text, string Pickle, string Key, int Classes) Names(LabelKind labels);

    /// <summary>The key of the labels in the Python form.</summary>
    protected abstract string LabelKey(LabelKind labels);

    /// <inheritdoc/>
    public override bool Recognises(string path) => PackedFiles.IsArchive(path) && File.Exists(path)
        ? Folders.Any(f => Path.GetFileName(path).StartsWith(f, StringComparison.Ordinal)
            || Path.GetFileName(path).StartsWith(ArchiveStem(f), StringComparison.Ordinal))
        : Place(path) is not null;

    /// <inheritdoc/>
    public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
    {
        string place = PackedFiles.IsArchive(request.Path!) && File.Exists(request.Path) ? request.Path! : Place(request.Path!)
            ?? throw new DataException($"{request.Path} holds no files of {Title}; expected {TrainFiles[0]}.bin or {TrainFiles[0]}, or a folder "
                + $"{string.Join(" or ", Folders)} with them");
        var (text, pickle, key, classes) = Names(request.Labels);
        string[] stems = [.. TrainFiles, TestFile];
        var files = PackedFiles.Read(place, n => n == text || n == pickle || stems.Contains(n) || stems.Any(s => n == $"{s}.bin"));
        bool binary = files.ContainsKey($"{TrainFiles[0]}.bin");
        string[] missing = [.. stems.Select(s => binary ? $"{s}.bin" : s).Where(n => !files.ContainsKey(n))];
        if (missing.Length > 0)
            throw new DataException($"{place}: {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing of {Title}");
        string[] names = ClassNames(files, place, binary ? text : pickle, key, classes, binary);
        var train = Part($"{Name} train", [.. TrainFiles.Select(f => Batch(f))], null);
        return (train, Part($"{Name} test", [Batch(TestFile)], new PixelMoments(train.Mean, train.Std)));

        (byte[] Pixels, int[] Labels) Batch(string stem) => binary ? FromRows(files[$"{stem}.bin"], $"{place}: {stem}.bin", request.Labels)
            : FromPickle(NumpyPickle.Read(files[stem], $"{place}: {stem}"), $"{place}: {stem}", LabelKey(request.Labels));

        MemoryDataset Part(string name, (byte[] Pixels, int[] Labels)[] batches, PixelMoments? moments) =>
            MemoryDataset.Create(name, [.. batches.SelectMany(b => b.Pixels)], [.. batches.SelectMany(b => b.Labels)], (3, Side, Side), names, moments);
    }

    /// <summary>As many images as the files of the binary form say, else those of the real set.</summary>
    public override FolderSurvey? Survey(string path, bool allowEmpty)
    {
        const int real = 50_000;
        long bytes = Place(path) is { } place ? TrainFiles.Select(f => new FileInfo(Path.Combine(place, $"{f}.bin"))).Where(f => f.Exists).Sum(f => f.Length)
            : 0;
        int rows = (int)Math.Min(int.MaxValue, bytes / (Picture + LabelBytes(LabelKind.Fine).Count));
        return new FolderSurvey(rows > 0 ? rows : real, Names(LabelKind.Fine).Classes, true, Side, false);
    }

    // cifar-10-binary.tar.gz unfolds to cifar-10-batches-bin.
    private static string ArchiveStem(string folder) => folder.Replace("-batches-bin", "-binary").Replace("-batches-py", "-python");

    private string? Place(string path) => Directory.Exists(path) ? Folders.Select(f => Path.Combine(path, f)).Prepend(path).FirstOrDefault(Holding) : null;

    private bool Holding(string folder) => (File.Exists(Path.Combine(folder, $"{TrainFiles[0]}.bin")) || File.Exists(Path.Combine(folder, TrainFiles[0])))
        && (File.Exists(Path.Combine(folder, $"{TestFile}.bin")) || File.Exists(Path.Combine(folder, TestFile)));

    private static string[] ClassNames(Dictionary<string, byte[]> files, string place, string file, string key, int classes, bool binary)
    {
        if (!files.TryGetValue(file, out byte[]? bytes))
            return [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
        string[] names = binary ? Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : NumpyPickle.Read(bytes, $"{place}: {file}").GetValueOrDefault(key) is List<string> list ? [.. list] : [];
        return names.Length == classes ? names : throw new DataException($"{place}: {file} names {names.Length} classes, expected {classes}");
    }

    private (byte[] Pixels, int[] Labels) FromRows(byte[] bytes, string where, LabelKind kind)
    {
        var (count, wanted) = LabelBytes(kind);
        int row = count + Picture, rows = bytes.Length / row;
        if (rows == 0 || bytes.Length % row != 0)
            throw new DataException($"{where} has {bytes.Length} bytes, expected rows of {row}");
        var pixels = new byte[rows * Picture];
        var labels = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = bytes[(i * row) + wanted];
            Interleave(bytes.AsSpan((i * row) + count, Picture), pixels.AsSpan(i * Picture, Picture));
        }

        return (pixels, labels);
    }

    private static (byte[] Pixels, int[] Labels) FromPickle(IReadOnlyDictionary<string, object> batch, string where, string key)
    {
        if (batch.GetValueOrDefault("data") is not NumpyPickle.Array { Shape: [var rows, Picture] } data)
            throw new DataException($"{where} has no array data of rows of {Picture} bytes");
        if (batch.GetValueOrDefault(key) is not List<long> labels || labels.Count != rows)
            throw new DataException($"{where} has no list {key} of {rows} numbers");
        var pixels = new byte[rows * Picture];
        for (int i = 0; i < rows; i++)
            Interleave(data.Data.AsSpan(i * Picture, Picture), pixels.AsSpan(i * Picture, Picture));
        return (pixels, [.. labels.Select(l => (int)Math.Clamp(l, -1, int.MaxValue))]);
    }

    // Planes of red, green and blue become pixels.
    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        for (int i = 0; i < Plane; i++)
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (planes[i], planes[Plane + i], planes[(2 * Plane) + i]);
    }
}
