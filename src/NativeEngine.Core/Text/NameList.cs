namespace NativeEngine.Core;

/// <summary>Names in a sentence.</summary>
public static class NameList
{
    /// <summary>"a, b, c", and of more than <paramref name="most"/> names the first ones "and N more".</summary>
    public static string Some(IReadOnlyList<string> names, int most = 10) =>
        string.Join(", ", names.Take(most)) + (names.Count > most ? $" and {names.Count - most} more" : "");
}
