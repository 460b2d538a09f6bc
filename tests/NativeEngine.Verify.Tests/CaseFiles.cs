namespace NativeEngine.Verify.Tests;

/// <summary>The committed reference cases.</summary>
internal static class CaseFiles
{
    public static string Folder { get; } = Find();

    public static IReadOnlyList<string> All { get; } =
        [.. Directory.GetFiles(Folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string cases = Path.Combine(folder.FullName, "tests", "cases");
            if (Directory.Exists(cases))
                return cases;
        }

        throw new DirectoryNotFoundException($"no tests/cases above {AppContext.BaseDirectory}");
    }
}
