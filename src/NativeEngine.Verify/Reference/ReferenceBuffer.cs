using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Memory of the reference backend: plain managed bytes, poisoned until written and gone once freed.</summary>
internal sealed class ReferenceBuffer : DeviceBuffer
{
    /// <summary>All bits set is NaN in every float type and -1 in every signed integer: reading before writing shows.</summary>
    private const byte Poison = 0xFF;

    private byte[]? _data;

    public ReferenceBuffer(long bytes)
        : base(bytes)
    {
        _data = new byte[bytes];
        Array.Fill(_data, Poison);
    }

    /// <summary>The bytes; throws once the buffer was freed.</summary>
    public byte[] Data => _data ?? throw new InvalidOperationException("reference backend: a freed buffer was used");

    public void Release()
    {
        _ = Data; // freeing twice is a bug of the caller
        _data = null;
    }
}
