using System.Text.RegularExpressions;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>Every project of src says on a page where to start reading, and what it names is there.</summary>
public sealed partial class GuideTests
{
    private const int MostLines = 35;

    private static IEnumerable<string> Projects => Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(d => Path.GetFileName(d));

    [TestCaseSource(nameof(Projects))]
    public void A_project_says_where_to_start(string project)
    {
        string folder = Path.Combine(Repository.Root, "src", project), guide = Path.Combine(folder, "README.md");
        Assert.That(guide, Does.Exist);
        string text = File.ReadAllText(guide);
        Assert.That(text.Split('\n'), Has.Length.LessThanOrEqualTo(MostLines), $"{guide} is a page to begin with, not a manual");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Where(f => !f.StartsWith("obj/", StringComparison.Ordinal)).ToList();
        var named = FileName().Matches(text).Select(m => m.Groups[1].Value).ToList();
        Assert.That(named, Is.Not.Empty);
        Assert.That(named.Where(n => !files.Exists(f => Fits(n).IsMatch(f))), Is.Empty, $"{guide} names files that are not there");
    }

    // `CpuBackend.<Family>.cs` and `SoftDriver.*.cs` stand for several; a name without its folder is any file of that name.
    private static Regex Fits(string name) => new($"(^|/){Regex.Replace(Regex.Escape(name), @"<[^>]*>|\\\*", "[^/]*")}$");

    [GeneratedRegex(@"`([\w./<>*]+\.(?:cs|proto))`")]
    private static partial Regex FileName();
}
