using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A folder of images with one folder per class, which gives the class its name, as torchvision's ImageFolder: <c>DIR/train/cat/1.png</c> and
/// <c>DIR/val/cat/2.jpg</c>, or <c>DIR/cat/1.png</c> where a part is split off for validation. <see cref="FolderLayout"/> says what is taken for what.
/// </summary>
public static class ImageFolder
{
    /// <summary>True when there are folders in the folder, which may be classes or parts.</summary>
    public static bool Contains(string path) => Directory.Exists(path) && FolderTree.HasFolders(path);

    /// <summary>
    /// Loads all parts. Every image is decoded once, so a file that cannot be read is named now and not in the middle of a training. Mean and
    /// deviation are those of the training part.
    /// </summary>
    /// <param name="layout">The folder.</param>
    /// <param name="options">Size and channels.</param>
    /// <returns>The second part is null where the folder holds only one.</returns>
    /// <exception cref="DataException">Classes that do not belong together, or images that cannot be read: names them.</exception>
    public static (Dataset Train, Dataset? Eval) Load(FolderLayout layout, FolderOptions options)
    {
        if (layout.Train is not { } train)
            throw new DataException($"{layout.Path} has the part {Path.GetFileName(layout.Eval!.Path)} but no part train");
        string[] classes = [.. train.Classes.Select(c => c.Name).Distinct()];
        if (layout.Eval?.Classes.FirstOrDefault(c => !classes.Contains(c.Name)) is { } unknown)
            throw new DataException($"{layout.Eval.Path} has the class {unknown.Name}, which {train.Path} lacks (it has {NameList.Some(classes)})");
        var trained = FolderDataset.Load(train, classes, options, null);
        return (trained, layout.Eval is null ? null : FolderDataset.Load(layout.Eval, classes, options, new PixelMoments(trained.Mean, trained.Std)));
    }

    /// <summary>Loads all parts of a folder.</summary>
    /// <exception cref="DataException">No classes, no images, or images that cannot be read: names them.</exception>
    public static (Dataset Train, Dataset? Eval) Load(string path, FolderOptions options) => Load(FolderLayout.Find(path), options);

    /// <summary>Loads one part. Mean and deviation are those of its images.</summary>
    /// <param name="part">The part.</param>
    /// <param name="options">Size and channels.</param>
    /// <exception cref="DataException">No images, or some that cannot be read: names them.</exception>
    public static Dataset Load(FolderPart part, FolderOptions options) =>
        FolderDataset.Load(part, [.. part.Classes.Select(c => c.Name).Distinct()], options, null);

    /// <summary>The images in a folder and in folders inside it, whether they are classes or not, in order.</summary>
    /// <exception cref="DataException">A link that leads nowhere or in a circle, or a folder that cannot be read: names them.</exception>
    public static IEnumerable<string> Files(string folder) => FolderTree.Read(folder).Files().Select(f => Path.Join(folder, f));
}
