using NativeEngine.Core;
using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>
/// MixUp (Zhang et al. 2018) and CutMix (Yun et al. 2019) of a batch, as timm's: image i is mixed with image B-1-i, λ comes from Beta(α, α), bytes are mixed
/// and
/// rounded half to even. The λ of a box is what the box leaves. A pure function of (seed, epoch, batch).
/// </summary>
/// <param name="Mixup">α of MixUp; 0 for none.</param>
/// <param name="Cutmix">α of CutMix; 0 for none.</param>
public sealed record BatchMixer(double Mixup, double Cutmix)
{
    /// <summary>The chance that a batch (or pair, or image) is mixed.</summary>
    public double Prob { get; init; } = 1;

    /// <summary>The chance of CutMix where both are on.</summary>
    public double SwitchProb { get; init; } = 0.5;

    /// <summary>Which images are mixed alike.</summary>
    public MixMode Mode { get; init; }

    /// <summary>The first epoch, counted from 0, that is not mixed; 0 mixes all.</summary>
    public int OffEpoch { get; init; }

    /// <summary>Smallest and largest part of the sides that a box takes, in the place of Beta; null for none.</summary>
    public (double Low, double High)? CutmixMinmax { get; init; }

    /// <summary>Mixes a batch in place.</summary>
    /// <param name="pixels">[B, H, W, C]</param>
    /// <param name="targets">Told partners and shares.</param>
    /// <param name="size">(H, W, C)</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="batch">The batch's number in the epoch.</param>
    internal void Mix(Span<byte> pixels, MixedIds targets, (int H, int W, int C) size, ulong seed, int epoch, int batch)
    {
        int count = targets.Count, bytes = size.H * size.W * size.C;
        var draws = new Draws(seed, RandomStream.Mix, epoch, batch);
        bool off = OffEpoch > 0 && epoch >= OffEpoch;
        var plan = off ? default : Draw(draws, size);
        var first = new byte[bytes];
        for (int i = 0; i < (count + 1) / 2; i++)
        {
            int j = count - 1 - i;
            if (!off && Mode != MixMode.Batch)
                plan = Draw(draws, size);
            Span<byte> a = pixels.Slice(i * bytes, bytes), b = pixels.Slice(j * bytes, bytes);
            a.CopyTo(first);
            Apply(plan, a, b, size, targets, i, j);
            if (!off && Mode == MixMode.Elem)
                plan = Draw(draws, size);
            if (i != j)
                Apply(plan, b, first, size, targets, j, i);
        }
    }

    private static void Apply(Plan plan, Span<byte> own, ReadOnlySpan<byte> other, (int H, int W, int C) size, MixedIds targets, int at, int partner)
    {
        if (plan.Box is { } box)
            Mixing.Paste(own, other, box, size.W, size.C);
        else if (plan.Other > 0)
            Mixing.Blend(own, other, 1 - plan.Other);
        targets.Set(at, partner, 1 - plan.Other);
    }

    private Plan Draw(Draws draws, (int H, int W, int C) size)
    {
        if (!draws.Chance(Prob))
            return default;
        bool hasCutmix = Cutmix > 0 || CutmixMinmax is not null, cut = hasCutmix && (Mixup == 0 || draws.Chance(SwitchProb));
        if (!cut)
            return new Plan(1 - draws.Beta(Mixup, Mixup), null);
        CropBox box;
        if (CutmixMinmax is { } part)
        {
            int h = Side(size.H), w = Side(size.W);
            box = new CropBox(draws.Below(size.H - h + 1), draws.Below(size.W - w + 1), h, w);
            int Side(int extent) => Math.Clamp((int)(extent * part.Low) + draws.Below(Math.Max(1, (int)(extent * part.High) - (int)(extent * part.Low))), 1,
                extent);
        }
        else
        {
            double lambda = draws.Beta(Cutmix, Cutmix);
            box = Mixing.Box(size.H, size.W, lambda, draws.Below(size.H), draws.Below(size.W));
        }

        return new Plan(1 - Mixing.Share(box, size.H, size.W), box);
    }

    /// <summary>How two images are mixed.</summary>
    /// <param name="Other">The share of the other image.</param>
    /// <param name="Box">The part that comes from it; null where both are blended.</param>
    private readonly record struct Plan(double Other, CropBox? Box);
}
