using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// What a folder of images holds, found by names alone, no image is decoded: a folder for each class, or parts (<c>train</c> and <c>val</c>, <c>valid</c>,
/// <c>validation</c>, else <c>test</c>) that hold them. A folder called like a part is a class where those beside it are classes.
/// </summary>
public sealed class FolderLayout
{
    private static readonly string[] TrainNames = ["train", "training"], ValNames = ["val", "valid", "validation"], TestNames = ["test", "testing"];

    private FolderLayout(string path, FolderPart? train, FolderPart? eval, bool hasParts, IReadOnlyList<string> notes) =>
        (Path, Train, Eval, HasParts, Notes) = (path, train, eval, hasParts, notes);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What is trained on: the part for it, or all where there are no parts; null where there is only a part for validation.</summary>
    public FolderPart? Train { get; }

    /// <summary>The part for validation, or null.</summary>
    public FolderPart? Eval { get; }

    /// <summary>False where the folder itself holds the classes.</summary>
    public bool HasParts { get; }

    /// <summary>What was found and is not used, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Looks through a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="allowEmpty">Keeps classes without images.</param>
    /// <param name="known">Names of a model's classes: a single folder of such a name is a class, whatever is in it.</param>
    /// <exception cref="DataException">No classes, a class without images, parts that contradict each other, folders one level too deep, links that lead
    /// nowhere, or no permission: names them.</exception>
    public static FolderLayout Find(string path, bool allowEmpty = false, IReadOnlyList<string>? known = null)
    {
        if (!Directory.Exists(path))
            throw new DataException(File.Exists(path) ? $"{path} is a file, expected a folder of images" : $"{path}: no such folder");
        var tree = FolderTree.Read(path);
        var notes = new List<string>();
        string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        FolderPart Part(FolderTree part) => new(part == tree ? name : $"{name} {part.Name}", part.Path, Classes(part, allowEmpty, known ?? [], notes));
        if (!HoldsParts(tree, notes))
            return new FolderLayout(path, Part(tree), null, false, notes);
        var train = One(tree, TrainNames);
        var (val, test) = (One(tree, ValNames), One(tree, TestNames));
        if (train is not null && test is { Images.Count: > 0 } && !test.Filled.Any())
        {
            notes.Add($"{test.Path} holds images without folders of classes: left out");
            test = null;
        }

        if (val is not null && test is not null)
            notes.Add($"{test.Path} is not used: {val.Name} is the part for validation");
        return new FolderLayout(path, train is null ? null : Part(train), (val ?? test) is { } eval ? Part(eval) : null, true, notes);
    }

    /// <summary>A layout that a list says, not the folders' names.</summary>
    public static FolderLayout Of(string path, FolderPart? train, FolderPart? eval, IReadOnlyList<string> notes) =>
        new(path, train, eval, eval is not null, notes);

    /// <summary>The same with classes numbered or named by a map.</summary>
    /// <exception cref="DataException">A folder is not in it.</exception>
    public FolderLayout Renamed(ClassMap map) =>
        new(Path, Train is null ? null : map.Apply(Train), Eval is null ? null : map.Apply(Eval), HasParts, Notes);

    /// <summary>Several folders as one: parts of one kind are joined, and so are classes of one name.</summary>
    /// <exception cref="DataException">A folder behind the first holds classes that the first lacks.</exception>
    public static FolderLayout Join(IReadOnlyList<FolderLayout> layouts)
    {
        var first = layouts[0];
        FolderPart? All(Func<FolderLayout, FolderPart?> part)
        {
            var parts = layouts.Select(part).OfType<FolderPart>().ToList();
            if (parts.Count == 0)
                return null;
            // Images of the first keep their keys; those of the others begin with their folder.
            var groups = parts.SelectMany((p, i) => p.Classes.Select(c => i == 0 ? c : c with { KeyName = $"{p.Path}/{c.KeyName ?? c.Name}" }));
            return parts[0] with
            {
                Name = string.Join("+", parts.Select(p => p.Name).Distinct()),
                Classes = [.. groups.OrderBy(c => c.Name, CodePointOrder.Instance)],
            };
        }

        return new FolderLayout(string.Join(',', layouts.Select(l => l.Path)), All(l => l.Train), All(l => l.Eval), first.HasParts,
            [.. layouts.SelectMany(l => l.Notes)]);
    }

    private static bool IsCalled(FolderTree folder, string[] names) => names.Contains(folder.Name, StringComparer.OrdinalIgnoreCase);

    private static bool IsCalledPart(FolderTree folder) => IsCalled(folder, TrainNames) || IsCalled(folder, ValNames) || IsCalled(folder, TestNames);

    // Classes as a part holds them: folders with images, and none beside them.
    private static bool LooksLikePart(FolderTree folder) => folder.Images.Count == 0 && folder.Filled.Any();

    private static FolderTree? One(FolderTree tree, string[] names)
    {
        var found = tree.Folders.Where(f => IsCalled(f, names)).ToList();
        return found.Count < 2 ? found.FirstOrDefault()
            : throw new DataException($"{tree.Path} holds {string.Join(" and ", found.Select(f => f.Name))}, which mean the same; join or rename them");
    }

