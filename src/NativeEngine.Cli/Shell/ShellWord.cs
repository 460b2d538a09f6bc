namespace NativeEngine.Cli.Shell;

/// <summary>Words of a command that a person copies into a shell.</summary>
internal static class ShellWord
{
    private const string Plain = "_-./=:,+%@";

    /// <summary>A path as one word that any POSIX shell (on Windows: its prompt) takes literally, and that is no option and no response file.</summary>
    public static string Path(string path) => Quote(path.Length > 0 && path[0] is '-' or '@' ? $".{System.IO.Path.DirectorySeparatorChar}{path}" : path);

    private static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c) || (c == '\\' && OperatingSystem.IsWindows())))
            return word;
        return OperatingSystem.IsWindows() ? $"\"{word.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }
}
