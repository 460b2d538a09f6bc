using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of files, decoded and shrunk once and kept, or decoded whenever they are read.</summary>
internal sealed class ImageStore
{
    private const int ErrorsShown = 5, NamesShown = 3;
    private const long Least = 64L << 20; // memory that is taken for free however little there seems to be

    private readonly FolderOptions _options;
    private readonly IReadOnlyList<string> _files;
    private readonly DecodedImage?[] _kept; // null where images are decoded whenever they are read
    private readonly List<string> _notes = [];
    private long _bytes;
    private volatile bool _keeps;

    private ImageStore(IReadOnlyList<string> files, FolderOptions options)
    {
        (_files, _options) = (files, options);
        _kept = new DecodedImage?[files.Count];
        _keeps = options.Cache != ImageCache.None;
        ImageDecoders.Resolve(options.Images.Decoder, out string? note);
        if (note is not null)
            _notes.Add(note);
    }

    /// <summary>What a person should know about the files, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Mean and deviation of all pixels.</summary>
    public PixelMoments Moments { get; private set; } = null!;

    /// <summary>Decodes every file, so that one that cannot be read is named now.</summary>
    /// <param name="folder">Named in errors.</param>
    /// <param name="files">The files.</param>
    /// <param name="options">How their images are made.</param>
    /// <exception cref="DataException">Files that cannot be read: names them.</exception>
    /// <exception cref="HostMemoryException">They do not fit into the memory.</exception>
    public static ImageStore Load(string folder, IReadOnlyList<string> files, FolderOptions options)
    {
        var store = new ImageStore(files, options);
        store.DecodeAll(folder);
        return store;
    }

    /// <summary>The image of a file, as the model takes it.</summary>
    public void Read(int index, Span<byte> pixels)
    {
        if (_kept[index] is { } kept)
        {
            _options.Fit(kept, pixels);
            return;
        }

        var room = new byte[pixels.Length];
        ImageReader.Read(_files[index], _options.Images, image =>
        {
            _options.Fit(image, room);
            return true;
        });
        room.CopyTo(pixels);
    }

    /// <summary>A part of the shrunk image of a file, see <see cref="Dataset.ReadCrop"/>.</summary>
    public void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels)
    {
        if (_kept[index] is null && _options.KeepsSize)
        {
            var room = new byte[pixels.Length];
            ImageReader.ReadPart(_files[index], _options.Images, choose,
                (rows, box) => ImageFit.Crop(rows, box, (_options.Channels, _options.Size, _options.Size), _options.Interpolation, room));
            room.CopyTo(pixels);
            return;
        }

        var image = _kept[index] ?? Decode(index);
        ImageFit.Crop(image, choose(image.Height, image.Width), (_options.Channels, _options.Size, _options.Size), _options.Interpolation, pixels);
    }

    /// <summary>The image of a file in its own size, or shrunk where nobody needs it, see <see cref="FolderOptions.KeepsSize"/>.</summary>
    public void ReadWhole(int index, Picture picture)
    {
        var image = _kept[index] ?? Decode(index);
        picture.Load(image.Content, image.Height, image.Width, image.Channels);
    }

    private DecodedImage Decode(int index) => ImageReader.Read(_files[index], _options.Images, _options.Shrink);

    private void DecodeAll(string folder)
    {
        var histogram = new PixelHistogram(_options.Channels);
        var errors = new SortedDictionary<int, string>();
        var remarks = new ImageRemarks[_files.Count];
        long free = Math.Max(Least, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet),
            limit = _options.Cache == ImageCache.Auto ? free / 2 : free;
        HostMemoryException? full = null;
        Parallel.For(0, _files.Count, (i, loop) =>
        {
            try
            {
                var image = DecodeOrDrop(i);
                remarks[i] = image.Remarks;
                lock (histogram)
                {
                    histogram.Add(image.Content);
                    Keep(i, image, limit);
                }
            }
            catch (DataException e)
            {
                lock (errors)
                    errors.Add(i, e.Message);
            }
            catch (Exception e) when (e is HostMemoryException or OutOfMemoryException)
            {
                full = e as HostMemoryException
                    ?? new HostMemoryException($"{_files[i]}: no memory is left for its pixels; use a smaller img_size, cache none or smaller pictures", e);
                loop.Stop();
            }
        });
        if (full is not null)
            throw full;
        if (errors.Count > 0)
        {
            throw new UnreadableImagesException(
                $"{folder}: {errors.Count} of {_files.Count} images cannot be read: "
                    + $"{string.Join("; ", errors.Values.Take(ErrorsShown))}{(errors.Count > ErrorsShown ? $"; and {errors.Count - ErrorsShown} more" : "")}",
                errors);
        }

        Moments = histogram.Moments();
        AddNotes(folder, remarks);
    }

    // What is kept gives way to what is read, where nobody asked for it.
    private DecodedImage DecodeOrDrop(int index)
    {
        try
        {
            return Decode(index);
        }
        catch (Exception e) when (e is HostMemoryException or OutOfMemoryException && Drop())
        {
            return Decode(index);
        }
    }

    private void Keep(int index, DecodedImage image, long limit)
    {
        if (!_keeps)
            return;
        _kept[index] = image;
        _bytes += image.Pixels.Length;
        if (_bytes > limit && !Drop())
            throw new HostMemoryException($"cache ram: the first {_kept.Count(k => k is not null)} of {_files.Count} decoded images fill the free memory "
                + $"({limit >> 20} MiB); use cache auto or none, which decode them whenever they are read, or a smaller img_size");
    }

    private bool Drop()
    {
        lock (_kept)
        {
            if (!_keeps || _options.Cache != ImageCache.Auto || _bytes == 0)
                return false;
            _notes.Add($"cache none: {_files.Count} decoded images take about "
                + $"{Math.Max(1, _bytes * _files.Count / Math.Max(1, _kept.Count(k => k is not null)) >> 20)} MiB, more than half of the free memory; "
                    + "they are decoded whenever they are read");
            _keeps = false;
            Array.Clear(_kept);
            return true;
        }
    }

    private void AddNotes(string folder, ImageRemarks[] remarks)
    {
        void Say(ImageRemarks remark, Func<string, string> sentence)
        {
            string[] names = [.. Enumerable.Range(0, remarks.Length).Where(i => remarks[i].HasFlag(remark))
                .Select(i => Path.GetRelativePath(folder, _files[i]))];
            if (names.Length > 0)
                _notes.Add(sentence($"{names.Length} of {remarks.Length} pictures of {folder}") + $" ({NameList.Some(names, NamesShown)})");
        }

        if (_options.Images.Background is null)
            Say(ImageRemarks.Transparent, which => $"{which} are transparent in places: the colours stored there are used, as Pillow's convert(\"RGB\") "
                + "does; background white (or black, or R,G,B) lays them over a colour");
        Say(ImageRemarks.DeepGrey, which => $"{which} have 16 bits of grey, of which the upper 8 are used");
        Say(ImageRemarks.NoEnd, which => $"warning: {which} lack the end marker of a JPEG file, but no pixel: they are read");
    }
}
