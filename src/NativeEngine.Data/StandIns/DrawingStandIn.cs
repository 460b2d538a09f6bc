using System.Globalization;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Quick, Draw!'s simplified CSV files: words drawn by a shaky hand.</summary>
internal static class DrawingStandIn
{
    private const int Rows = 300;

    private static readonly Dictionary<string, double[][]> Words = new()
    {
        ["alarm clock"] = [Arc(128, 140, 85), [128, 140, 128, 80], [128, 140, 170, 150], Arc(70, 50, 22), Arc(186, 50, 22)],
        ["envelope"] = [[10, 60, 245, 60, 245, 200, 10, 200, 10, 60], [10, 60, 128, 140, 245, 60]],
        ["hot air balloon"] = [Arc(128, 90, 75), [90, 155, 110, 210], [166, 155, 146, 210], [105, 210, 151, 210, 151, 245, 105, 245, 105, 210]],
        ["house"] = [[40, 120, 40, 240, 216, 240, 216, 120], [20, 130, 128, 20, 236, 130], [110, 240, 110, 180, 146, 180, 146, 240]],
        ["ladder"] = [[90, 10, 90, 245], [166, 10, 166, 245], [90, 50, 166, 50], [90, 100, 166, 100], [90, 150, 166, 150], [90, 200, 166, 200]],
        ["light bulb"] = [Arc(128, 100, 70), [95, 160, 95, 220, 161, 220, 161, 160], [95, 190, 161, 190]],
        ["see saw"] = [[10, 180, 245, 110], [128, 145, 90, 230, 166, 230, 128, 145]],
        ["sun"] = [Arc(128, 128, 50), [128, 60, 128, 20], [128, 196, 128, 236], [60, 128, 20, 128], [196, 128, 236, 128]],
        ["The Eiffel Tower"] = [[128, 10, 60, 245], [128, 10, 196, 245], [100, 110, 156, 110], [82, 170, 174, 170]],
        ["zigzag"] = [[10, 180, 45, 80, 80, 180, 115, 80, 150, 180, 185, 80, 220, 180, 245, 80]],
    };

    public static void Write(string folder, ulong seed)
    {
        folder = Path.Combine(folder, "train_simplified");
        Directory.CreateDirectory(folder);
        int word = 0;
        foreach (var (name, strokes) in Words)
        {
            var text = new StringBuilder("countrycode,drawing,key_id,recognized,timestamp,word\n");
            for (int i = 0; i < Rows; i++)
            {
                var draws = new Draws(seed, RandomStream.Synthetic, word, i);
                text.Append(CultureInfo.InvariantCulture,
                    $"DE,\"{Draw(strokes, draws)}\",{5_000_000_000_000_000L + (word * 10_000L) + i},{(draws.Chance(0.95) ? "True" : "False")},2017-03-01 "
                        + $"12:00:00.0,{name}\n");
            }

            File.WriteAllText(Path.Combine(folder, $"{name}.csv"), text.ToString());
            word++;
        }
    }

    private static string Draw(double[][] strokes, Draws draws)
    {
        double turn = 0.15 * draws.Normal(), wide = draws.Uniform(0.7, 1.1), high = draws.Uniform(0.7, 1.1), cos = Math.Cos(turn), sin = Math.Sin(turn);
        var moved = strokes.Where((_, i) => i == 0 || !draws.Chance(0.05)).Select(s => s.Chunk(2).Select(p =>
        {
            double x = (p[0] - 128) * wide, y = (p[1] - 128) * high;
            return ((x * cos) - (y * sin) + (4 * draws.Normal()), (x * sin) + (y * cos) + (4 * draws.Normal()));
        }).ToArray()).ToArray();
        double left = moved.Min(s => s.Min(p => p.Item1)), top = moved.Min(s => s.Min(p => p.Item2));
        double side = Math.Max(moved.Max(s => s.Max(p => p.Item1)) - left, moved.Max(s => s.Max(p => p.Item2)) - top);
        string List(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(v => (int)Math.Clamp(255 * v / side, 0, 255)))}]";
        return $"[{string.Join(", ", moved.Select(s => $"[{List(s.Select(p => p.Item1 - left))}, {List(s.Select(p => p.Item2 - top))}]"))}]";
    }

    private static double[] Arc(double x, double y, double radius) =>
        [.. Enumerable.Range(0, 15).SelectMany(i => new[] { x + (radius * Math.Cos(i * Math.PI / 7)), y + (radius * Math.Sin(i * Math.PI / 7)) })];
}
