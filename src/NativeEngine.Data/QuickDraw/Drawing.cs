using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A drawing as strokes of points with coordinates 0 … 255, packed into bytes: for each stroke the number of its points (two bytes), all x, all y.
/// </summary>
internal static class Drawing
{
    private const int MostPoints = 20_000;

    /// <summary>Packs the JSON of a simplified drawing, <c>[[[x, …],[y, …]], …]</c>; a third list, of times, is left out.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Begins errors.</param>
    /// <exception cref="DataException">It is none.</exception>
    public static byte[] Pack(ReadOnlySpan<char> json, string where)
    {
        var bytes = new List<byte>(json.Length / 3);
        int at = 0, points = 0;
        Expect(json, ref at, '[', where);
        if (Peek(json, ref at) == ']')
            return [];
        do
        {
            Expect(json, ref at, '[', where);
            int start = bytes.Count;
            bytes.AddRange([0, 0]);
            int xs = Numbers(json, ref at, bytes, where);
            Expect(json, ref at, ',', where);
            int ys = Numbers(json, ref at, bytes, where);
            if (xs != ys || xs == 0 || xs > ushort.MaxValue)
                throw new DataException($"{where}: a stroke of {xs} x and {ys} y");
            (bytes[start], bytes[start + 1]) = ((byte)xs, (byte)(xs >> 8));
            if (Peek(json, ref at) == ',')
            {
                at++;
                SkipList(json, ref at, where);
            }

            Expect(json, ref at, ']', where);
            points += xs;
            if (points > MostPoints)
                throw new DataException($"{where}: more than {MostPoints} points");
        }
        while (Next(json, ref at, where));
        return [.. bytes];
    }

    private static int Numbers(ReadOnlySpan<char> json, ref int at, List<byte> bytes, string where)
    {
        Expect(json, ref at, '[', where);
        int count = 0;
        do
        {
            Peek(json, ref at);
            int from = at;
            while (at < json.Length && (char.IsAsciiDigit(json[at]) || json[at] is '-' or '.' or 'e' or 'E' or '+'))
                at++;
            if (!double.TryParse(json[from..at], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value is not (>= 0 and < 256))
                throw new DataException($"{where}: '{json[from..at]}': expected coordinates of 0 … 255, as the simplified drawings have them");
            bytes.Add((byte)value);
            count++;
        }
        while (Next(json, ref at, where));
        return count;
    }

    private static void SkipList(ReadOnlySpan<char> json, ref int at, string where)
    {
        Expect(json, ref at, '[', where);
        int end = json[at..].IndexOf(']');
        if (end < 0)
            throw Broken(where);
        at += end + 1;
    }

    private static bool Next(ReadOnlySpan<char> json, ref int at, string where)
    {
        char c = Peek(json, ref at);
        at++;
        return c == ',' || (c == ']' ? false : throw Broken(where));
    }

    private static void Expect(ReadOnlySpan<char> json, ref int at, char c, string where)
    {
        if (Peek(json, ref at) != c)
            throw Broken(where);
        at++;
    }

    private static char Peek(ReadOnlySpan<char> json, ref int at)
    {
        while (at < json.Length && json[at] == ' ')
            at++;
        return at < json.Length ? json[at] : '\0';
    }

    private static DataException Broken(string where) => new($"{where}: the drawing is no list of strokes [[[x, …],[y, …]], …]");
}
