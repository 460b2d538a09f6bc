namespace NativeEngine.Core;

/// <summary>Names out of files as they may be shown: a control character could move the cursor or end the line, and a name may be megabytes long.</summary>
public static class Printable
{
    /// <summary>The text without control characters and not longer than <paramref name="longest"/> characters and a mark that says so.</summary>
    public static string Text(string text, int longest = 100)
    {
        string shown = new([.. text.Take(longest).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text.Length > longest ? $"{shown}..." : shown;
    }
}
