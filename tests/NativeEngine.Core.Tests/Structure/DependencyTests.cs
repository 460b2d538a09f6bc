using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>References between the projects go one way, and pointers stay where devices are.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Cpu"] = ["Core"],
        ["Cuda"] = ["Core"],
        ["SoftGpu"] = ["Core", "Cuda", "Cpu"],
        ["Nn"] = ["Core"],
        ["Onnx"] = ["Core", "Nn"],
        ["Data"] = ["Core", "Nn"],
        ["Train"] = ["Core", "Nn", "Data"],
        ["Verify"] = ["Core", "Nn", "Data"],
        ["NativeEngine"] = ["Core", "Cpu", "Cuda", "SoftGpu", "Nn", "Onnx", "Data", "Train", "Verify"],
        ["Cli"] = ["NativeEngine"],
    };

    private static readonly string[] MayUsePointers = ["Cpu", "Cuda", "SoftGpu"];

    private static IEnumerable<string> Projects => Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
        .Where(d => Directory.GetFiles(d, "*.csproj").Length > 0).Select(d => Path.GetFileName(d)!.Replace("NativeEngine.", ""));

    [TestCaseSource(nameof(Projects))]
    public void References_go_one_way(string project)
    {
        Assert.That(Allowed, Does.ContainKey(project), "a new project needs its place in the table of allowed references");
        var references = XDocument.Load(ProjectFile(project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')).Replace("NativeEngine.", ""));
        Assert.That(references.Except(Allowed[project]), Is.Empty);
    }

    [TestCaseSource(nameof(Projects))]
    public void Pointers_stay_in_the_backends(string project)
    {
        if (MayUsePointers.Contains(project))
            return;
        Assert.That(XDocument.Load(ProjectFile(project)).Descendants("AllowUnsafeBlocks"), Is.Empty);
        Assert.That(Sources(project).Where(f => Unsafe().IsMatch(File.ReadAllText(f))).Select(Path.GetFileName), Is.Empty);
    }

    [TestCaseSource(nameof(Projects))]
    public void Source_files_stay_readable_in_one_sitting(string project) =>
        Assert.That(Sources(project).Where(f => File.ReadLines(f).Count() > 450).Select(f => $"{Path.GetFileName(f)} has {File.ReadLines(f).Count()} lines"),
            Is.Empty);

    private static string ProjectFile(string project)
    {
        string name = project == "NativeEngine" ? project : $"NativeEngine.{project}";
        return Path.Combine(Repository.Root, "src", name, $"{name}.csproj");
    }

    private static IEnumerable<string> Sources(string project) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(ProjectFile(project))!, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Replace('\\', '/').Contains("/obj/") && !f.Replace('\\', '/').Contains("/bin/"));

    [GeneratedRegex(@"^\s*[^/\s].*\bunsafe\b(?! block)\s+(struct|class|void|delegate|static|partial|\{)|^\s*unsafe\b", RegexOptions.Multiline)]
    private static partial Regex Unsafe();
}
