using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>A window at a random place, after padding all sides; an image that is still smaller is padded to the size.</summary>
public sealed record RandomCropTransform : SizedTransform
{
    /// <summary>Pixels added on all sides.</summary>
    public int Padding { get; init; }

    /// <summary>What they are.</summary>
    public BorderMode Border { get; init; }

    /// <summary>The level of a constant border.</summary>
    public int Fill { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Padding is >= 0 and <= 1024, "padding", Padding, "0 … 1024");
        Require(Fill is >= 0 and <= 255, "fill", Fill, "0 … 255");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var (height, width) = SidesOf(context);
        int down = Math.Max(0, height - picture.Height - (2 * Padding)), across = Math.Max(0, width - picture.Width - (2 * Padding));
        Borders.Pad(picture, (Padding + across, Padding + down, Padding + across, Padding + down), Border, [(byte)Fill]);
        Borders.Crop(picture, new CropBox(draws.Below(picture.Height - height + 1), draws.Below(picture.Width - width + 1), height, width));
    }
}
