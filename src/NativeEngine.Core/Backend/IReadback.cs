namespace NativeEngine.Core;

/// <summary>Bytes on their way from the device to the host, see <see cref="IBackend.BeginDownload"/>.</summary>
public interface IReadback
{
    /// <summary>Waits until the bytes are there and copies them; once only, then the buffer they came in serves the next.</summary>
    void Take(Span<byte> target);
}
