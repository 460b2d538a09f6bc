namespace NativeEngine.Core;

/// <summary>A block of memory that a backend owns. Core only moves it around; each backend has its own subclass.</summary>
/// <param name="bytes">Usable size.</param>
public abstract class DeviceBuffer(long bytes)
{
    /// <summary>Usable size in bytes.</summary>
    public long Bytes { get; } = bytes;
}
