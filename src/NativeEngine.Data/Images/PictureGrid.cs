namespace NativeEngine.Data;

/// <summary>Images side by side, with a thin border between them.</summary>
public static class PictureGrid
{
    private const int Border = 2;
    private const byte BorderLevel = 40;

    /// <summary>Lays images out row by row; each lies in the upper left of its cell, which is as large as the largest.</summary>
    /// <param name="images">The images; grey ones become colour.</param>
    /// <param name="columns">Images in a row.</param>
    public static DecodedImage Of(IReadOnlyList<DecodedImage> images, int columns)
    {
        int height = images.Max(i => i.Height), width = images.Max(i => i.Width), rows = (images.Count + columns - 1) / columns;
        int totalWidth = (columns * (width + Border)) + Border, totalHeight = (rows * (height + Border)) + Border;
        var pixels = new byte[totalWidth * totalHeight * 3];
        Array.Fill(pixels, BorderLevel);
        for (int i = 0; i < images.Count; i++)
        {
            var image = images[i];
            int top = Border + (i / columns * (height + Border)), left = Border + (i % columns * (width + Border));
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width * 3; x++)
                    pixels[(((top + y) * totalWidth) + left) * 3 + x] =
                        image.Pixels[image.Channels == 3 ? (y * image.Width * 3) + x : (y * image.Width) + (x / 3)];
            }
        }

        return new DecodedImage(totalWidth, totalHeight, 3, pixels);
    }
}
