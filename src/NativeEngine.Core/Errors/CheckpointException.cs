namespace NativeEngine.Core;

/// <summary>A checkpoint or weights file does not fit: names the file, tensor or setting that differs.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : EngineException(ExitCode.Checkpoint, message, inner);
