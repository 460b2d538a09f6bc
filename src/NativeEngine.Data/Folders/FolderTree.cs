using System.IO.Enumeration;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A folder and everything below it, by names alone. Links are followed. Folders and files that programs leave behind are skipped: hidden ones,
/// <c>__MACOSX</c>, <c>@eaDir</c>, <c>Thumbs.db</c> and their like, and the folders of training runs.
/// </summary>
/// <param name="Name">The folder's own name.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Images">Names of the image files in it, in order.</param>
/// <param name="Others">Names of the other files in it.</param>
/// <param name="Folders">The folders in it, in order.</param>
internal sealed record FolderTree(string Name, string Path, IReadOnlyList<string> Images, IReadOnlyList<string> Others, IReadOnlyList<FolderTree> Folders)
{
    private static readonly HashSet<string> LeftBehind = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "@eaDir", "#recycle", "@Recycle", "lost+found", "$RECYCLE.BIN", "System Volume Information", "__pycache__", "Thumbs.db", "ehthumbs.db",
            "desktop.ini",
    };

    private static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = false };

    /// <summary>Images in it and below it.</summary>
    public int Count { get; } = Images.Count + Folders.Sum(f => f.Count);

    /// <summary>The folders in it that hold images.</summary>
    public IEnumerable<FolderTree> Filled => Folders.Where(f => f.Count > 0);

    /// <summary>Reads a folder.</summary>
    /// <exception cref="DataException">A link that leads nowhere or in a circle, or a folder that cannot be read: names them.</exception>
    public static FolderTree Read(string path)
    {
        var problems = new List<string>();
        var tree = Read(path, [RealPath(path)], problems, out _);
        return problems.Count == 0 ? tree
            : throw new DataException($"{path}: {string.Join("; ", problems.Take(5))}{(problems.Count > 5 ? $"; and {problems.Count - 5} more" : "")}");
    }

    /// <summary>True when there is a folder in it, or a link that should lead to one.</summary>
    public static bool HasFolders(string path)
    {
        try
        {
            return Entries(path).Any(e => e.IsFolder || (e.IsLink && LeadsNowhere(e.Path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(FileProblem.Listing(path, e), e);
        }
    }

    /// <summary>
    /// The images in it and below it by their paths inside it, with forward slashes, in torchvision's order: folder by folder, by the folders' paths.
    /// </summary>
    public IEnumerable<string> Files() =>
        Below("").OrderBy(f => f.Path, CodePointOrder.Instance).SelectMany(f => f.Tree.Images.Select(i => f.Path.Length == 0 ? i : $"{f.Path}/{i}"));

    /// <summary>The other files in it and below it.</summary>
    public IEnumerable<string> AllOthers() => Below("").SelectMany(f => f.Tree.Others);

    private IEnumerable<(string Path, FolderTree Tree)> Below(string path) =>
        Folders.SelectMany(f => f.Below(path.Length == 0 ? f.Name : $"{path}/{f.Name}")).Prepend((path, this));

    private static FolderTree Read(string path, List<string> above, List<string> problems, out bool holdsRuns)
    {
        bool runs = false;
        var (images, others, folders) = (new List<string>(), new List<string>(), new List<FolderTree>());
        try
        {
            foreach (var entry in Entries(path))
            {
                string name = System.IO.Path.GetFileName(entry.Path);
                if (entry.IsFolder)
                    Enter(entry, name);
                else if (entry.IsLink && !ImageReader.HasImageName(name) && LeadsNowhere(entry.Path)) // an image is named when it is read
                    problems.Add($"{entry.Path} is a link to {new FileInfo(entry.Path).LinkTarget}, which does not exist or is a link in a circle");
                else
                    (ImageReader.HasImageName(name) ? images : others).Add(name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(FileProblem.Listing(path, e));
        }

        images.Sort(CodePointOrder.Instance);
        folders.Sort((a, b) => CodePointOrder.Instance.Compare(a.Name, b.Name));
        holdsRuns = (runs && images.Count + others.Count + folders.Count == 0)
            || (others.Contains("log.txt") && (others.Contains("args.yaml") || folders.Exists(f => f.Name == "checkpoints")));
        return new FolderTree(System.IO.Path.GetFileName(path), path, images, others, folders);

        void Enter((string Path, bool IsFolder, bool IsLink) entry, string name)
        {
            string real = entry.IsLink ? RealPath(entry.Path) : System.IO.Path.Join(above[^1], name);
            bool ofRuns = false;
            if (entry.IsLink && above.Exists(a => a == real
                    || a.StartsWith(System.IO.Path.TrimEndingDirectorySeparator(real) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                problems.Add($"{entry.Path} is a link that leads back to {real}, in a circle");
            else if (Read(entry.Path, [.. above, real], problems, out ofRuns) is var folder && !ofRuns)
                folders.Add(folder);
            runs |= ofRuns;
        }
    }

    private static FileSystemEnumerable<(string Path, bool IsFolder, bool IsLink)> Entries(string path) =>
        new(path, (ref e) => (e.ToSpecifiedFullPath(), e.IsDirectory, e.Attributes.HasFlag(FileAttributes.ReparsePoint)), Visible)
        {
            ShouldIncludePredicate = (ref e) => !LeftBehind.Contains(e.FileName.ToString()),
        };

    // File.Exists is true for such a link.
    private static bool LeadsNowhere(string link)
    {
        try
        {
            return new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };
        }
        catch (IOException)
        {
            return true; // a circle
        }
    }

    // Links in the middle of a path are resolved, too, so that two ways to one folder give one text.
    private static string RealPath(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (System.IO.Path.GetDirectoryName(full) is not { } parent)
            return full;
        string real = System.IO.Path.Join(RealPath(parent), System.IO.Path.GetFileName(full));
        return new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : real;
    }
}
