namespace NativeEngine.Core;

/// <summary>
/// The elements of a tensor on their way to the host (<see cref="Tensor.BeginRead"/>). Further work can be queued meanwhile, so the
/// device does not stand still while the host looks at a number.
/// </summary>
public sealed class PendingValues
{
    private readonly DType _dtype;
    private readonly Shape _shape;
    private IReadback? _readback;
    private byte[]? _bytes;

    internal PendingValues(IReadback readback, DType dtype, Shape shape) => (_readback, _dtype, _shape) = (readback, dtype, shape);

    /// <summary>The elements in logical row-major order, converted to <typeparamref name="T"/>. Waits for them the first time.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (_bytes is null)
        {
            _bytes = new byte[_shape.Count * _dtype.Size()];
            _readback!.Take(_bytes);
            _readback = null;
        }

        return HostConvert.ToRowMajor(HostConvert.FromBytes<T>(_bytes, _dtype), _shape);
    }
}
