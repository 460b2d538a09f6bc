using System.Text;

namespace NativeEngine.Train;

public sealed partial record LineChart
{
    /// <summary>
    /// The chart as lines of text: the series that are not faint, one dot per column, each character cell holding 2x4 dots (Braille patterns), or one
    /// asterisk where only ASCII is wanted.
    /// </summary>
    /// <param name="columns">Characters from side to side, axis included.</param>
    /// <param name="rows">Lines of the drawing, without title and axis.</param>
    /// <param name="ascii">Asterisks in place of Braille.</param>
    public IReadOnlyList<string> ToText(int columns = 72, int rows = 10, bool ascii = false)
    {
        ChartAxis x = XAxis(), y = YAxis();
        int margin = y.Ticks.Max(t => y.Label(t).Length) + 1, width = Math.Max(10, columns - margin - 1), fine = ascii ? 1 : 2, deep = ascii ? 1 : 4;
        var dots = new bool[rows * deep, width * fine];
        foreach (var s in Series.Where(s => !s.Faint))
            Draw(s, x, y, dots);
        var lines = new List<string> { $"{Title} ({YLabel} over {XLabel})" };
        for (int row = 0; row < rows; row++)
        {
            var line = new StringBuilder();
            for (int column = 0; column < width; column++)
                line.Append(ascii ? dots[row, column] ? '*' : ' ' : Braille(dots, row, column));
            lines.Add($"{RowLabel(y, row, rows).PadLeft(margin)}│{line.ToString().TrimEnd()}".Replace('│', ascii ? '|' : '│'));
        }

        lines.Add(new string(' ', margin) + (ascii ? '+' : '└') + new string(ascii ? '-' : '─', width));
        var labels = new char[width + margin + 12];
        Array.Fill(labels, ' ');
        int free = 0;
        foreach (double tick in x.Ticks)
        {
            string label = x.Label(tick);
            int at = Math.Max(margin + 1 + (int)Math.Round(x.Place(tick) * (width - 1)) - label.Length / 2, 0);
            if (at < free || at + label.Length > labels.Length)
                continue;
            label.CopyTo(0, labels, at, label.Length);
            free = at + label.Length + 2;
        }

        lines.Add(new string(labels).TrimEnd());
        return lines;
    }

    // Between two points the line passes every column; inside a column it passes every row.
    private static void Draw(ChartSeries s, ChartAxis x, ChartAxis y, bool[,] dots)
    {
        int height = dots.GetLength(0), width = dots.GetLength(1);
        (int Column, int Row)? before = null;
        for (int i = 0; i < s.X.Count; i++)
        {
            if (!double.IsFinite(s.Y[i]))
                continue;
            (int Column, int Row) at = ((int)Math.Round(x.Place(s.X[i]) * (width - 1)), (int)Math.Round((1 - y.Place(s.Y[i])) * (height - 1)));
            var from = before ?? at;
            int steps = Math.Max(1, Math.Max(Math.Abs(at.Column - from.Column), Math.Abs(at.Row - from.Row)));
            for (int k = 0; k <= steps; k++)
                dots[from.Row + (at.Row - from.Row) * k / steps, from.Column + (at.Column - from.Column) * k / steps] = true;
            before = at;
        }
    }

    private static string RowLabel(ChartAxis y, int row, int rows)
    {
        double Place(double tick) => (1 - y.Place(tick)) * (rows - 1);
        var near = y.Ticks.Where(t => (int)Math.Round(Place(t)) == row).ToList();
        return near.Count == 0 ? "" : y.Label(near.MinBy(t => Math.Abs(Place(t) - row)));
    }

    private static char Braille(bool[,] dots, int row, int column)
    {
        // Unicode numbers the dots 1-3 and 7 down the left column, 4-6 and 8 down the right.
        ReadOnlySpan<int> left = [0x01, 0x02, 0x04, 0x40], right = [0x08, 0x10, 0x20, 0x80];
        int bits = 0;
        for (int i = 0; i < 4; i++)
            bits |= (dots[4 * row + i, 2 * column] ? left[i] : 0) | (dots[4 * row + i, 2 * column + 1] ? right[i] : 0);
        return bits == 0 ? ' ' : (char)(0x2800 + bits);
    }
}
