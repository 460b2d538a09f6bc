namespace NativeEngine.Data;

/// <summary>How an operation that moves pixels samples the image, and what it finds outside of it.</summary>
/// <param name="Fill">The colour outside: one level, or one per channel.</param>
/// <param name="Kernel">nearest, bilinear or bicubic.</param>
public sealed record Outside(IReadOnlyList<byte> Fill, Interpolation Kernel)
{
    /// <summary>Black, nearest: torchvision's defaults.</summary>
    public static Outside Black { get; } = new([0], Interpolation.Find("nearest"));
}
