namespace NativeEngine.SoftGpu;

/// <summary>Extent or position of a grid or a block along x, y and z.</summary>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>X times Y times Z.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>The position that has number <paramref name="index"/> when x runs fastest.</summary>
    public Dim3 At(long index) => new((int)(index % X), (int)(index / X % Y), (int)(index / X / Y));

    public override string ToString() => $"({X},{Y},{Z})";
}
