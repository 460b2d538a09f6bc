using NativeEngine.Core;
using nietras.SeparatedValues;

namespace NativeEngine.Data;

/// <summary>Rows of a CSV file as texts, with their line numbers; quotes as RFC 4180 has them.</summary>
internal static class CsvTable
{
    private const long MostBytes = 1L << 30;

    /// <summary>True for a name that such files have.</summary>
    public static bool HasName(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first rows of a file, or nothing where it cannot be read as such.</summary>
    public static IReadOnlyList<string[]> Head(string path, int rows)
    {
        try
        {
            return [.. Rows(path).Take(rows).Select(r => r.Cells)];
        }
        catch (DataException)
        {
            return [];
        }
    }

    /// <summary>The rows of a file, one after the other; empty lines are left out.</summary>
    /// <exception cref="DataException">It cannot be read: says why.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Rows(string path)
    {
        SepReader reader;
        try
        {
            if (new FileInfo(path).Length > MostBytes)
                throw new DataException($"{path} is larger than {MostBytes >> 20} MiB");
            reader = Sep.New(',').Reader(o => o with { HasHeader = false, Unescape = true, DisableColCountCheck = true }).FromFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(FileProblem.Reading(path, e), e);
        }

        using (reader)
        {
            int line = 1;
            while (Next(reader, path, line, out int lines, out string[] cells))
            {
                if (cells is not [""])
                    yield return (line, cells);
                line += lines; // a text in quotes may hold ends of lines
            }
        }
    }

    private static bool Next(SepReader reader, string path, int line, out int lines, out string[] cells)
    {
        (lines, cells) = (0, []);
        try
        {
            if (!reader.MoveNext())
                return false;
            var row = reader.Current;
            lines = 1 + row.Span.Count('\n');
            cells = new string[row.ColCount];
            for (int i = 0; i < cells.Length; i++)
                cells[i] = row[i].ToString();
            if (cells.Length > 0 && line == 1)
                cells[0] = cells[0].TrimStart('\uFEFF');
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new DataException($"{path}, line {line}: cannot be read as CSV ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
        }
    }
}
