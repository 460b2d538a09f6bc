namespace NativeEngine.Core;

/// <summary>A device ran out of memory: names what was asked for and what is held.</summary>
/// <param name="message">What was asked and held.</param>
/// <param name="inner">The cause, or null.</param>
/// <param name="advice">A sentence on what would fit, appended to the message.</param>
public sealed class DeviceMemoryException(string message, Exception? inner = null, string advice = "")
    : EngineException(ExitCode.OutOfMemory, message + advice, inner)
{
    /// <summary>The message without the advice, for callers that know better what would fit.</summary>
    public string Facts { get; } = message;

    /// <summary>Bytes the device has for tensors in all, what its libraries need taken off; 0 when not known.</summary>
    public long CapacityBytes { get; init; }
}
