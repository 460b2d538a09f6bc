namespace NativeEngine.Core;

/// <summary>A device or one of its libraries cannot be used: names what was looked for and why it failed.</summary>
public sealed class DeviceException(string message, Exception? inner = null) : EngineException(ExitCode.Device, message, inner);
