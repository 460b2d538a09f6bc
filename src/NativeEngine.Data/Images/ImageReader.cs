using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Reads image files; the contents, not the name, say which format it is.</summary>
public static class ImageReader
{
    private const int MaxFileBytes = 1 << 28;
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"];

    /// <summary>True when a file is called like an image, of a format that is read or not; other files of a folder are left alone.</summary>
    public static bool HasImageName(string path) =>
        !Path.GetFileName(path).StartsWith('.') && Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a PNG or JPEG file.</summary>
    /// <exception cref="DataException">Missing, damaged or of another kind.</exception>
    public static DecodedImage Read(string path)
    {
        byte[] file;
        try
        {
            file = SmallFile.ReadBytes(path, MaxFileBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }

        if (PngReader.IsPng(file))
            return PngReader.Decode(file, path);
        return JpegReader.IsJpeg(file) ? JpegReader.Decode(file, path) : throw new DataException($"{path}: neither a PNG nor a JPEG file");
    }
}
