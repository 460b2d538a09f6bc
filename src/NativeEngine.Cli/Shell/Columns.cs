using Spectre.Console.Rendering;

namespace NativeEngine.Cli.Shell;

/// <summary>Fits lines into the columns of a terminal, in which some letters take two.</summary>
internal static class Columns
{
    /// <summary>The columns a text takes.</summary>
    public static int Of(string text) => new Segment(text).CellCount();

    /// <summary>The first of some forms of a line that fits, else the last one cut off.</summary>
    public static string Fitting(int width, params string[] forms) => forms.FirstOrDefault(f => Of(f) <= width) ?? Cut(forms[^1], width);

    private static string Cut(string text, int width)
    {
        int end = text.Length;
        while (end > 0 && (Of(text[..end]) > width || char.IsHighSurrogate(text[end - 1])))
            end--;
        return text[..end];
    }
}
