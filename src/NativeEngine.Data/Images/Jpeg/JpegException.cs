namespace NativeEngine.Data;

/// <summary>Something wrong in a JPEG file; the reader adds the file's name.</summary>
internal sealed class JpegException(string message) : Exception(message);
