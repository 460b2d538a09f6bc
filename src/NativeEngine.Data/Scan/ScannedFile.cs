namespace NativeEngine.Data;

/// <summary>What was found about a picture file.</summary>
/// <param name="Path">Its path below the folder that was scanned, with forward slashes.</param>
/// <param name="Problem">Why it cannot be used, or null.</param>
/// <param name="Height">Rows; 0 where it cannot be read.</param>
/// <param name="Width">Columns.</param>
/// <param name="Content">Hash of its bytes.</param>
/// <param name="Look">Hash of what it looks like: 64 times whether a pixel of the image at 9x8 is brighter than its right neighbour.</param>
public sealed record ScannedFile(string Path, string? Problem, int Height, int Width, string Content, ulong Look)
{
    /// <summary>The image at 8x8, RGB: what looks the same has nearly the same colours, too.</summary>
    internal byte[] Colours { get; init; } = [];

    private static readonly string[] Parts = ["train", "training", "val", "valid", "validation", "test", "testing"];

    /// <summary>The part it lies in, or nothing where there are no parts.</summary>
    public string Part => Path.Split('/')[0] is var first && Parts.Contains(first.ToLowerInvariant()) ? first : "";

    /// <summary>The folder that names its class.</summary>
    public string Class => Path.Split('/') is { Length: > 1 } steps ? steps[Part.Length > 0 && steps.Length > 2 ? 1 : 0] : "";
}
