namespace NativeEngine.Data;

/// <summary>An image file as pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.</param>
/// <param name="Pixels">[Height, Width, Channels]</param>
public sealed record DecodedImage(int Width, int Height, int Channels, byte[] Pixels);
