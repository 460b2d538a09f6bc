namespace NativeEngine.Core;

/// <summary>Data is missing or invalid: names the file or sample, what was expected and what was found.</summary>
public sealed class DataException(string message, Exception? inner = null) : EngineException(ExitCode.Data, message, inner);
