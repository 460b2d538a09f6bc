using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Height and width as a person writes them: <c>224</c>, or <c>224x288</c> for 224 rows of 288 pixels.</summary>
public static class Sides
{
    private const int Largest = 8192;

    /// <summary>Reads a size.</summary>
    /// <param name="text">The text.</param>
    /// <param name="where">Begins the error.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static (int Height, int Width) Parse(string text, string where)
    {
        string[] parts = text.Split('x');
        var numbers = parts.Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 1 and <= Largest ? n : 0)
            .ToArray();
        return numbers.Length is 1 or 2 && !numbers.Contains(0) ? (numbers[0], numbers[^1])
            : throw new UsageException($"{where}: size = {text}: expects a number of pixels up to {Largest}, or HEIGHTxWIDTH");
    }
}
