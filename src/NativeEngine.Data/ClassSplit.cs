namespace NativeEngine.Data;

/// <summary>How the images of one class were split.</summary>
/// <param name="Name">The class.</param>
/// <param name="Images">Images it had.</param>
/// <param name="Held">Images of them that were held out.</param>
/// <param name="Threshold">The largest hash of an image held out; null where none is.</param>
public sealed record ClassSplit(string Name, int Images, int Held, ulong? Threshold)
{
    /// <summary>Images with a hash up to this are not held out: those of the folds before; null where there are none.</summary>
    public ulong? Above { get; init; }
}
