namespace NativeEngine.Core;

/// <summary>A device ran out of memory: names what was asked for and what is held.</summary>
public sealed class DeviceMemoryException(string message, Exception? inner = null) : EngineException(ExitCode.OutOfMemory, message, inner);
