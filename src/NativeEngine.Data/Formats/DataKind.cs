using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Says in one sentence what a path is that was given as data and is none, and what to do about it.</summary>
public static class DataKind
{
    private const string Wanted = "one folder per class with pictures in it, such as DIR/cat/1.jpg and DIR/dog/2.jpg, or IDX files";
    private const int MostLooked = 10_000; // names of a folder that are looked at

    private static readonly (string Name, int At, byte[] Magic, string Unpack)[] Archives =
    [
        ("zip archive", 0, [0x50, 0x4B, 3, 4], "unzip"),
        ("gzip archive", 0, [0x1F, 0x8B], "tar xzf"),
        ("bzip2 archive", 0, [0x42, 0x5A, 0x68], "tar xjf"),
        ("xz archive", 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A], "tar xJf"),
        ("zstd archive", 0, [0x28, 0xB5, 0x2F, 0xFD], "tar --zstd -xf"),
        ("7z archive", 0, [0x37, 0x7A, 0xBC, 0xAF], "7z x"),
        ("rar archive", 0, [0x52, 0x61, 0x72, 0x21], "unrar x"),
        ("tar archive", 257, [0x75, 0x73, 0x74, 0x61, 0x72], "tar xf"),
    ];

    private static readonly Dictionary<string, string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = "CSV table", [".tsv"] = "table", [".parquet"] = "Parquet table", [".arrow"] = "Arrow table", [".xlsx"] = "spreadsheet",
        [".json"] = "JSON file", [".jsonl"] = "JSON file", [".txt"] = "text file", [".npy"] = "NumPy file", [".npz"] = "NumPy file", [".pkl"] = "Python pickle",
        [".h5"] = "HDF5 file", [".hdf5"] = "HDF5 file", [".mat"] = "MATLAB file", [".tfrecord"] = "TFRecord file", [".lmdb"] = "LMDB file",
        [".mp4"] = "video", [".avi"] = "video", [".mov"] = "video", [".wav"] = "sound", [".mp3"] = "sound", [".pdf"] = "PDF file",
        [".heic"] = "HEIC picture, which is not read,", [".avif"] = "AVIF picture, which is not read,", [".jp2"] = "JPEG 2000 picture, which is not read,",
        [".svg"] = "SVG drawing, which is not read,", [".dng"] = "raw picture, which is not read,", [".cr2"] = "raw picture, which is not read,",
        [".nef"] = "raw picture, which is not read,",
        [".zip"] = "zip archive", [".tar"] = "tar archive", [".tgz"] = "tar archive", [".gz"] = "gzip archive", [".7z"] = "7z archive",
        [".rar"] = "rar archive",
    };

    /// <summary>The sentence about a path that holds neither IDX files nor folders of pictures, or does not exist.</summary>
    public static string Explain(string path)
    {
        try
        {
            return File.Exists(path) ? OfFile(path) : Directory.Exists(path) ? OfFolder(path) : OfNothing(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: cannot be read ({e.Message.TrimEnd('.')})";
        }
    }

    private static string OfFile(string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        if (IdxFolder.IsPartName(Path.GetFileName(path)))
            return $"{path} is one of the IDX files of a data set; give the folder that holds them all: {folder}";
        byte[] head = Head(path);
        foreach (var (name, at, magic, unpack) in Archives)
        {
            if (head.AsSpan(Math.Min(at, head.Length)).StartsWith(magic))
                return $"{path} is a {name}; unpack it ({unpack} {path}) and give the folder that comes out";
        }

        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (ImageReader.HasImageName(path) && !Others.ContainsKey(extension)) // kinds that are named but not read
            return $"{path} is a single picture; training needs a folder: {Wanted}. A trained model classifies it: nengine predict {path}";
        if (extension is ".safetensors" or ".pth" or ".pt" or ".onnx")
            return $"{path} is a file of weights, which --weights takes; data is a folder: {Wanted}";
        if (extension is ".yaml" or ".yml")
            return $"{path} is a configuration file, which -c takes; data is a folder: {Wanted}";
        return $"{path} is a {Others.GetValueOrDefault(extension, head.Length == 0 ? "empty file" : "file")}, not a folder; data is a folder: {Wanted}";
    }

    private static string OfFolder(string path)
    {
        string[] folders = [.. Directory.EnumerateDirectories(path).Take(MostLooked).Select(f => Path.GetFileName(f)).Order(CodePointOrder.Instance)];
        string[] files = [.. Directory.EnumerateFiles(path).Take(MostLooked).Select(f => Path.GetFileName(f)).Where(f => !f.StartsWith('.'))
            .Order(CodePointOrder.Instance)];
        int pictures = files.Count(ImageReader.HasImageName);
        if (pictures > 0)
        {
            return $"{path} holds {Number(pictures)} {(pictures == 1 ? "picture" : "pictures")} but no class folders; put them into one folder per class, "
                + $"such as {Path.Combine(path, "cat", files.First(ImageReader.HasImageName))}"
                + $" (a trained model classifies them as they are: nengine predict {path})";
        }

        if (files.FirstOrDefault(f => f.StartsWith("data_batch", StringComparison.Ordinal)) is { } batch)
            return $"{path} holds a part of CIFAR-10's batches ({batch}); expected data_batch_1 to data_batch_5 and test_batch";
        if (files.Length == 0 && folders.Length == 0)
            return $"{path} is empty; expected {Wanted}";
        if (files.Length == 0)
            return $"{path} has the folders {NameList.Some(folders, most: 5)} but no pictures in them; expected {Wanted}";
        var kind = files.GroupBy(f => Others.GetValueOrDefault(Path.GetExtension(f), "file")).OrderByDescending(g => g.Key != "file")
            .ThenByDescending(g => g.Count()).First();
        string unpack = kind.Key.EndsWith("archive", StringComparison.Ordinal) ? "; unpack it there" : "";
        return $"{path} holds no pictures in class folders but {Number(kind.Count())} {(kind.Count() == 1 ? "file" : "files")} such as "
            + $"{kind.First()}{(kind.Key == "file" ? "" : $" ({kind.Key.Split(',')[0]})")}{unpack}; expected {Wanted}";
    }

    private static string OfNothing(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? parent = Path.GetDirectoryName(full);
        var beside = Directory.Exists(parent) ? Directory.EnumerateFileSystemEntries(parent).Take(MostLooked).Select(f => Path.GetFileName(f)) : [];
        return $"data folder {path} does not exist{NearestName.Suggest(Path.GetFileName(full), beside)}";
    }

    private static string Number(int n) => n.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    // A pipe has no length and is never opened: reading it would wait for ever.
    private static byte[] Head(string path)
    {
        if (new FileInfo(path).Length == 0)
            return [];
        var head = new byte[262];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
