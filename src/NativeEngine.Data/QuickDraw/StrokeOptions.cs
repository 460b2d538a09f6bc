namespace NativeEngine.Data;

/// <summary>How drawings become images, and which are taken.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Channels">1, or 3 with order, direction and speed of the strokes.</param>
public sealed record StrokeOptions(int Size, int Channels)
{
    /// <summary>Width of a line on a canvas of 256 pixels.</summary>
    public double LineWidth { get; init; } = 6;

    /// <summary>Rows of each class that are passed over.</summary>
    public int SkipRows { get; init; }

    /// <summary>Rows of each class that are taken; 0 for all.</summary>
    public int RowsPerClass { get; init; }
}
