using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>A random part of the image, of random area and shape, stretched to the size (Szegedy et al. 2015), as torchvision's.</summary>
public sealed record RandomResizedCropTransform : SizedTransform
{
    private const int Tries = 10;

    /// <summary>Smallest and largest part of the area.</summary>
    public (double Low, double High) Scale { get; init; } = (0.08, 1);

    /// <summary>Smallest and largest width / height.</summary>
    public (double Low, double High) Ratio { get; init; } = (3.0 / 4, 4.0 / 3);

    /// <summary>How to resize; random chooses bilinear or bicubic for each image.</summary>
    public string Interpolation { get; init; } = "bilinear";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Scale.Low > 0 && Scale.High <= 1 && Scale.Low <= Scale.High, "scale", Scale, "two rising numbers above 0 up to 1");
        Require(Ratio.Low > 0 && Ratio.Low <= Ratio.High, "ratio", Ratio, "two rising numbers above 0");
        if (Interpolation != "random")
            _ = Data.Interpolation.Find(Interpolation);
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var (height, width) = SidesOf(context);
        var kernel = Data.Interpolation.Find(Interpolation == "random" ? draws.Below(2) == 0 ? "bilinear" : "bicubic" : Interpolation);
        Resizing.Part(picture, Choose(draws, picture.Height, picture.Width), height, width, kernel);
    }

    /// <summary>The first of ten drawn boxes that lies inside the image, else the largest centred one of an allowed ratio.</summary>
    internal CropBox Choose(Draws draws, int height, int width)
    {
        double area = (double)height * width;
        for (int i = 0; i < Tries; i++)
        {
            double part = area * draws.Uniform(Scale.Low, Scale.High), ratio = Math.Exp(draws.Uniform(Math.Log(Ratio.Low), Math.Log(Ratio.High)));
            int w = (int)Math.Round(Math.Sqrt(part * ratio)), h = (int)Math.Round(Math.Sqrt(part / ratio));
            if (w > 0 && h > 0 && w <= width && h <= height)
                return new CropBox(draws.Below(height - h + 1), draws.Below(width - w + 1), h, w);
        }

        double own = Math.Clamp((double)width / height, Ratio.Low, Ratio.High);
        int cw = Math.Clamp((int)Math.Round(height * own), 1, width), ch = Math.Clamp((int)Math.Round(width / own), 1, height);
        return new CropBox((height - ch) / 2, (width - cw) / 2, ch, cw);
    }
}
