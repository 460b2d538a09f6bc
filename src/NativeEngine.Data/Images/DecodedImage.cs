namespace NativeEngine.Data;

/// <summary>An image file as pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 grey, 3 RGB.</param>
/// <param name="Pixels">[Height, Width, Channels]; a buffer that is used again may be longer.</param>
public sealed record DecodedImage(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>What a person should know about how it was read.</summary>
    public ImageRemarks Remarks { get; init; }

    /// <summary>The pixels alone.</summary>
    public ReadOnlySpan<byte> Content => Pixels.AsSpan(0, Width * Height * Channels);
}
