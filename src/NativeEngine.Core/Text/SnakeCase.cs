using System.Text;

namespace NativeEngine.Core;

/// <summary>C# names as kernels, settings and messages write them.</summary>
public static class SnakeCase
{
    /// <summary>Every capital begins a word: HardSwish is hard_swish.</summary>
    public static string Of(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary>The names of an enum's members, which are numbered from 0, by their numbers.</summary>
    internal static string[] OfMembers<T>() where T : struct, Enum => Array.ConvertAll(Enum.GetNames<T>(), Of);
}
