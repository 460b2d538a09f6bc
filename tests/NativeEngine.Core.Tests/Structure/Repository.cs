namespace NativeEngine.Core.Tests.Structure;

/// <summary>The source tree these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NativeEngine.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no NativeEngine.sln above {AppContext.BaseDirectory}");
    }
}
