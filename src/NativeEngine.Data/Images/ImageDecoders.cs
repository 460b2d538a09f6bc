using NativeEngine.Core;
using SkiaSharp;

namespace NativeEngine.Data;

/// <summary>The libraries that decode image files.</summary>
public static class ImageDecoders
{
    /// <summary>Skia where its native library loads, else ImageSharp.</summary>
    public const string Auto = "auto";

    /// <summary>SkiaSharp: libjpeg-turbo, libpng, libwebp; the pixels of Pillow and torchvision.</summary>
    public const string Skia = "skia";

    /// <summary>SixLabors.ImageSharp: managed; JPEG's chroma samples are repeated instead of interpolated.</summary>
    public const string ImageSharp = "imagesharp";

    private static readonly Lazy<string?> Missing = new(Problem);

    /// <summary>Every value of the setting.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Skia, ImageSharp];

    /// <summary>The library that a setting stands for on this machine.</summary>
    /// <param name="decoder">One of <see cref="Names"/>.</param>
    /// <param name="note">A sentence where auto is not the first choice, else null.</param>
    /// <exception cref="DeviceException">skia was asked for, but its native library does not load.</exception>
    public static string Resolve(string decoder, out string? note) => Resolve(decoder, Missing.Value, out note);

    internal static string Resolve(string decoder, string? problem, out string? note)
    {
        note = null;
        if (decoder == ImageSharp || problem is null)
            return decoder == Auto ? Skia : decoder;
        if (decoder == Skia)
            throw new DeviceException($"decoder skia: its native library does not load ({problem}); decoder imagesharp needs none, but reads JPEG "
                + "pictures with other colours at edges");
        note = $"decoder imagesharp: the native library of skia does not load ({problem}); JPEG pictures get slightly other colours at edges";
        return ImageSharp;
    }

    private static string? Problem()
    {
        try
        {
            using var data = SKData.CreateCopy([0]);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException or BadImageFormatException
                or InvalidOperationException)
        {
            return (e.InnerException ?? e).Message.Split('\n')[0].Trim().TrimEnd('.');
        }
    }
}
