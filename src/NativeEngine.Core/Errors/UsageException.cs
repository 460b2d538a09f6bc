namespace NativeEngine.Core;

/// <summary>Wrong usage or configuration: an unknown flag, a value out of range, settings that contradict each other.</summary>
public sealed class UsageException(string message, Exception? inner = null) : EngineException(ExitCode.Usage, message, inner);
