using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A public data set that can be downloaded.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Help">What it is, in a line.</param>
/// <param name="Url">Where its files are.</param>
/// <param name="Files">Its files; archives are read in place.</param>
public sealed record RemoteSet(string Name, string Help, string Url, IReadOnlyList<RemoteFile> Files)
{
    /// <summary>All.</summary>
    public static IReadOnlyList<RemoteSet> All { get; } =
    [
        new("cifar-10", "60,000 pictures of 32x32 in 10 classes (Krizhevsky 2009), 163 MB", "https://www.cs.toronto.edu/~kriz/",
            [new("cifar-10-python.tar.gz", 170_498_071, "c58f30108f718f92721af3b95e74349a")]),
        new("cifar-100", "60,000 pictures of 32x32 in 100 classes (Krizhevsky 2009), 161 MB", "https://www.cs.toronto.edu/~kriz/",
            [new("cifar-100-python.tar.gz", 169_001_437, "eb9058c3a382ffc7106e4002c42a8d85")]),
        new("mnist", "70,000 digits of 28x28 (LeCun et al. 1998), 11 MB", "https://ossci-datasets.s3.amazonaws.com/mnist/",
        [
            new("train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            new("train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            new("t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            new("t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ]),
        new("fashion-mnist", "70,000 pieces of clothing of 28x28 (Xiao et al. 2017), 29 MB",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        [
            new("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            new("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            new("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            new("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ]),
    ];

    /// <summary>The folder in which downloaded sets are kept: in XDG_CACHE_HOME, or where the system keeps caches.</summary>
    public static string CacheFolder
    {
        get
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
            return Path.Combine(cache, "nengine", "data");
        }
    }

    /// <summary>The set of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static RemoteSet Find(string name) => All.FirstOrDefault(s => NearestName.Plain(s.Name) == NearestName.Plain(name))
        ?? throw new UsageException($"unknown data set '{name}'{NearestName.Suggest(name, All.Select(s => s.Name))}; those that are downloaded are "
            + $"{string.Join(", ", All.Select(s => s.Name))}");
}
