namespace NativeEngine.Data;

/// <summary>One batch as the host prepares it; the device normalises the pixels. Valid until its loader is asked for the next one.</summary>
public sealed class HostBatch
{
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
        for (int i = 0; i < samples.Length; i++)
        {
            int sample = samples[i];
            var pixels = _pixels.AsSpan(i * _imageBytes, _imageBytes);
            if (data is FeatureDataset features)
                features.Read(sample, samples.Length, pixels);
            else if (augmentation.Scale is null)
                data.Read(sample, pixels);
            else
                ReadCrop(data, plan.Epoch, sample, augmentation, seed, pixels);
            var place = augmentation.Place(seed, plan.Epoch, sample);
            _places[3 * i] = place.Down;
            _places[3 * i + 1] = place.Right;
            _places[3 * i + 2] = place.Flip ? 1 : 0;
        }
    }

    // In a method of its own, so that images that are not cropped cost no closure.
    private static void ReadCrop(Dataset data, int epoch, int sample, Augmentation augmentation, ulong seed, Span<byte> pixels) =>
        data.ReadCrop(sample, (height, width) => augmentation.Crop(seed, epoch, sample, height, width), pixels);
}
