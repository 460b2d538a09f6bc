using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of another data set as transforms of evaluation make them.</summary>
public sealed class PreparedDataset : DerivedDataset
{
    private static readonly Draws Fixed = new(0, 0, 0, 0);

    private readonly TransformList _transforms;
    private readonly TransformContext _context;

    [SetsRequiredMembers]
    private PreparedDataset(Dataset source, TransformList transforms) : base(source) =>
        (_transforms, _context) = (transforms, new TransformContext(source.Mean, source.Std, (source.Height, source.Width)));

    /// <summary>The images of <paramref name="source"/>, from their own size on.</summary>
    /// <param name="source">The images; their size and channels stay.</param>
    /// <param name="transforms">Transforms without random numbers that end in that size.</param>
    public static Dataset Of(Dataset source, TransformList transforms) => new PreparedDataset(source, transforms);

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels)
    {
        var picture = new Picture();
        Source.ReadWhole(index, picture);
        picture.Convert(Channels);
        _transforms.Apply(picture, Fixed, _context);
        if ((picture.Height, picture.Width) != (Height, Width))
            throw new UsageException($"eval_transforms make an image of {picture.Height}x{picture.Width}, the model takes {Height}x{Width}; let the list end "
                + "with a transform that gives that size, such as center_crop");
        picture.Pixels.CopyTo(pixels);
    }
}
