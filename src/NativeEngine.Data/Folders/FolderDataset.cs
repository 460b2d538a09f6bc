using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of a folder with one folder per class; see <see cref="ImageFolder"/>.</summary>
internal sealed class FolderDataset : Dataset
{
    private readonly string _folder;
    private readonly string[] _files;
    private readonly int[] _labels;
    private readonly ImageStore _images;
    private readonly float[][]? _rows;
    private Dictionary<string, string>? _keys;

    private FolderDataset(string folder, string[] files, int[] labels, ImageStore images, float[][]? rows = null) =>
        (_folder, _files, _labels, _images, _rows) = (folder, files, labels, images, rows);

    public override bool IsMultiLabel => _rows is not null;

    public override int Count => _files.Length;

    public override IReadOnlyList<string> Notes => _images.Notes;

    /// <summary>Decodes every image of a part once; of those that cannot be read <see cref="FolderOptions.SkipUnreadable"/> says what becomes.</summary>
    /// <param name="part">The images.</param>
    /// <param name="classes">Their numbers: names of classes, at least the part's.</param>
    /// <param name="options">Size and channels.</param>
    /// <param name="moments">Mean and deviation; null for those of these images.</param>
    public static FolderDataset Load(FolderPart part, IReadOnlyList<string> classes, FolderOptions options, PixelMoments? moments)
    {
        var (files, labels, keys) = (new List<string>(), new List<int>(), new Dictionary<string, string>());
        foreach (var group in part.Classes)
        {
            int number = classes.Index().First(c => c.Item == group.Name).Index;
            foreach (string image in group.Images)
            {
                string file = Path.Join(group.Path, image);
                files.Add(file);
                labels.Add(number);
                keys[file] = group.Key(image);
            }
        }

        try
        {
            return Load(part, classes, files, labels, keys, options, moments);
        }
        catch (UnreadableImagesException e)
        {
            options.Skip(part.Path, files, labels, classes, e);
            return Load(part, classes, files, labels, keys, options, moments);
        }
    }

    /// <summary>Decodes images of which each is of several classes, or of none.</summary>
    /// <param name="name">The data set.</param>
    /// <param name="folder">Where files begin.</param>
    /// <param name="images">Files, each with a number for every class.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="options">Size and channels.</param>
    /// <param name="moments">Mean and deviation; null for those of these images.</param>
    public static FolderDataset Load(string name, string folder, IReadOnlyList<(string File, float[] Row)> images, IReadOnlyList<string> classes,
        FolderOptions options, PixelMoments? moments)
    {
        string[] files = [.. images.Select(i => i.File)];
        var store = ImageStore.Load(folder, files, options);
        moments ??= store.Moments;
        int[] labels = [.. images.Select(i => Math.Max(0, Array.IndexOf(i.Row, 1f)))];
        return new FolderDataset(folder, files, labels, store, [.. images.Select(i => i.Row)])
        {
            Name = name, Channels = options.Channels, Height = options.Size, Width = options.Size, Classes = classes, Mean = moments.Mean, Std = moments.Std,
        };
    }

    private static FolderDataset Load(FolderPart part, IReadOnlyList<string> classes, List<string> files, List<int> labels,
        Dictionary<string, string> keys, FolderOptions options, PixelMoments? moments)
    {
        string folder = part.Path;
        if (files.Count == 0)
            throw new DataException($"{folder}: no images");
        var images = ImageStore.Load(folder, files, options);
        moments ??= images.Moments;
        return new FolderDataset(folder, [.. files], [.. labels], images)
        {
            _keys = keys,
            Name = part.Name,
            Channels = options.Channels,
            Height = options.Size,
            Width = options.Size,
            Classes = classes,
            Mean = moments.Mean,
            Std = moments.Std,
        };
    }

    public override int Label(int index) => _labels[index];

    public override void ReadRow(int index, Span<float> row)
    {
        if (_rows is null)
            base.ReadRow(index, row);
        else
            _rows[index].CopyTo(row);
    }

    public override string? File(int index) => _files[index];

    public override string Key(int index) => _keys?[_files[index]] ?? Path.GetRelativePath(_folder, _files[index]).Replace(Path.DirectorySeparatorChar, '/');

    public override void Read(int index, Span<byte> pixels) => _images.Read(index, pixels);

    public override void ReadWhole(int index, Picture picture) => _images.ReadWhole(index, picture);

    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) => _images.ReadCrop(index, choose, pixels);
}
