using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Resizes with Pillow's arithmetic: <c>resize(256)</c>, <c>resize(224x288,squash)</c>, <c>resize(256,letterbox)</c>.</summary>
public sealed record ResizeTransform : SizedTransform
{
    /// <summary>What becomes of another shape.</summary>
    public ResizeMode Mode { get; init; }

    /// <summary>How to resize.</summary>
    public string Interpolation { get; init; } = "bilinear";

    /// <summary>With shorter: the longer side is no longer than this; 0 for any.</summary>
    public int MaxSize { get; init; }

    /// <inheritdoc/>
    public override bool IsRandom => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        _ = Data.Interpolation.Find(Interpolation);
        Require(MaxSize == 0 || (Mode == ResizeMode.Shorter && (Size.Length == 0 || MaxSize > Sides.Parse(Size, Name).Height)), "max_size", MaxSize,
            "more than size, with mode shorter");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var (height, width) = SidesOf(context);
        var kernel = Data.Interpolation.Find(Interpolation);
        switch (Mode)
        {
            case ResizeMode.Shorter:
                Resizing.Shorter(picture, Math.Min(height, width), kernel, MaxSize == 0 ? null : MaxSize);
                break;
            case ResizeMode.Squash:
                Resizing.Squash(picture, height, width, kernel);
                break;
            case ResizeMode.Letterbox:
                Resizing.Letterbox(picture, height, width, kernel, [0]);
                break;
            default:
                double scale = Math.Min((double)height / picture.Height, (double)width / picture.Width);
                int h = Math.Clamp((int)Math.Round(picture.Height * scale), 1, height), w = Math.Clamp((int)Math.Round(picture.Width * scale), 1, width);
                Resizing.Squash(picture, h, w, kernel);
                int top = (height - h) / 2, left = (width - w) / 2;
                Borders.Pad(picture, (left, top, width - w - left, height - h - top), BorderMode.Constant, context.MeanColour);
                break;
        }
    }
}
