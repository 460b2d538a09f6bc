using System.Globalization;
using System.Text.RegularExpressions;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The dictionary at the start of a .npy file.</summary>
/// <param name="Order"><c>&lt;</c> little-endian, <c>&gt;</c> big-endian, <c>|</c> single bytes.</param>
/// <param name="Type">Kind and size of an element: <c>f4</c>.</param>
/// <param name="ColumnMajor">The first index runs fastest.</param>
/// <param name="Shape">Extents.</param>
internal sealed partial record NpyHeader(char Order, string Type, bool ColumnMajor, long[] Shape)
{
    private const int MostDimensions = 32;

    private static readonly HashSet<string> Numbers = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"];

    /// <exception cref="DataException">The text is no such dictionary, or its type is not of numbers.</exception>
    public static NpyHeader Parse(string text, string path)
    {
        var entries = new Dictionary<string, string>();
        var whole = Whole().Match(text);
        foreach (Match entry in Entry().Matches(whole.Groups[1].Value))
            entries[entry.Groups[1].Value] = entry.Groups[2].Value;
        if (!whole.Success || !entries.TryGetValue("descr", out string? type) || !entries.TryGetValue("fortran_order", out string? order)
                || !entries.TryGetValue("shape", out string? shape)
            || order is not ("True" or "False"))
            throw new DataException($"{path}: the header is not a dictionary of descr, fortran_order and shape: {Printable.Text(text.Trim())}");
        if (type.StartsWith('['))
            throw new DataException($"{path} holds records, expected numbers");
        type = type.Trim('\'', '"');
        string kind = type.Length > 1 && "<>|=".Contains(type[0], StringComparison.Ordinal) ? type[1..] : type;
        if (!Numbers.Contains(kind))
            throw new DataException($"{path} holds {Describe(kind)}, expected numbers: bool, int8 to int64, uint8 to uint64, float16 to float64");
        return new(type[0] == '>' ? '>' : '<', kind, order == "True", Extents(shape, path));
    }

    /// <summary>The elements, in row-major order and little-endian.</summary>
    /// <exception cref="DataException">There are not as many bytes as the shape needs.</exception>
    public NpyArray Read(ReadOnlySpan<byte> data, string path)
    {
        int size = Type[1] - '0';
        // A shape may multiply beyond any integer: the product stops growing once it is too large for the file.
        Int128 needed = Shape.Contains(0) ? 0 : size;
        foreach (long extent in Shape)
            needed = needed > data.Length ? needed : needed * extent;
        if (needed != data.Length)
        {
            string says = $"{path}: the header says {Type} of shape ({string.Join(", ", Shape)}), "
                + $"{(needed > data.Length ? $"more than the {data.Length}" : $"{needed} of the {data.Length}")} bytes that follow it";
            throw new DataException(needed > data.Length ? $"{says}: the file is truncated, or its header wrong" : says);
        }

        byte[] bytes = ColumnMajor && Shape.Length > 1 ? Transposed(data, size) : data.ToArray();
        if (Order == '>' && size > 1)
        {
            for (int i = 0; i < bytes.Length; i += size)
                bytes.AsSpan(i, size).Reverse();
        }

        return new(Type, Shape, bytes);
    }

    private byte[] Transposed(ReadOnlySpan<byte> data, int size)
    {
        byte[] bytes = new byte[data.Length];
        var index = new long[Shape.Length];
        for (int target = 0; target < bytes.Length; target += size)
        {
            long source = 0;
            for (int d = Shape.Length - 1; d >= 0; d--)
                source = source * Shape[d] + index[d];
            data.Slice((int)source * size, size).CopyTo(bytes.AsSpan(target));
            for (int d = Shape.Length - 1; d >= 0 && ++index[d] == Shape[d]; d--)
                index[d] = 0;
        }

        return bytes;
    }

    private static long[] Extents(string shape, string path)
    {
        string[] parts = [.. shape.Trim('(', ')').Split(',').Select(p => p.Trim().TrimEnd('L')).Where(p => p.Length > 0)]; // Python 2 wrote 3L
        var extents = new long[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts.Length > MostDimensions || !long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i]))
                throw new DataException($"{path}: the shape {Printable.Text(shape)} is not at most {MostDimensions} whole numbers");
        }

        return extents;
    }

    private static string Describe(string kind) => kind.Length == 0 ? "nothing" : kind[0] switch
    {
        'O' => "Python objects (pickled)",
        'c' => "complex numbers",
        'U' or 'S' or 'a' => "text",
        'M' or 'm' => "dates or times",
        'V' => "records or types that NumPy does not know",
        _ => $"elements of type '{Printable.Text(kind, 20)}'",
    };

    [GeneratedRegex(@"^\s*\{(.*)\}\s*$", RegexOptions.Singleline)]
    private static partial Regex Whole();

    [GeneratedRegex("""['"](\w+)['"]\s*:\s*(\([^()]*\)|\[.*\]|'[^']*'|"[^"]*"|\w+)\s*(?:,|$)""", RegexOptions.Singleline)]
    private static partial Regex Entry();
}
