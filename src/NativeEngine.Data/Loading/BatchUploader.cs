using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Brings host batches to a device: uploads bytes and lets the device place and normalise them.</summary>
public sealed class BatchUploader
{
    private readonly Engine _engine;
    private readonly int _channels, _height, _width;
    private readonly Tensor _mean, _std;
    private readonly double _fill;
    private readonly FeatureDataset? _features;

    /// <summary>For images of one size with these moments per channel.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="size">(channels, height, width)</param>
    /// <param name="mean">[C], in units of 0 … 1.</param>
    /// <param name="std">[C], in units of 0 … 1.</param>
    public BatchUploader(Engine engine, (int C, int H, int W) size, IReadOnlyList<float> mean, IReadOnlyList<float> std)
    {
        _engine = engine;
        (_channels, _height, _width) = size;
        _mean = Persistent(mean);
        _std = Persistent(std);

        // Outside a grey image lies black, as if the image had been padded with zeros; outside a colour image lies the mean colour.
        _fill = _channels == 1 ? -(double)mean[0] / std[0] : 0;
    }

    /// <summary>For the images of a data set, or for features in their place, which are only copied.</summary>
    public BatchUploader(Engine engine, Dataset data) : this(engine, (data.Channels, data.Height, data.Width), data.Mean, data.Std) =>
        _features = data as FeatureDataset;

    /// <summary>Uploads a batch into the current step.</summary>
    public DeviceBatch Upload(HostBatch batch) => Place(Send(batch));

    /// <summary>The first half of <see cref="Upload"/>: copies the bytes of a batch.</summary>
    public SentBatch Send(HostBatch batch) => new(
        _features is null
            ? _engine.FromDense(batch.Pixels, [batch.Count, _channels, _height, _width], DType.UInt8)
            : _engine.FromDense(batch.Pixels, [batch.Count, _features.Length], _features.Type),
        _engine.FromDense(MemoryMarshal.AsBytes(batch.Places), [batch.Count, 3], DType.Int32),
        batch.Targets.Send(_engine),
        batch.Targets.Copy());

    /// <summary>The second half of <see cref="Upload"/>: places and normalises the images on the device.</summary>
    public DeviceBatch Place(SentBatch batch) => new(_features is null ? Place(batch.Pixels, batch.Places) : batch.Pixels, batch.Targets,
        batch.Host);

    /// <summary>Uploads images into the current step.</summary>
    /// <param name="pixels">[N, H, W, C]</param>
    /// <param name="places">[N, 3]: shift down, shift right, flip.</param>
    /// <param name="count">N</param>
    /// <returns>[N, C, H, W], normalised.</returns>
    public Tensor Images(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> places, int count) => Place(
        _engine.FromDense(pixels, [count, _channels, _height, _width], DType.UInt8),
        _engine.FromDense(MemoryMarshal.AsBytes(places), [count, 3], DType.Int32));

    private Tensor Place(Tensor pixels, Tensor places)
    {
        var images = _engine.Empty(pixels.Shape);
        var sizes = new ImageBatchSizes(pixels.Shape[0], _channels, _height, _width, _height, _width, _fill);
        _engine.Backend.ImageBatch(sizes, pixels, places, _mean, _std, images);
        return images;
    }

    private Tensor Persistent(IReadOnlyList<float> values)
    {
        var tensor = _engine.EmptyPersistent([_channels]);
        tensor.CopyFrom<float>([.. values]);
        return tensor;
    }
}
