namespace NativeEngine.Data.Arithmetic;

/// <summary>Affine maps with Pillow's arithmetic; what lies outside the image is filled and never blended.</summary>
internal static class Warp
{
    private const int FixedBits = 16;

    /// <summary>From the middle (x + ½, y + ½) of a new pixel to the place in the old image: (A·x + B·y + C, D·x + E·y + F).</summary>
    internal readonly record struct Matrix(double A, double B, double C, double D, double E, double F)
    {
        /// <summary>This map with the fixed point moved: around (x, y) instead of the corner, and moved on by (dx, dy) in the new image.</summary>
        public Matrix Around(double x, double y, double dx = 0, double dy = 0) => this with
        {
            C = C + (A * (-x - dx)) + (B * (-y - dy)) + x,
            F = F + (D * (-x - dx)) + (E * (-y - dy)) + y,
        };
    }

    /// <summary>
    /// Turns counter-clockwise around the middle, or another point. 0 and 180 degrees are exact copies, 90 and 270 are where the canvas fits.
    /// </summary>
    /// <param name="picture">The image.</param>
    /// <param name="degrees">The angle.</param>
    /// <param name="kernel">nearest, bilinear or bicubic.</param>
    /// <param name="fill">The colour outside.</param>
    /// <param name="expand">The canvas grows to hold the whole turned image.</param>
    /// <param name="centre">The point that stays, (x, y) from the upper left corner; null for the middle.</param>
    public static void Rotate(Picture picture, double degrees, Interpolation kernel, IReadOnlyList<byte> fill, bool expand = false,
        (double X, double Y)? centre = null)
    {
        int width = picture.Width, height = picture.Height;
        degrees -= 360 * Math.Floor(degrees / 360);
        if (centre is null && (degrees is 0 or 180 || (degrees is 90 or 270 && (expand || width == height))))
        {
            QuarterTurns(picture, (int)(degrees / 90));
            return;
        }

        var (cx, cy) = centre ?? (width / 2.0, height / 2.0);
        double angle = -degrees * Math.PI / 180, cos = Math.Round(Math.Cos(angle), 15), sin = Math.Round(Math.Sin(angle), 15);
        var matrix = new Matrix(cos, sin, 0, -sin, cos, 0).Around(cx, cy);
        if (expand)
        {
            double[] xs = [.. Corners((x, y) => (matrix.A * x) + (matrix.B * y) + matrix.C)],
                ys = [.. Corners((x, y) => (matrix.D * x) + (matrix.E * y) + matrix.F)];
            int newWidth = (int)(Math.Ceiling(xs.Max()) - Math.Floor(xs.Min())), newHeight = (int)(Math.Ceiling(ys.Max()) - Math.Floor(ys.Min()));
            double dx = -(newWidth - width) / 2.0, dy = -(newHeight - height) / 2.0;
            matrix = matrix with { C = (matrix.A * dx) + (matrix.B * dy) + matrix.C, F = (matrix.D * dx) + (matrix.E * dy) + matrix.F };
            (width, height) = (newWidth, newHeight);
        }

        Apply(picture, matrix, (height, width), kernel, fill);

        IEnumerable<double> Corners(Func<double, double, double> map) =>
            [map(0, 0), map(picture.Width, 0), map(picture.Width, picture.Height), map(0, picture.Height)];
    }

    /// <summary>Rotation clockwise, shear, scale and translation around the middle, as torchvision's affine.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="degrees">Rotation, clockwise.</param>
    /// <param name="move">Pixels right and down.</param>
    /// <param name="scale">Above 0.</param>
    /// <param name="shear">Degrees along x and y.</param>
    /// <param name="kernel">nearest, bilinear or bicubic.</param>
    /// <param name="fill">The colour outside.</param>
    public static void Affine(Picture picture, double degrees, (double X, double Y) move, double scale, (double X, double Y) shear, Interpolation kernel,
        IReadOnlyList<byte> fill)
    {
        double angle = Radians(degrees), sx = Radians(shear.X), sy = Radians(shear.Y);
        double a = Math.Cos(angle - sy) / Math.Cos(sy), b = (-Math.Cos(angle - sy) * Math.Tan(sx) / Math.Cos(sy)) - Math.Sin(angle);
        double c = Math.Sin(angle - sy) / Math.Cos(sy), d = (-Math.Sin(angle - sy) * Math.Tan(sx) / Math.Cos(sy)) + Math.Cos(angle);
        var inverse = new Matrix(d / scale, -b / scale, 0, -c / scale, a / scale, 0).Around(picture.Width * 0.5, picture.Height * 0.5, move.X, move.Y);
        Apply(picture, inverse, (picture.Height, picture.Width), kernel, fill);
    }

