using System.IO.Enumeration;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A folder of images with one folder per class, which gives the class its name, as torchvision's ImageFolder: <c>DIR/train/cat/1.png</c> and
/// <c>DIR/val/cat/2.jpg</c> (or <c>valid</c>, <c>validation</c>, <c>test</c>), or <c>DIR/cat/1.png</c> where a part is split off for validation.
/// </summary>
public static class ImageFolder
{
    private static readonly string[] TrainNames = ["train", "training"], EvalNames = ["val", "valid", "validation", "test"];

    /// <summary>True when the folder holds classes, or a training part with classes.</summary>
    public static bool Contains(string path) => Directory.Exists(path) && Folders(path).Any(HasImages);

    /// <summary>
    /// Loads all parts. Every image is decoded once, so a file that cannot be read is named now and not in the middle of a training. Mean and
    /// deviation are those of the training part.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">Size and channels.</param>
    /// <returns>The second part is null where the folder holds only one.</returns>
    /// <exception cref="DataException">No classes, no images, or images that cannot be read: names them.</exception>
    public static (Dataset Train, Dataset? Eval) Load(string path, FolderOptions options)
    {
        string? train = Part(path, TrainNames), eval = Part(path, EvalNames);
        if (train is null && eval is not null)
            throw new DataException($"{path} has the part {Path.GetFileName(eval)} but no part train");
        var classes = Classes(train ?? path);
        var trained = FolderDataset.Load(Name(path, train), train ?? path, classes, options, null);
        if (eval is null)
            return (trained, null);
        if (Folders(eval).Where(HasImages).Select(Path.GetFileName).Except(classes).FirstOrDefault() is { } unknown)
            throw new DataException($"{eval} has the class {unknown}, which {train} lacks (it has {string.Join(", ", classes)})");
        return (trained, FolderDataset.Load(Name(path, eval), eval, classes, options, new PixelMoments(trained.Mean, trained.Std)));
    }

    /// <summary>Loads the images for validation alone, or all where a folder has no parts. Mean and deviation are those of the images loaded.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">Size and channels.</param>
    /// <exception cref="DataException">No classes, no images, or images that cannot be read: names them.</exception>
    public static Dataset LoadEval(string path, FolderOptions options)
    {
        string? eval = Part(path, EvalNames);
        return FolderDataset.Load(Name(path, eval), eval ?? path, Classes(eval ?? path), options, null);
    }

    private static string[] Classes(string path)
    {
        var classes = Folders(path).Where(HasImages).Select(f => Path.GetFileName(f)!).ToArray();
        return classes.Length > 0 ? classes : throw new DataException($"{path}: no images, expected a folder for each class with PNG or JPEG files in it");
    }

    private static string Name(string path, string? part)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return part is null ? name : $"{name} {Path.GetFileName(part)}";
    }

    /// <summary>The images in a folder, folders inside it included, in order of their names. A class may be a link to a folder; links to folders inside it are not followed.</summary>
    public static IEnumerable<string> Files(string folder) => Images(folder).Order(StringComparer.Ordinal);

    private static bool HasImages(string folder) => Images(folder).Any();

    // A link may lead back to a folder above it: following it would never end.
    private static FileSystemEnumerable<string> Images(string folder) =>
        new(folder, (ref entry) => entry.ToSpecifiedFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && ImageReader.HasImageName(entry.FileName.ToString()),
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    private static IEnumerable<string> Folders(string path) => Directory.EnumerateDirectories(path, "*", new EnumerationOptions()).Order(StringComparer.Ordinal);

    private static string? Part(string path, string[] names) =>
        names.Select(n => Folders(path).FirstOrDefault(f => string.Equals(Path.GetFileName(f), n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(f => f is not null);
}
