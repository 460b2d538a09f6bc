using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Random placement of training images, a pure function of (seed, epoch, sample): the same image gets the same crop on every
/// device, with any number of workers and after resuming.
/// </summary>
/// <param name="Shift">
/// Each image moves by a whole number of pixels in -Shift … Shift down and across; with a border of Shift pixels this is the
/// usual random crop.
/// </param>
/// <param name="FlipProbability">Chance of a left-right mirror.</param>
public sealed record Augmentation(int Shift, double FlipProbability)
{
    private const int CropTries = 10;
    private const int DrawsPerCrop = 4 * CropTries;
    private const int DrawsPerSample = 4; // one Philox block
    private static readonly double[] UsualRatio = [3.0 / 4, 4.0 / 3];

    /// <summary>Images stay as they are.</summary>
    public static Augmentation None { get; } = new(0, 0);

    /// <summary>
    /// Smallest and largest part of an image's area that a random crop takes, which is then stretched to the images' size (Szegedy et al. 2015);
    /// null takes no random crops.
    /// </summary>
    public IReadOnlyList<double>? Scale { get; init; }

    /// <summary>Smallest and largest width / height of a random crop.</summary>
    public IReadOnlyList<double> Ratio { get; init; } = UsualRatio;

    /// <summary>What is done with an image that was cropped, moved and mirrored; null for nothing.</summary>
    public TransformList? Then { get; init; }

    /// <summary>All that is done with an image as it was read, from its own size to that of the model, in the place of everything else; null for
    /// none.</summary>
    public TransformList? Whole { get; init; }

    /// <summary>Mixes images of a batch; null for none.</summary>
    public BatchMixer? Mixer { get; init; }

    /// <summary>What transforms know about the data and the run.</summary>
    public TransformContext? Context { get; init; }

    /// <summary>True where the host changes pixels, so that it moves and mirrors images, too, in front of that.</summary>
    internal bool ChangesPixels => Then is not null || Whole is not null || Mixer is not null;

    /// <summary>
    /// The random crop of image <paramref name="sample"/> in this epoch: the first of ten drawn boxes that lies inside the image, else the
    /// largest centred one of an allowed ratio, as torchvision's RandomResizedCrop.
    /// </summary>
    public CropBox Crop(ulong seed, int epoch, int sample, int height, int width)
    {
        var key = new PhiloxKey(seed, RandomStream.Crop, (uint)epoch);
        ulong element = (ulong)sample * DrawsPerCrop;
        double area = (double)height * width, low = Math.Log(Ratio[0]), high = Math.Log(Ratio[1]);
        for (int i = 0; i < CropTries; i++, element += 4)
        {
            double part = area * (Scale![0] + (Scale[1] - Scale[0]) * Philox.Uniform(key, element));
            double ratio = Math.Exp(low + (high - low) * Philox.Uniform(key, element + 1));
            int w = (int)Math.Round(Math.Sqrt(part * ratio)), h = (int)Math.Round(Math.Sqrt(part / ratio));
            if (w > 0 && h > 0 && w <= width && h <= height)
                return new CropBox(Philox.Below(key, element + 2, height - h + 1), Philox.Below(key, element + 3, width - w + 1), h, w);
        }

        double own = Math.Clamp((double)width / height, Ratio[0], Ratio[1]);
        int cw = Math.Clamp((int)Math.Round(height * own), 1, width), ch = Math.Clamp((int)Math.Round(width / own), 1, height);
        return new CropBox((height - ch) / 2, (width - cw) / 2, ch, cw);
    }

    /// <summary>Where image <paramref name="sample"/> is placed in this epoch.</summary>
    public Placement Place(ulong seed, int epoch, int sample)
    {
        if (Shift == 0 && FlipProbability <= 0)
            return default;
        var key = new PhiloxKey(seed, RandomStream.Augment, (uint)epoch);
        ulong element = (ulong)sample * DrawsPerSample;
        int span = 2 * Shift + 1;
        return new Placement(
            Philox.Below(key, element, span) - Shift,
            Philox.Below(key, element + 1, span) - Shift,
            Philox.Uniform(key, element + 2) < FlipProbability);
    }
}