    /// <summary>Samples the image at the places that the matrix says.</summary>
    public static void Apply(Picture picture, Matrix matrix, (int Height, int Width) size, Interpolation kernel, IReadOnlyList<byte> fill)
    {
        var old = (picture.Height, picture.Width, picture.Channels);
        picture.Replace(size.Height, size.Width, (from, to) =>
        {
            if (kernel.Radius > 0)
                Smooth(from, old, to, size, matrix, kernel.Radius > 1, fill);
            else if (matrix is { B: 0, D: 0 })
                Scaled(from, old, to, size, matrix, fill);
            else
                Nearest(from, old, to, size, matrix, fill);
        });
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;

    private static void QuarterTurns(Picture picture, int turns)
    {
        int width = picture.Width, height = picture.Height, channels = picture.Channels;
        if (turns == 0)
            return;
        var (newHeight, newWidth) = turns == 2 ? (height, width) : (width, height);
        picture.Replace(newHeight, newWidth, (from, to) =>
        {
            for (int y = 0; y < newHeight; y++)
            {
                for (int x = 0; x < newWidth; x++)
                {
                    var (row, column) = turns switch { 1 => (x, width - 1 - y), 2 => (height - 1 - y, width - 1 - x), _ => (height - 1 - x, y) };
                    from.Slice(((row * width) + column) * channels, channels).CopyTo(to[(((y * newWidth) + x) * channels)..]);
                }
            }
        });
    }

    private static void Fill(Span<byte> pixel, IReadOnlyList<byte> fill)
    {
        for (int c = 0; c < pixel.Length; c++)
            pixel[c] = fill[c % fill.Count];
    }

    // Pillow adds up the places in fixed point with 16 binary digits.
    private static void Nearest(ReadOnlySpan<byte> from, (int Height, int Width, int Channels) old, Span<byte> to, (int Height, int Width) size, Matrix m,
        IReadOnlyList<byte> fill)
    {
        static int Fixed(double v) => (int)Math.Floor((v * (1 << FixedBits)) + 0.5);
        int a = Fixed(m.A), b = Fixed(m.B), d = Fixed(m.D), e = Fixed(m.E), channels = old.Channels;
        int rowX = Fixed(m.C + (m.A * 0.5) + (m.B * 0.5)), rowY = Fixed(m.F + (m.D * 0.5) + (m.E * 0.5));
        int at = 0;
        for (int y = 0; y < size.Height; y++, rowX += b, rowY += e)
        {
            int atX = rowX, atY = rowY;
            for (int x = 0; x < size.Width; x++, atX += a, atY += d, at += channels)
            {
                int column = atX >> FixedBits, row = atY >> FixedBits;
                if ((uint)column >= (uint)old.Width || (uint)row >= (uint)old.Height)
                {
                    Fill(to.Slice(at, channels), fill);
                    continue;
                }

                int source = ((row * old.Width) + column) * channels;
                to[at] = from[source];
                if (channels == 3)
                    (to[at + 1], to[at + 2]) = (from[source + 1], from[source + 2]);
            }
        }
    }

    // Without rotation the places are added up for each axis in double.
    private static void Scaled(ReadOnlySpan<byte> from, (int Height, int Width, int Channels) old, Span<byte> to, (int Height, int Width) size, Matrix m,
        IReadOnlyList<byte> fill)
    {
        int[] columns = Places(size.Width, m.C + (m.A * 0.5), m.A, old.Width), rows = Places(size.Height, m.F + (m.E * 0.5), m.E, old.Height);
        int channels = old.Channels, at = 0;
        foreach (int row in rows)
        {
            foreach (int column in columns)
            {
                var pixel = to.Slice(at, channels);
                if (row < 0 || column < 0)
                    Fill(pixel, fill);
                else
                    from.Slice(((row * old.Width) + column) * channels, channels).CopyTo(pixel);
                at += channels;
            }
        }

        static int[] Places(int count, double first, double step, int limit)
        {
            var places = new int[count];
            for (int i = 0; i < count; i++, first += step)
                places[i] = first < 0 || (int)first >= limit ? -1 : (int)first;
            return places;
        }
    }

    private static void Smooth(ReadOnlySpan<byte> from, (int Height, int Width, int Channels) old, Span<byte> to, (int Height, int Width) size, Matrix m,
        bool cubic, IReadOnlyList<byte> fill)
    {
        int channels = old.Channels, at = 0, taps = cubic ? 4 : 2;
        Span<int> columns = stackalloc int[4];
        Span<double> lines = stackalloc double[4];
        for (int y = 0; y < size.Height; y++)
        {
            for (int x = 0; x < size.Width; x++, at += channels)
            {
                double px = (m.A * (x + 0.5)) + (m.B * (y + 0.5)) + m.C, py = (m.D * (x + 0.5)) + (m.E * (y + 0.5)) + m.F;
                if (px < 0 || px >= old.Width || py < 0 || py >= old.Height)
                {
                    Fill(to.Slice(at, channels), fill);
                    continue;
                }

                px -= 0.5;
                py -= 0.5;
                int left = (int)Math.Floor(px), top = (int)Math.Floor(py);
                double dx = px - left, dy = py - top;
                int before = cubic ? 1 : 0;
                for (int k = 0; k < taps; k++)
                    columns[k] = Math.Clamp(left - before + k, 0, old.Width - 1) * channels;
                for (int c = 0; c < channels; c++)
                {
                    for (int k = 0; k < taps; k++)
                    {
                        int row = top - before + k;
                        if (k > 0 && (row < 0 || row >= old.Height))
                        {
                            lines[k] = lines[k - 1]; // rows outside repeat the one before
                            continue;
                        }

                        var line = from[((Math.Clamp(row, 0, old.Height - 1) * old.Width * channels) + c)..];
                        lines[k] = cubic ? Cubic(line[columns[0]], line[columns[1]], line[columns[2]], line[columns[3]], dx)
                            : line[columns[0]] + ((line[columns[1]] - line[columns[0]]) * dx);
                    }

                    double value = cubic ? Cubic(lines[0], lines[1], lines[2], lines[3], dy) : lines[0] + ((lines[1] - lines[0]) * dy);
                    to[at + c] = (byte)Math.Clamp(value, 0, 255);
                }
            }
        }
    }

    // The kernel of Keys (1981) with a = -1.
    private static double Cubic(double a, double b, double c, double d, double at)
    {
        double p2 = c - a, p3 = (2 * (a - b)) + c - d, p4 = b - a - c + d;
        return b + (at * (p2 + (at * (p3 + (at * p4)))));
    }
}
