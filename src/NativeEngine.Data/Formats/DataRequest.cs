namespace NativeEngine.Data;

/// <summary>What is asked of a <see cref="DatasetFormat"/>.</summary>
/// <param name="Path">
/// Folder, or folder and prefix; null looks where the format's data usually lie. A format is given what <see cref="DatasetFormat.Locate"/> made of it.
/// </param>
/// <param name="Reading">How picture files become images; asked by formats that hold such files.</param>
public sealed record DataRequest(string? Path, Func<FolderOptions> Reading)
{
    /// <summary>How drawings of strokes become images; asked by formats that hold some.</summary>
    public Func<StrokeOptions> Strokes { get; init; } = () => new StrokeOptions(64, 1);

    /// <summary>Classes without images are classes.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Which classes, of data sets that have two sorts.</summary>
    public LabelKind Labels { get; init; }

    /// <summary>The folder that paths in a table begin in; null for the table's own.</summary>
    public string? Root { get; init; }

    /// <summary>A file with numbers or other names of the folders, see <see cref="Data.ClassMap"/>; null for their own.</summary>
    public string? ClassMap { get; init; }

    /// <summary>Names of a model's classes, where it is known: a single folder of such a name is a class, whatever is in it.</summary>
    public IReadOnlyList<string>? KnownClasses { get; init; }

    /// <summary>Told what a person should know about what was found.</summary>
    public Action<string>? Note { get; init; }
}
