using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Some image files of a folder cannot be read.</summary>
/// <param name="message">Names them.</param>
/// <param name="errors">Positions of the files with what is wrong with each, a sentence that begins with the file.</param>
internal sealed class UnreadableImagesException(string message, IReadOnlyDictionary<int, string> errors) : EngineException(ExitCode.Data, message)
{
    /// <summary>Positions of the files with what is wrong with each.</summary>
    public IReadOnlyDictionary<int, string> Errors { get; } = errors;
}
