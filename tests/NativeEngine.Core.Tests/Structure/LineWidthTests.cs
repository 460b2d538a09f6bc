namespace NativeEngine.Core.Tests.Structure;

/// <summary>Lines of C# sources end within 160 columns.</summary>
public sealed class LineWidthTests
{
    private const int Columns = 160;

    [Test]
    public void No_line_of_src_is_wider()
    {
        string src = Path.Combine(Repository.Root, "src");
        var wide = Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories).Where(f => !f.Split(Path.DirectorySeparatorChar).Contains("obj"))
            .SelectMany(f => File.ReadLines(f).Select((line, i) => (Place: $"{Path.GetRelativePath(src, f)}:{i + 1}", Line: line)))
            .Where(l => l.Line.Length > Columns);
        Assert.That(wide.Select(l => l.Place), Is.Empty);
    }
}
