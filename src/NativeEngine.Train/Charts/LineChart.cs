using System.Globalization;
using System.Net;
using System.Text;

namespace NativeEngine.Train;

/// <summary>A line chart as SVG or as text, with round numbers at its axes.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="XLabel">Below the horizontal axis.</param>
/// <param name="YLabel">Above the vertical axis.</param>
public sealed partial record LineChart(string Title, string XLabel, string YLabel)
{
    private const int Width = 800, Height = 450, Left = 80, Right = 24, Top = 56, Bottom = 56;

    /// <summary>A line of more points is thinned to these: no screen shows more.</summary>
    private const int MostPoints = 2000;

    // Blue, vermilion, green, purple: told apart by colour-blind readers, too (Okabe and Ito 2008).
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

    /// <summary>The lines.</summary>
    public IReadOnlyList<ChartSeries> Series { get; init; } = [];

    /// <summary>Vertical marks with a text.</summary>
    public IReadOnlyList<(double X, string Text)> Marks { get; init; } = [];

    /// <summary>The horizontal axis is logarithmic; values there must be positive.</summary>
    public bool LogX { get; init; }

    /// <summary>Writes <see cref="ToSvg"/> to a file.</summary>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public void WriteSvg(string path) => RunLog.WriteText(path, ToSvg());

    /// <summary>The chart as an SVG document.</summary>
    public string ToSvg()
    {
        ChartAxis x = XAxis(), y = YAxis();
        double X(double v) => Left + x.Place(v) * (Width - Left - Right);
        double Y(double v) => Height - Bottom - y.Place(v) * (Height - Top - Bottom);
        var svg = new StringBuilder();
        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
        void Text(double px, double py, string anchor, string text) =>
            Line($"<text x=\"{px:0.#}\" y=\"{py:0.#}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>");
        Line($"<text x=\"{Left}\" y=\"24\" font-size=\"16\">{WebUtility.HtmlEncode(Title)}</text>");
        foreach (double tick in x.Ticks)
        {
            Line($"<line x1=\"{X(tick):0.#}\" y1=\"{Top}\" x2=\"{X(tick):0.#}\" y2=\"{Height - Bottom}\" stroke=\"#e5e5e5\"/>");
            Text(X(tick), Height - Bottom + 18, "middle", x.Label(tick));
        }

        foreach (double tick in y.Ticks)
        {
            Line($"<line x1=\"{Left}\" y1=\"{Y(tick):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(tick):0.#}\" stroke=\"#e5e5e5\"/>");
            Text(Left - 8, Y(tick) + 4, "end", y.Label(tick));
        }

        Text((Left + Width - Right) / 2.0, Height - 14, "middle", XLabel);
        Text(Left - 8, Top - 10, "end", YLabel);
        for (int i = 0; i < Series.Count; i++)
        {
            var s = Series[i];
            string colour = s.Faint ? "#b8b8b8" : Colours[i % Colours.Length];
            int skip = (s.X.Count + MostPoints - 1) / MostPoints;
            var points = Enumerable.Range(0, s.X.Count).Where(k => k % Math.Max(1, skip) == 0 || k == s.X.Count - 1).Where(k => double.IsFinite(s.Y[k]))
                .Select(k => string.Create(CultureInfo.InvariantCulture, $"{X(s.X[k]):0.#},{Y(s.Y[k]):0.#}"));
            Line($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{(s.Faint ? 1 : 2)}\" points=\"{string.Join(' ', points)}\"/>");
            if (Series.Count > 1)
            {
                Line($"<line x1=\"{Width - 170}\" y1=\"{20 + 16 * i}\" x2=\"{Width - 146}\" y2=\"{20 + 16 * i}\" stroke=\"{colour}\" stroke-width=\"2\"/>");
                Text(Width - 140, 24 + 16 * i, "start", s.Name);
            }
        }

        foreach (var (at, text) in Marks)
        {
            Line($"<line x1=\"{X(at):0.#}\" y1=\"{Top}\" x2=\"{X(at):0.#}\" y2=\"{Height - Bottom}\" stroke=\"#d55e00\" stroke-dasharray=\"5 4\"/>");
            Text(X(at) + 6, Top + 14, "start", text);
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private ChartAxis XAxis() => ChartAxis.Of(Series.SelectMany(s => s.X), LogX);

    private ChartAxis YAxis() => ChartAxis.Of(Series.SelectMany(s => s.Y), log: false);
}
