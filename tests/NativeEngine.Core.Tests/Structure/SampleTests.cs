using System.Text.RegularExpressions;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>C# in the documentation is code of the samples, which are built and run.</summary>
public sealed partial class SampleTests
{
    private static IEnumerable<string> Pages => Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "README.md", SearchOption.AllDirectories))
        .Append(Path.Combine(Repository.Root, "README.md")).Where(p => CodeBlock().IsMatch(File.ReadAllText(p)));

    [TestCaseSource(nameof(Pages))]
    public void Code_on_a_page_is_code_of_a_sample(string page)
    {
        string[] samples = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "Program.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        Assert.That(samples, Is.Not.Empty);
        foreach (Match block in CodeBlock().Matches(File.ReadAllText(page)))
        {
            // An ellipsis alone on a line stands for code that is left out.
            foreach (string part in block.Groups[1].Value.Split("\n…\n"))
                Assert.That(samples.Any(s => s.Contains(part.Trim('\n'), StringComparison.Ordinal)), Is.True, $"no sample holds\n{part}");
        }
    }

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
