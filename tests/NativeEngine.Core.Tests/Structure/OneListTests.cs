using System.Text.RegularExpressions;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>What is added by one file is asked, not named: no source compares with the name of a data set format or of a metric.</summary>
public sealed partial class OneListTests
{
    [Test]
    public void Only_a_format_knows_its_name() => Assert.That(Naming(FormatName(), "Formats"), Is.Empty,
        "ask the DatasetFormat (src/NativeEngine.Data/Formats/DatasetFormat.cs) instead");

    [Test]
    public void Only_a_metric_knows_its_name() => Assert.That(Naming(MetricName(), "Metrics"), Is.Empty,
        "ask the Metric (src/NativeEngine.Train/Metrics/Metric.cs) instead");

    private static IEnumerable<string> Naming(Regex name, string home)
    {
        string src = Path.Combine(Repository.Root, "src");
        return Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories)
            .Where(f => f.Split(Path.DirectorySeparatorChar) is var parts && !parts.Contains("obj") && !parts.Contains(home) && !parts.Contains("StandIns")
                && parts[^1] != "OtherNames.cs")
            .SelectMany(f => File.ReadLines(f).Select((line, i) => (Place: $"{Path.GetRelativePath(src, f)}:{i + 1}", Line: line)))
            .Where(l => name.IsMatch(l.Line) && !l.Line.TrimStart().StartsWith("//", StringComparison.Ordinal)).Select(l => l.Place);
    }

    [GeneratedRegex("""("folder"|"idx"|"(imagefolder|cifar\d*)"|(==|is|!=) "mnist")(?!\])""")]
    private static partial Regex FormatName();

    [GeneratedRegex("\"(top1|top5|recall1|eval_top1|train_top1)\"")]
    private static partial Regex MetricName();
}
