namespace NativeEngine.Data.Arithmetic;

/// <summary>Changes of an image's size, with Pillow's arithmetic.</summary>
internal static class Resizing
{
    /// <summary>Stretches to a size.</summary>
    public static void Squash(Picture picture, int height, int width, Interpolation kernel) =>
        Part(picture, new CropBox(0, 0, picture.Height, picture.Width), height, width, kernel);

    /// <summary>Stretches a part to a size; nothing outside the part is seen.</summary>
    public static void Part(Picture picture, CropBox box, int height, int width, Interpolation kernel)
    {
        var image = picture.View;
        picture.Replace(height, width, (_, to) => ImageResize.Resize(image, box, (height, width), new CropBox(0, 0, height, width), kernel, to));
    }

    /// <summary>The shorter side gets this length, the longer keeps the ratio, rounded down; a longest side limits both (torchvision's Resize).</summary>
    public static void Shorter(Picture picture, int size, Interpolation kernel, int? longest = null)
    {
        bool tall = picture.Width <= picture.Height;
        int shorter = tall ? picture.Width : picture.Height, longer = tall ? picture.Height : picture.Width;
        int newShort = size, newLong = (int)((double)((long)size * longer) / shorter);
        if (longest is { } most && newLong > most)
            (newShort, newLong) = ((int)((double)((long)most * newShort) / newLong), most);
        var (height, width) = tall ? (newLong, newShort) : (newShort, newLong);
        Squash(picture, Math.Max(1, height), Math.Max(1, width), kernel);
    }

    /// <summary>Black is added on both sides alike until the ratio is that of the size, then the image is stretched to it.</summary>
    public static void Letterbox(Picture picture, int height, int width, Interpolation kernel, IReadOnlyList<byte> fill)
    {
        double ratio = (double)width / height;
        int across = 0, down = 0;
        if ((double)picture.Width / picture.Height < ratio)
            across = ((int)(picture.Height * ratio) - picture.Width) / 2;
        else
            down = ((int)(picture.Width / ratio) - picture.Height) / 2;
        Borders.Pad(picture, (Math.Max(0, across), Math.Max(0, down), Math.Max(0, across), Math.Max(0, down)), BorderMode.Constant, fill);
        Squash(picture, height, width, kernel);
    }
}
