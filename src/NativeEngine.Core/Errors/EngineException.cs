namespace NativeEngine.Core;

/// <summary>Base of the engine's expected errors: one clear sentence for the user and the exit code the command line ends with.</summary>
public abstract class EngineException(ExitCode exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The exit code the command line returns for this error.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
