namespace NativeEngine.Data;

/// <summary>A part of a folder of images: a folder that holds a folder for each class.</summary>
/// <param name="Name">As a person names it: the data folder's name, and the part's where there are parts.</param>
/// <param name="Path">The folder.</param>
/// <param name="Classes">Its classes in the order of their numbers, <see cref="Core.CodePointOrder"/>.</param>
public sealed record FolderPart(string Name, string Path, IReadOnlyList<ClassFolder> Classes)
{
    /// <summary>Images of all classes.</summary>
    public int Count => Classes.Sum(c => c.Images.Count);
}
