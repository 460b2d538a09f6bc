using NativeEngine.Core;
using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>One batch as the host prepares it; the device normalises the pixels. Valid until its loader is asked for the next one.</summary>
public sealed class HostBatch
{
    [ThreadStatic]
    private static Picture? _picture;

    private readonly byte[] _pixels;
    private readonly int[] _places;
    private readonly int _imageBytes;

    internal HostBatch(int capacity, int imageBytes, TargetBatch targets)
    {
        _imageBytes = imageBytes;
        _pixels = new byte[capacity * imageBytes];
        Targets = targets;
        _places = new int[3 * capacity];
    }

    /// <summary>Number of the batch within its epoch.</summary>
    public int Index { get; private set; }

    /// <summary>Images in this batch.</summary>
    public int Count { get; private set; }

    /// <summary>[Count, H, W, C]</summary>
    public ReadOnlySpan<byte> Pixels => _pixels.AsSpan(0, Count * _imageBytes);

    /// <summary>What the images are to be answered with.</summary>
    public TargetBatch Targets { get; }

    /// <summary>[Count, 3]: shift down, shift right, flip, as <see cref="Core.IBackend.ImageBatch"/> reads them.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, 3 * Count);

    /// <summary>A batch of the same contents that stays valid.</summary>
    public HostBatch Copy()
    {
        var copy = new HostBatch(Count, _imageBytes, Targets.Copy()) { Index = Index, Count = Count };
        Pixels.CopyTo(copy._pixels);
        Places.CopyTo(copy._places);
        return copy;
    }

    internal void Fill(Dataset data, EpochPlan plan, int index, Augmentation augmentation, ulong seed)
    {
        var samples = plan.Batch(index);
        Index = index;
        Count = samples.Length;
        Targets.Fill(data, samples);
        var identities = plan.Identities(index, data.Count);
        if (augmentation.ChangesPixels)
        {
            Transform(data, plan.Epoch, samples, identities, augmentation, seed);
            return;
        }

        for (int i = 0; i < samples.Length; i++)
        {
            int sample = samples[i];
            var pixels = _pixels.AsSpan(i * _imageBytes, _imageBytes);
            if (data is FeatureDataset features)
                features.Read(sample, samples.Length, pixels);
            else if (augmentation.Scale is null)
                data.Read(sample, pixels);
            else
                ReadCrop(data, plan.Epoch, (sample, identities[i]), augmentation, seed, pixels);
            var place = augmentation.Place(seed, plan.Epoch, identities[i]);
            _places[3 * i] = place.Down;
            _places[3 * i + 1] = place.Right;
            _places[3 * i + 2] = place.Flip ? 1 : 0;
        }
    }

    // The host does all of it, in the order in which it is written down; the device has nothing left to move.
    private void Transform(Dataset data, int epoch, ReadOnlySpan<int> samples, ReadOnlySpan<int> identities, Augmentation augmentation, ulong seed)
    {
        var picture = _picture ??= new Picture();
        var context = augmentation.Context! with { Epoch = epoch };
        for (int i = 0; i < samples.Length; i++)
        {
            int sample = samples[i], identity = identities[i];
            var draws = new Draws(seed, RandomStream.Transform, epoch, identity);
            var pixels = _pixels.AsSpan(i * _imageBytes, _imageBytes);
            if (augmentation.Whole is { } whole)
            {
                data.ReadWhole(sample, picture);
                picture.Convert(data.Channels);
                whole.Apply(picture, draws, context);
            }
            else
            {
                if (augmentation.Scale is null)
                    data.Read(sample, pixels);
                else
                    ReadCrop(data, epoch, (sample, identity), augmentation, seed, pixels);
                picture.Load(pixels, data.Height, data.Width, data.Channels);
                Place(picture, augmentation.Place(seed, epoch, identity), augmentation.Shift, context);
                augmentation.Then?.Apply(picture, draws, context);
            }

            if ((picture.Height, picture.Width) != (data.Height, data.Width))
                throw new UsageException($"transforms make an image of {picture.Height}x{picture.Width}, the model takes {data.Height}x{data.Width}; "
                    + "let the list end with a transform that gives that size, such as center_crop or random_resized_crop");
            picture.Pixels.CopyTo(pixels);
        }

        Array.Clear(_places, 0, 3 * samples.Length);
        if (Targets is MixedIds mixed && augmentation.Mixer is { } mixer)
            mixer.Mix(_pixels.AsSpan(0, samples.Length * _imageBytes), mixed, (data.Height, data.Width, data.Channels), seed, epoch, Index);
    }

    // As the device does it: what lies outside a grey image is black, outside a colour image the mean colour.
    private static void Place(Picture picture, Placement place, int shift, TransformContext context)
    {
        if (place.Flip)
            Borders.FlipAcross(picture);
        if (place is { Down: 0, Right: 0 })
            return;
        var (height, width) = (picture.Height, picture.Width);
        Borders.Pad(picture, (shift, shift, shift, shift), BorderMode.Constant, picture.Channels == 1 ? [0] : context.MeanColour);
        Borders.Crop(picture, new CropBox(shift + place.Down, shift + place.Right, height, width));
    }

    // In a method of its own, so that images that are not cropped cost no closure.
    private static void ReadCrop(Dataset data, int epoch, (int Sample, int Identity) image, Augmentation augmentation, ulong seed, Span<byte> pixels) =>
        data.ReadCrop(image.Sample, (height, width) => augmentation.Crop(seed, epoch, image.Identity, height, width), pixels);
}
