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
    private const int DrawsPerSample = 4; // one Philox block

    /// <summary>Images stay as they are.</summary>
    public static Augmentation None { get; } = new(0, 0);

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
