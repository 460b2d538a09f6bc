using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>The output folder cannot be written: no permission, disk full. What was saved before is still there.</summary>
public sealed class OutputException(string message, Exception? inner = null) : EngineException(ExitCode.Usage, message, inner)
{
    /// <summary>Runs an action that writes <paramref name="path"/> and turns failures of the disk into this error.</summary>
    internal static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException($"cannot write {path}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
