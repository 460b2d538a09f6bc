using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of a folder with one folder per class; see <see cref="ImageFolder"/>.</summary>
internal sealed class FolderDataset : Dataset
{
    private const int ErrorsShown = 5;

    private readonly FolderOptions _options;
    private readonly string _folder;
    private readonly string[] _files;
    private readonly int[] _labels;
    private readonly DecodedImage?[] _cache; // null where images are decoded whenever they are read

    private FolderDataset(FolderOptions options, string folder, string[] files, int[] labels, DecodedImage?[] cache) =>
        (_options, _folder, _files, _labels, _cache) = (options, folder, files, labels, cache);

    public override int Count => _files.Length;

    /// <summary>Decodes every image of a part once.</summary>
    /// <param name="part">The images.</param>
    /// <param name="classes">Their numbers: names of classes, at least the part's.</param>
    /// <param name="options">Size and channels.</param>
    /// <param name="moments">Mean and deviation; null for those of these images.</param>
    public static FolderDataset Load(FolderPart part, IReadOnlyList<string> classes, FolderOptions options, PixelMoments? moments)
    {
        var (folder, files, labels) = (part.Path, new List<string>(), new List<int>());
        foreach (var group in part.Classes)
        {
            int number = classes.Index().First(c => c.Item == group.Name).Index;
            foreach (string image in group.Images)
            {
                files.Add(Path.Join(group.Path, image));
                labels.Add(number);
            }
        }

        if (files.Count == 0)
            throw new DataException($"{folder}: no images");
        var cache = new DecodedImage?[files.Count];
        var found = DecodeAll(folder, files, options, cache);
        moments ??= found;
        return new FolderDataset(options, folder, [.. files], [.. labels], cache)
        {
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

    public override string? File(int index) => _files[index];

    public override string Key(int index) => Path.GetRelativePath(_folder, _files[index]).Replace(Path.DirectorySeparatorChar, '/');

    public override void Read(int index, Span<byte> pixels) =>
        ReadCrop(index, _options.Centre, pixels);

    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels)
    {
        var image = _cache[index] ?? Stored(_files[index], _options);
        ImageFit.Crop(image, choose(image.Height, image.Width), Channels, Height, Width).CopyTo(pixels);
    }

    /// <summary>Decodes every file, so that one that cannot be read is named now; returns the moments of all pixels.</summary>
    private static PixelMoments DecodeAll(string folder, List<string> files, FolderOptions options, DecodedImage?[] cache)
    {
        var histogram = new PixelHistogram(options.Channels);
        var errors = new SortedDictionary<int, string>();
        long bytes = 0, limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        Parallel.For(0, files.Count, (i, loop) =>
        {
            try
            {
                var image = Stored(files[i], options);
                lock (histogram)
                {
                    histogram.Add(image.Pixels);
                    bytes += image.Pixels.Length;
                }

                if (!options.Cached)
                    return;
                cache[i] = image;
                if (Interlocked.Read(ref bytes) > limit)
                    loop.Stop();
            }
            catch (DataException e)
            {
                lock (errors)
                    errors.Add(i, e.Message);
            }
        });
        if (errors.Count > 0)
        {
            throw new DataException($"{folder}: {errors.Count} of {files.Count} images cannot be read: {string.Join("; ", errors.Values.Take(ErrorsShown))}"
                + (errors.Count > ErrorsShown ? $"; and {errors.Count - ErrorsShown} more" : ""));
        }

        if (options.Cached && bytes > limit)
            throw new DataException($"{folder}: the decoded images do not fit into half of the memory ({limit >> 20} MiB); use cache none, which decodes them whenever they are read");
        return histogram.Moments();
    }

    private static DecodedImage Stored(string file, FolderOptions options) => options.Shrink(ImageReader.Read(file));
}
