namespace NativeEngine.Core;

/// <summary>The host has no memory left for something that can be named; the message says for what, and what helps.</summary>
public sealed class HostMemoryException(string message, Exception? inner = null) : EngineException(ExitCode.OutOfMemory, message, inner);
