using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>A PTX file of a user.</summary>
/// <param name="Path">Its name.</param>
/// <param name="Text">Its text.</param>
/// <param name="Module">What it says.</param>
internal sealed record PtxFile(string Path, string Text, PtxModule Module)
{
    private const long MostBytes = 64 << 20;

    /// <exception cref="UsageException">The file cannot be read.</exception>
    /// <exception cref="PtxException">It is not PTX that is known.</exception>
    public static PtxFile Read(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new UsageException($"{path}: no such file");
        string text = SmallFile.ReadText(path, MostBytes, "PTX file");
        return new(path, text, PtxModule.Parse(text, path));
    }

    /// <summary>A kernel by name, or the only one.</summary>
    /// <exception cref="UsageException">There is none of that name, or more than one without a name.</exception>
    public PtxEntry Entry(string? name)
    {
        string has = Module.Entries.Count == 0 ? "it has none" : $"it has {string.Join(", ", Module.Entries.Select(e => e.Name))}";
        if (name is null)
            return Module.Entries.Count == 1 ? Module.Entries[0] : throw new UsageException($"{Path}: which kernel? {has}");
        return Module.Entries.FirstOrDefault(e => e.Name == name)
            ?? throw new UsageException($"{Path}: no kernel '{name}'{NearestName.Suggest(name, Module.Entries.Select(e => e.Name))}; {has}");
    }

    /// <summary>The kernel of <c>FILE.ptx ENTRY</c>; null when it is left out.</summary>
    /// <exception cref="UsageException">More follows.</exception>
    public static string? EntryName(string[] names) =>
        names.Length <= 2 ? names.ElementAtOrDefault(1) : throw new UsageException($"{names[2]}: expected FILE.ptx ENTRY and options, one kernel at a time");

    /// <summary>True for what can only be the name of a PTX file, as opposed to one of the engine's kernels.</summary>
    public static bool IsName(string name) => name.EndsWith(".ptx", StringComparison.OrdinalIgnoreCase) || name.Contains('/') || name.Contains('\\');
}
