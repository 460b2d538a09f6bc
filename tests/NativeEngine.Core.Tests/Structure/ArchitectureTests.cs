using System.Text.RegularExpressions;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>The plan of the house names what is there.</summary>
public sealed partial class ArchitectureTests
{
    [Test]
    public void Every_path_in_the_plan_exists()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        string[] paths = [.. PathInText().Matches(text).Select(m => m.Groups[1].Value).Distinct()];
        Assert.That(paths, Has.Length.GreaterThan(15));
        Assert.That(paths.Where(p => !Path.Exists(Path.Combine(Repository.Root, p))), Is.Empty, "docs/architecture.md names them");
    }

    [GeneratedRegex("`((src|tests|kernels|docs)/[^`]*)`")]
    private static partial Regex PathInText();
}
