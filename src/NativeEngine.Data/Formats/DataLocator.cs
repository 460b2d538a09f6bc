using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Where data is found when no folder is named.</summary>
public static class DataLocator
{
    /// <summary>Environment variable that names the data folder.</summary>
    public const string Variable = "NENGINE_DATA";

    private static readonly string Default = Path.Combine("data", "mnist");

    /// <summary>
    /// The folder to read: <paramref name="given"/> if not empty, else <c>NENGINE_DATA</c>, else <c>data/mnist</c> in the
    /// current folder or a folder above it, else the same seen from the program's own folder (it lies beside the solution).
    /// </summary>
    /// <exception cref="DataException">Nothing was found; lists where it was looked for.</exception>
    public static string Find(string? given = null)
    {
        if (!string.IsNullOrEmpty(given))
            return Exists(given) ? given : throw new DataException(DataKind.Explain(given));
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Exists(named) ? named : throw new DataException($"{Variable}: {DataKind.Explain(named)}");
        foreach (string start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, Default);
                if (Directory.Exists(candidate) && IdxFolder.Contains(candidate))
                    return candidate;
            }
        }

        throw new DataException($"no data: {Default} was not found in {Environment.CurrentDirectory} or above it, nor above {AppContext.BaseDirectory}; "
            + $"name a folder with --data DIR or {Variable}");
    }

    private static bool Exists(string path) => Directory.Exists(path) || IdxFolder.Contains(path);
}
