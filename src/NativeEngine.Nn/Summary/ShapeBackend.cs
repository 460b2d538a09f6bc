using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A device that stores and computes nothing. Core still checks every shape and allocates every output, so running a model on it tells all
/// sizes, multiply-adds and activation memory of a model in a moment, whatever its size.
/// </summary>
public sealed partial class ShapeBackend : IBackend
{
    private long _buffers, _bytes, _peak;

    /// <inheritdoc/>
    public string Name => "shape";

    /// <inheritdoc/>
    public DType FloatType => DType.Float32;

    /// <inheritdoc/>
    public MemoryReport Memory => new(_buffers, _bytes, _peak, 0, 0);

    /// <summary>Multiply-adds of all convolutions and matrix products so far.</summary>
    public long Macs { get; private set; }

    internal List<(ConvSizes Sizes, bool Bias)> Convolutions { get; } = [];

    internal List<(GemmSizes Sizes, bool Bias)> Products { get; } = [];

    internal List<BatchNormSizes> BatchNorms { get; } = [];

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes)
    {
        _buffers++;
        _bytes += bytes;
        _peak = Math.Max(_peak, _bytes);
        return new Nothing(bytes);
    }

    /// <inheritdoc/>
    public void Free(DeviceBuffer buffer)
    {
        _buffers--;
        _bytes -= buffer.Bytes;
    }

    /// <inheritdoc/>
    public void Download(Tensor x, Span<byte> target) => target.Clear();

    /// <inheritdoc/>
    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c)
    {
        Macs += (long)s.Batch * s.M * s.N * s.K;
        Products.Add((s, bias is not null));
    }

    /// <inheritdoc/>
    public void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        Macs += s.Macs;
        Convolutions.Add((s, bias is not null));
    }

    /// <inheritdoc/>
    public void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        Tensor y, Tensor savedMean, Tensor savedInvStd) => BatchNorms.Add(s);

    /// <inheritdoc/>
    public void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx) => Macs += s.Macs;

    /// <inheritdoc/>
    public void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw) => Macs += s.Macs;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Nothing(long bytes) : DeviceBuffer(bytes);
}
