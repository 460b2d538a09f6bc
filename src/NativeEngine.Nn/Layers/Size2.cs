namespace NativeEngine.Nn;

/// <summary>Height and width of a window, step or border; a single number means both.</summary>
/// <param name="H">Along rows.</param>
/// <param name="W">Along columns.</param>
public readonly record struct Size2(int H, int W)
{
    /// <summary>The same in both directions.</summary>
    public static implicit operator Size2(int both) => new(both, both);

    /// <summary>Height and width.</summary>
    public static implicit operator Size2((int H, int W) size) => new(size.H, size.W);

    /// <summary>As the ops take it.</summary>
    public static implicit operator (int H, int W)(Size2 size) => (size.H, size.W);
}
