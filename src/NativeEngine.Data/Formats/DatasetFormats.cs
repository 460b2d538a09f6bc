using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The forms in which data sets are read, in the order in which they are tried; those of one's own are added by <see cref="With"/>.</summary>
/// <param name="All">The formats; the first that recognises a path is taken.</param>
public sealed record DatasetFormats(IReadOnlyList<DatasetFormat> All)
{
    /// <summary>The formats of this assembly.</summary>
    public static DatasetFormats Default { get; } =
        new([new MnistFormat(), new IdxFormat(), new Cifar10Format(), new Cifar100Format(), new QuickDrawFormat(), new CsvFormat(), new FolderFormat()]);

    /// <summary>Their names.</summary>
    public IEnumerable<string> Names => All.Select(f => f.Name);

    /// <summary>The format of plain picture files, which others' weights are used with.</summary>
    public DatasetFormat Pictures => All.Last(f => f.ReadsPictures);

    /// <summary>The list for help: <c>mnist | idx | folder (pictures, one folder per class)</c>.</summary>
    public string Help => string.Join(" | ", All.Select(f => f.Remark.Length > 0 ? $"{f.Name} ({f.Remark})" : f.Name));

    /// <summary>These and one more, which is asked first and takes the place of one of its name.</summary>
    public DatasetFormats With(DatasetFormat format) => new([format, .. All.Where(f => f.Name != format.Name)]);

    /// <summary>The format of a name.</summary>
    /// <exception cref="UsageException">Unknown; names the nearest.</exception>
    public DatasetFormat Find(string name) => All.FirstOrDefault(f => f.Name == name)
        ?? throw new UsageException($"unknown dataset '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", Names)}");

    /// <summary>The format of what lies at a path; null when none knows it.</summary>
    public DatasetFormat? Recognise(string path) => All.FirstOrDefault(f => f.Recognises(path));

    /// <summary>The images of a format by name, see <see cref="DatasetFormat.Layout"/>.</summary>
    public static FolderLayout? Layout(DatasetFormat format, DataRequest request) =>
        format.ReadsPictures ? format.Layout(request with { Path = format.Locate(request.Path) }) : null;

    /// <summary>Reads data in a format; data in another one are refused with its name.</summary>
    /// <exception cref="UsageException">The path holds another format.</exception>
    public (Dataset Train, Dataset? Eval) Load(DatasetFormat format, DataRequest request)
    {
        string path = format.Locate(request.Path);
        if (!format.Recognises(path) && Recognise(path) is { } other)
            throw new UsageException($"{path} holds {other.Holds}, but dataset is {format.Name}; use --dataset {other.Name} for {other.Purpose}");
        return format.Load(request with { Path = path });
    }
}
