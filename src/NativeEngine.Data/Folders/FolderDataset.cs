using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of a folder with one folder per class; see <see cref="ImageFolder"/>.</summary>
internal sealed class FolderDataset : Dataset
{
    private const int ErrorsShown = 5;

    private readonly FolderOptions _options;
    private readonly string[] _files;
    private readonly int[] _labels;
    private readonly DecodedImage?[] _cache;

    private FolderDataset(FolderOptions options, string[] files, int[] labels) =>
        (_options, _files, _labels, _cache) = (options, files, labels, new DecodedImage?[files.Length]);

    public override int Count => _files.Length;

    /// <summary>Finds the files and decodes each once.</summary>
    public static FolderDataset Load(string name, string folder, IReadOnlyList<string> classes, FolderOptions options, PixelMoments? moments)
    {
        var files = new List<string>();
        var labels = new List<int>();
        for (int c = 0; c < classes.Count; c++)
        {
            string path = Path.Combine(folder, classes[c]);
            foreach (string file in Directory.Exists(path) ? ImageFolder.Files(path) : [])
            {
                files.Add(file);
                labels.Add(c);
            }
        }

        if (files.Count == 0)
            throw new DataException($"{folder}: no images");
        var data = new FolderDataset(options, [.. files], [.. labels])
        {
            Name = name,
            Channels = options.Channels,
            Height = options.Size,
            Width = options.Size,
            Classes = classes,
            Mean = new float[options.Channels],
            Std = new float[options.Channels],
        };
        var found = data.DecodeAll(folder);
        moments ??= found;
        moments.Mean.ToArray().CopyTo((float[])data.Mean, 0);
        moments.Std.ToArray().CopyTo((float[])data.Std, 0);
        return data;
    }

    public override int Label(int index) => _labels[index];

    public override string? File(int index) => _files[index];

    public override void Read(int index, Span<byte> pixels) =>
        ReadCrop(index, _options.Centre, pixels);

    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels)
    {
        var image = _cache[index] ?? Stored(_files[index]);
        ImageFit.Crop(image, choose(image.Height, image.Width), Channels, Height, Width).CopyTo(pixels);
    }

    private PixelMoments DecodeAll(string folder)
    {
        var histogram = new PixelHistogram(Channels);
        var errors = new SortedDictionary<int, string>();
        long bytes = 0, limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        Parallel.For(0, _files.Length, (i, loop) =>
        {
            try
            {
                var image = Stored(_files[i]);
                lock (histogram)
                {
                    histogram.Add(image.Pixels);
                    bytes += image.Pixels.Length;
                }

                if (_options.Cached)
                    _cache[i] = image;
                if (_options.Cached && Interlocked.Read(ref bytes) > limit)
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
            throw new DataException($"{folder}: {errors.Count} of {_files.Length} images cannot be read: {string.Join("; ", errors.Values.Take(ErrorsShown))}"
                + (errors.Count > ErrorsShown ? $"; and {errors.Count - ErrorsShown} more" : ""));
        }

        if (_options.Cached && bytes > limit)
            throw new DataException($"{folder}: the decoded images do not fit into half of the memory ({limit >> 20} MiB); use cache none, which decodes them whenever they are read");
        return histogram.Moments();
    }

    private DecodedImage Stored(string file) => _options.Shrink(ImageReader.Read(file));
}
