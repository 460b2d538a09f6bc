using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>The folder of one run; made once, never overwritten.</summary>
public sealed class RunFolder
{
    /// <summary>Below the output folder, all training runs lie in this one.</summary>
    public const string Kind = "train";

    /// <summary>Range tests of the learning rate lie in this one; they have no checkpoints.</summary>
    public const string RangeTestKind = "lr-find";

    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The settings, as configuration file.</summary>
    public string ArgsFile => Inside("args.yaml");

    /// <summary>Engine, machine and device.</summary>
    public string EnvironmentFile => Inside("env.json");

    /// <summary>Class names, one per line.</summary>
    public string ClassesFile => Inside("classes.txt");

    /// <summary>The training images that label noise gave another class.</summary>
    public string LabelNoiseFile => Inside("label_noise.csv");

    /// <summary>What a person reads.</summary>
    public string LogFile => Inside("log.txt");

    /// <summary>The images held out by a fraction, and the others, by name.</summary>
    public string SplitFile => SplitFileIn(Path);

    /// <summary>State of the run.</summary>
    public string StatusFile => Inside("status.json");

    /// <summary>One line per epoch.</summary>
    public string SummaryFile => Inside("summary.csv");

    /// <summary>One JSON object per report.</summary>
    public string MetricsFile => Inside("metrics.jsonl");

    /// <summary>What the device decided by itself, see <see cref="Core.IBackend.Decisions"/>: the algorithm of every convolution on the CPU.</summary>
    public string AlgorithmsFile => Inside("algorithms.txt");

    /// <summary>Locked while a process trains in the folder.</summary>
    public string LockFile => Inside(".lock");

    /// <summary>Folder of the checkpoints.</summary>
    public string CheckpointFolder => Inside("checkpoints");

    /// <summary>Makes a new folder <c>OUTPUT/KIND/NAME</c>; without a name it is date, time and model, made unique by a number.</summary>
    /// <exception cref="UsageException">A named folder exists already.</exception>
    /// <exception cref="OutputException">The output folder cannot be written.</exception>
    public static RunFolder Create(TrainOptions options, DateTime now, string kind = Kind)
    {
        string parent = System.IO.Path.Combine(options.Output, kind);
        string name = options.Name ?? $"{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{options.Model}";
        for (int attempt = 1; ; attempt++)
        {
            var folder = new RunFolder(System.IO.Path.Combine(parent, attempt == 1 ? name : $"{name}-{attempt}"));
            bool claimed = false;
            OutputException.Guard(folder.Path, () => claimed = folder.Claim(checkpoints: kind == Kind));
            if (claimed)
                return folder;
            if (options.Name is not null)
                throw new UsageException($"run folder {folder.Path} exists already; choose another name or continue it with resume");
        }
    }

    /// <summary>An existing run.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(System.IO.Path.TrimEndingDirectorySeparator(path));
        if (!System.IO.Path.Exists(path))
            throw new CheckpointException($"{path}: no such run, folder or file");
        return Directory.Exists(folder.CheckpointFolder) ? folder : throw new CheckpointException($"{path} is not a run folder: it has no checkpoints folder");
    }

    /// <summary>True when there is a file or folder of this name, or a run below <paramref name="output"/>.</summary>
    public static bool Exists(string run, string output) => System.IO.Path.Exists(run) || Directory.Exists(System.IO.Path.Combine(output, Kind, run));

    /// <summary>
    /// Finds a run to continue: a run folder, the name of one below <paramref name="output"/>, or for <c>auto</c> the one
    /// whose last checkpoint is the newest.
    /// </summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static RunFolder Find(string run, string output)
    {
        string parent = System.IO.Path.Combine(output, Kind);
        if (run is not ("auto" or ""))
        {
            if (!Exists(run, output))
            {
                string[] runs = Directory.Exists(parent) ? Directory.GetDirectories(parent) : [];
                throw new CheckpointException($"{run}: no such run, folder or file{NearestName.Suggest(run, runs.Select(r => System.IO.Path.GetFileName(r)))}; "
                    + $"runs are looked for in {parent}");
            }


            return Open(!Directory.Exists(run) && !File.Exists(run) ? System.IO.Path.Combine(parent, run) : run);
        }

        var newest = Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent)
                .Select(path => new RunFolder(path))
                .Where(r => CheckpointPair.Exists(r.CheckpointFolder, CheckpointPair.Last))
                .MaxBy(r => (CheckpointPair.Written(r.CheckpointFolder, CheckpointPair.Last), r.Path))
            : null;
        return newest ?? throw new CheckpointException($"nothing to continue: {parent} has no run with a checkpoint");
    }

    /// <summary>
    /// The weights that a path names: a file, a run folder or the name of a run (its best checkpoint, else its last),
    /// or <c>auto</c> for the newest run.
    /// </summary>
    /// <exception cref="CheckpointException">There are none.</exception>
    public static string FindWeights(string path, string output)
    {
        if (File.Exists(path))
            return path;
        var run = Find(path, output);
        foreach (string stem in new[] { CheckpointPair.Best, CheckpointPair.Last })
        {
            string weights = CheckpointPair.WeightsFile(run.CheckpointFolder, stem);
            if (File.Exists(weights))
                return weights;
        }

        throw new CheckpointException($"{run.Path} has no weights in {run.CheckpointFolder}");
    }

    internal static string SplitFileIn(string run) => System.IO.Path.Combine(run, "split.json");

    private string Inside(string name) => System.IO.Path.Combine(Path, name);

    // The log is made with CreateNew, so of two runs that start in the same second only one gets the folder.
    private bool Claim(bool checkpoints)
    {
        if (Directory.Exists(Path) || File.Exists(Path))
            return false;
        Directory.CreateDirectory(checkpoints ? CheckpointFolder : Path);
        try
        {
            new FileStream(LogFile, FileMode.CreateNew, FileAccess.Write).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(LogFile))
        {
            return false;
        }
    }
}
