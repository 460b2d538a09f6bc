using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Paints an image of a class: a shape in two colours of the class on a background that means nothing.</summary>
internal static class ShapePainter
{
    private const int Shapes = 8;
    private const uint LookStream = 0x51, ImageStream = 0x52;

    /// <summary>Where a shape lies.</summary>
    /// <param name="X">Its middle, in parts of the width.</param>
    /// <param name="Y">Its middle, in parts of the height.</param>
    /// <param name="Radius">Half its size, in parts of the shorter side.</param>
    public readonly record struct Spot(double X, double Y, double Radius);

    /// <summary>One image of a class.</summary>
    /// <param name="seed">The set's seed.</param>
    /// <param name="number">The class.</param>
    /// <param name="image">The image's number, of all in the set.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public static DecodedImage Paint(ulong seed, int number, int image, int height, int width)
    {
        var draws = new Draws(seed, ImageStream, 0, image);
        var pixels = Background(draws, height, width);
        Shape(pixels, (height, width), seed, number, draws, new Spot(draws.Uniform(0.4, 0.6), draws.Uniform(0.4, 0.6), draws.Uniform(0.26, 0.42)));
        return Finish(pixels, (height, width), draws);
    }

    /// <summary>A background of two colours that run into each other.</summary>
    public static float[] Background(Draws draws, int height, int width)
    {
        var pixels = new float[height * width * 3];
        double[] from = Colour(draws.Uniform(), 0.25, draws.Uniform(0.25, 0.75)), to = Colour(draws.Uniform(), 0.25, draws.Uniform(0.25, 0.75));
        double angle = draws.Uniform(0, 2 * Math.PI), dx = Math.Cos(angle), dy = Math.Sin(angle);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double at = Math.Clamp(0.5 + ((((double)x / width) - 0.5) * dx) + ((((double)y / height) - 0.5) * dy), 0, 1);
                for (int c = 0; c < 3; c++)
                    pixels[(((y * width) + x) * 3) + c] = (float)(from[c] + ((to[c] - from[c]) * at));
            }
        }

        return pixels;
    }

    /// <summary>Paints the shape of a class over an image.</summary>
    public static void Shape(float[] pixels, (int Height, int Width) size, ulong seed, int number, Draws draws, Spot spot)
    {
        // The look of a class is drawn from its number alone.
        var look = new Draws(seed, LookStream, 0, number);
        int kind = number % Shapes;
        double hue = ((number * 0.61803) + (0.05 * draws.Normal() * 0.3)) % 1, second = look.Uniform(), stripes = 2 + look.Below(4);
        double[] outer = Colour(hue < 0 ? hue + 1 : hue, 0.85, draws.Uniform(0.65, 0.95)), inner = Colour(second, 0.7, draws.Uniform(0.5, 0.95));
        double turn = draws.Uniform(-0.5, 0.5), cos = Math.Cos(turn), sin = Math.Sin(turn), radius = spot.Radius * Math.Min(size.Height, size.Width);
        for (int y = 0; y < size.Height; y++)
        {
            for (int x = 0; x < size.Width; x++)
            {
                double px = (x + 0.5 - (spot.X * size.Width)) / radius, py = (y + 0.5 - (spot.Y * size.Height)) / radius;
                double u = (cos * px) + (sin * py), v = (cos * py) - (sin * px), cover = Math.Clamp(0.5 - (Distance(kind, u, v) * radius), 0, 1);
                if (cover == 0)
                    continue;
                double mark = 0.5 + (0.5 * Math.Sign(Math.Sin(stripes * Math.PI * (number / Shapes % 2 == 0 ? u : Math.Sqrt((u * u) + (v * v))))));
                for (int c = 0; c < 3; c++)
                {
                    int at = (((y * size.Width) + x) * 3) + c;
                    pixels[at] += (float)(cover * ((outer[c] * (1 - (0.6 * mark))) + (inner[c] * 0.6 * mark) - pixels[at]));
                }
            }
        }
    }

    /// <summary>Light and noise, and bytes.</summary>
    public static DecodedImage Finish(float[] pixels, (int Height, int Width) size, Draws draws)
    {
        double light = draws.Uniform(0.75, 1.2), noise = draws.Uniform(0.01, 0.05);
        var bytes = new byte[pixels.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)Math.Clamp(255 * ((pixels[i] * light) + (noise * draws.Normal())), 0, 255);
        return new DecodedImage(size.Width, size.Height, 3, bytes);
    }

    // Signed distance in radii: negative inside.
    private static double Distance(int kind, double u, double v)
    {
        double r = Math.Sqrt((u * u) + (v * v)), a = Math.Abs(u), b = Math.Abs(v);
        return kind switch
        {
            0 => r - 0.9,
            1 => Math.Max(a, b) - 0.8,
            2 => Math.Max((a * 0.866) + (v * 0.5), -v) - 0.5,
            3 => Math.Min(Math.Max(a - 0.3, b - 0.95), Math.Max(a - 0.95, b - 0.3)),
            4 => Math.Abs(r - 0.65) - 0.25,
            5 => a + b - 1,
            6 => Math.Max(a - 0.95, b - 0.4),
            _ => r - (0.6 + (0.3 * Math.Cos(5 * Math.Atan2(v, u)))),
        };
    }

    private static double[] Colour(double hue, double saturation, double value)
    {
        double sector = hue * 6, rest = sector - Math.Floor(sector), p = value * (1 - saturation), q = value * (1 - (saturation * rest)),
            t = value * (1 - (saturation * (1 - rest)));
        return ((int)sector % 6) switch
        {
            0 => [value, t, p],
            1 => [q, value, p],
            2 => [p, value, t],
            3 => [p, q, value],
            4 => [t, p, value],
            _ => [value, p, q],
        };
    }
}
