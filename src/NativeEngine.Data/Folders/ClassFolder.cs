namespace NativeEngine.Data;

/// <summary>A class of a folder of images.</summary>
/// <param name="Name">The folder's name, which is the class's.</param>
/// <param name="Path">The folder.</param>
/// <param name="Images">Its images: their paths below the folder, with forward slashes, in torchvision's order.</param>
public sealed record ClassFolder(string Name, string Path, IReadOnlyList<string> Images)
{
    /// <summary>True where images are named by their files alone: the class is no folder of theirs.</summary>
    public bool KeysAreFiles { get; init; }

    /// <summary>What stands for the folder in the keys of its images where that is not the class's name; null elsewhere.</summary>
    public string? KeyName { get; init; }

    /// <summary>The <see cref="Dataset.Key"/> of an image: its path below the folder of the classes.</summary>
    public string Key(string image) => KeysAreFiles ? image : $"{KeyName ?? Name}/{image}";
}
