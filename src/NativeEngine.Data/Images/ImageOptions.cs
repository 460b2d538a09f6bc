namespace NativeEngine.Data;

/// <summary>How image files are read.</summary>
/// <param name="Decoder">The library that decodes what both can: <c>skia</c> (the pixels are Pillow's), <c>imagesharp</c>, or <c>auto</c>: skia where its
/// native library loads.</param>
/// <param name="Exif">Turns and mirrors pictures as their EXIF orientation says.</param>
/// <param name="Background">Lies under transparent pictures; null takes the colours as they are stored, whatever their opacity, as Pillow's
/// <c>convert("RGB")</c>.</param>
public sealed record ImageOptions(string Decoder = ImageDecoders.Auto, bool Exif = true, Background? Background = null);
