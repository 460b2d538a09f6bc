using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A small data set that is drawn, in the layout of a real one: the same bytes for a seed, and a small net learns it in a minute. Its classes differ in shape
/// and
/// colour, and place, size, angle, light and noise differ from image to image.
/// </summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Help">What it stands for, in a line.</param>
/// <param name="Write">Writes it into an empty folder.</param>
public sealed record StandIn(string Name, string Help, Action<string, ulong> Write)
{
    /// <summary>All.</summary>
    public static IReadOnlyList<StandIn> All { get; } =
    [
        new("products23", "23 products in train, val and test; folders of JPEGs", FolderStandIns.Products),
        new("photos35", "35 classes with numbers as names in train, val and test, and more data in additional; folders of JPEGs of mixed sizes",
            FolderStandIns.Photos),
        new("garbage", "8 classes of very different size without parts, and class.txt with their numbers; folders of JPEGs", FolderStandIns.Garbage),
        new("cifar100", "100 classes in 20 groups, 32x32; CIFAR-100's binary form", CifarStandIn.Write),
        new("quickdraw", "10 words drawn in strokes; Quick, Draw!'s simplified CSV", DrawingStandIn.Write),
        new("shelves", "shelves with products in boxes; COCO's images and annotations", ShelfStandIn.Write),
    ];

    /// <summary>The set of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static StandIn Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new UsageException($"unknown data set '{name}'{NearestName.Suggest(name, All.Select(s => s.Name))}; those that are made are "
            + $"{string.Join(", ", All.Select(s => s.Name))}");

    /// <summary>Writes it.</summary>
    /// <param name="folder">A folder that is empty or does not exist.</param>
    /// <param name="seed">Seed of every draw.</param>
    /// <exception cref="UsageException">The folder holds something.</exception>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Make(string folder, ulong seed)
    {
        try
        {
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new UsageException($"{folder} is there already; name a folder that is empty or does not exist");
            Directory.CreateDirectory(folder);
            Write(folder, seed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder} cannot be written: {e.Message.TrimEnd('.')}", e);
        }
    }
}