    private static bool HoldsParts(FolderTree tree, List<string> notes)
    {
        var called = tree.Folders.Where(IsCalledPart).ToList();
        var beside = tree.Filled.Where(f => !IsCalledPart(f)).ToList();
        if (called.Count == 0 || beside.Count == 0)
            return called.Count > 0;
        if (called.Any(f => IsCalled(f, TrainNames) && LooksLikePart(f)) && called.Any(f => !IsCalled(f, TrainNames) && LooksLikePart(f)))
        {
            notes.Add($"{NameList.Some([.. beside.Select(f => f.Name)])} beside the parts {string.Join(", ", called.Select(f => f.Name))}: left out");
            return true;
        }

        if (called.Any(f => !LooksLikePart(f)) || (beside.Count > 1 && beside.TrueForAll(LooksLikePart)))
            return false;
        var part = called[0];
        throw new DataException($"{part.Path} may be a part (it holds folders of images: {NameList.Some([.. part.Filled.Select(f => f.Name)], 3)}) or a "
            + $"class beside {NameList.Some([.. beside.Select(f => f.Name)], 3)}; "
            + $"name the part itself as data ({part.Path}), or put its images right into it");
    }

    private static List<ClassFolder> Classes(FolderTree part, bool allowEmpty, IReadOnlyList<string> known, List<string> notes)
    {
        const string Expected = "expected a folder for each class with image files in it";
        if (part.Count == 0 && (part.Folders.Count == 0 || allowEmpty))
            throw new DataException($"{part.Path}: no images, {Expected}");
        if (part.Folders.Count == 0)
            throw new DataException($"{part.Path} holds {part.Images.Count} images but no folders, {Expected}");
        RefuseDataSets(part, known);
        var empty = part.Folders.Where(f => f.Count == 0).Select(Emptiness).ToList();
        if (empty.Count > 0 && !allowEmpty)
            throw new DataException($"{part.Path}: {(empty.Count == 1 ? "a class has" : $"{empty.Count} classes have")} no images: "
                + $"{NameList.Some(empty, 5)}; remove what is no class, or keep classes without images with allow_empty");
        var others = part.Folders.SelectMany(f => f.AllOthers()).ToList();
        if (others.Count > 0)
        {
            var endings = others.CountBy(o => System.IO.Path.GetExtension(o).ToLowerInvariant()).OrderByDescending(e => e.Value)
                .ThenBy(e => e.Key, CodePointOrder.Instance);
            notes.Add($"{part.Path}: {others.Count} {(others.Count == 1 ? "file is" : "files are")} left out, not called like images "
                + $"({NameList.Some([.. endings.Select(e => $"{(e.Key.Length > 0 ? e.Key : "no ending")} {e.Value}")], 5)})");
        }

        if (part.Images.Count > 0)
            notes.Add($"{part.Path}: {part.Images.Count} {(part.Images.Count == 1 ? "image lies" : "images lie")} beside the folders of the classes and "
                + $"{(part.Images.Count == 1 ? "is" : "are")} left out");
        return [.. part.Folders.Select(f => new ClassFolder(f.Name, f.Path, [.. f.Files()]))];
    }

    private static string Emptiness(FolderTree folder)
    {
        var others = folder.AllOthers().ToList();
        string where = folder.Folders.Count > 0 && others.Count == 0 ? "only empty folders" : "an empty folder";
        var kinds = others.Select(o => System.IO.Path.GetExtension(o) is { Length: > 0 } e ? e : o).Distinct().Order(CodePointOrder.Instance);
        return others.Count == 0 ? $"{folder.Name} ({where})"
            : $"{folder.Name} ({others.Count} {(others.Count == 1 ? "file" : "files")}, none called like an image: "
                + $"{NameList.Some([.. kinds], 3)})";
    }

    /// <summary>Refuses folders that are whole data sets: a set unpacked one level too deep would become one class.</summary>
    private static void RefuseDataSets(FolderTree part, IReadOnlyList<string> known)
    {
        bool OfParts(FolderTree f) => f.Filled.Any(p => IsCalled(p, TrainNames)) && f.Filled.All(IsCalledPart);
        var filled = part.Filled.ToList();
        if (filled.Where(f => !known.Contains(f.Name) && f.Images.Count == 0 && OfParts(f)).ToList() is { Count: > 1 } several && several.Count == filled.Count)
            throw new DataException($"{part.Path}: {NameList.Some([.. several.Select(f => f.Name)], 5)} are data sets with parts of their own, not "
                + "classes; name one of them as data");
        if (filled is not [var only] || known.Contains(only.Name))
            return;
        var deep = only;
        while (LooksLikePart(deep) && deep.Filled.ToList() is [var next] && !IsCalledPart(next))
            deep = next;
        if (LooksLikePart(deep) && (deep.Filled.Count() > 1 || deep.Filled.Any(IsCalledPart)))
            throw new DataException($"{part.Path} holds one folder, {only.Name}, and the folders {NameList.Some([.. deep.Filled.Select(f => f.Name)], 5)} "
                + $"lie in {deep.Path}: one level too deep to be classes; name {deep.Path} as data");
    }
}
