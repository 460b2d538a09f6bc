using System.Xml.Linq;

namespace NativeEngine.Train.Tests;

internal sealed class LineChartTests
{
    [Test]
    public void The_svg_is_well_formed_and_its_line_reaches_the_corners()
    {
        var chart = new LineChart("a < b & \"c\"", "x", "y") { Series = [new("one", [0, 5, 10], [0, 50, 100])], Marks = [(5, "here")] };
        var svg = XDocument.Parse(chart.ToSvg());
        string points = svg.Descendants().Single(e => e.Name.LocalName == "polyline").Attribute("points")!.Value;
        Assert.That(points, Is.EqualTo("80,394 428,225 776,56"));
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        Assert.That(texts, Does.Contain("a < b & \"c\"").And.Contain("100").And.Contain("here"));
    }

    [Test]
    public void Logarithmic_axes_mark_powers_of_ten()
    {
        var chart = new LineChart("", "x", "y") { LogX = true, Series = [new("one", [1e-4, 1e-1], [1, 2]), new("two", [1e-3], [double.NaN])] };
        var texts = XDocument.Parse(chart.ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        Assert.That(texts, Does.Contain("1e-4").And.Contain("1e-3").And.Contain("1e-2").And.Contain("1e-1"));
    }

    [Test]
    public void Text_draws_the_line_from_corner_to_corner()
    {
        var chart = new LineChart("t", "x", "y") { Series = [new("one", [0, 10], [0, 10])] };
        var lines = chart.ToText(columns: 14, rows: 5, ascii: true);
        Assert.That(lines, Is.EqualTo(new[] { "t (y over x)", " 10|         *", "  8|       **", "  4|     **", "  2|   **", "  0|***", "   +----------",
            "    0   4  8" }));
        Assert.That(chart.ToText(columns: 14, rows: 2).Skip(1).Take(2), Is.EqualTo(new[] { " 10│     ⢀⣀⠤⠔⠊", "  0│⣀⡠⠤⠒⠊⠁" }));
    }

    [Test]
    public void Nothing_to_draw_is_an_empty_chart()
    {
        Assert.That(() => XDocument.Parse(new LineChart("", "", "").ToSvg()), Throws.Nothing);
        Assert.That(new LineChart("", "", "") { Series = [new("flat", [0, 1], [3, 3])] }.ToText(ascii: true).Count(l => l.Contains('*')), Is.EqualTo(1));
    }
}
