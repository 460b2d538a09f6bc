namespace NativeEngine.Cuda.Native;

/// <summary>One file name or path that was tried for a library.</summary>
/// <param name="Path">What was handed to the loader.</param>
/// <param name="Error">Why it did not load, in the loader's words, or null when it did.</param>
public sealed record LibraryAttempt(string Path, string? Error)
{
    /// <summary>True when there is no such file: nothing is wrong with it.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>What a failed load says: .NET's message lists the loader's reasons, one a line, behind a line of its own.</summary>
    internal static LibraryAttempt Failed(string path, string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] reasons = lines.Length > 1 ? lines[1..] : lines;
        // A plain name is tried in several places and spellings; that it is in none of them says less than what is wrong with the one that is.
        string? telling = Array.Find(reasons, line => !IsMissing(line, path));
        string reason = telling ?? reasons[0];
        if (reason.StartsWith(path + ": ", StringComparison.Ordinal))
            reason = reason[(path.Length + 2)..];
        return new(path, reason) { IsAbsent = telling is null && !System.IO.Path.IsPathRooted(path) };
    }

    private static bool IsMissing(string line, string path)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && line.Contains("No such file", StringComparison.Ordinal)
            && System.IO.Path.GetFileName(line[..colon]).Contains(System.IO.Path.GetFileName(path), StringComparison.Ordinal);
    }
}
