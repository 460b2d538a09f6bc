using System.Globalization;
using System.Text;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Writes what happens in a run to its folder: log.txt, metrics.jsonl, summary.csv, status.json.</summary>
internal sealed class RunLog : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Converters = { new NonFiniteAsNull() } };
    private static readonly JsonSerializerOptions Plain = new() { Converters = { new NonFiniteAsNull() } };

    private readonly RunFolder _run;
    private readonly IReadOnlyList<Metric> _metrics;
    private readonly FileStream _lock;
    private readonly StreamWriter _log, _steps, _summary;

    /// <summary>Opens the files for appending and locks the run against a second process.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="metrics">Everything that can be measured.</param>
    /// <param name="followed">What is followed while training.</param>
    public RunLog(RunFolder run, IReadOnlyList<Metric> metrics, IReadOnlyList<Metric> followed)
    {
        (_run, _metrics) = (run, metrics);
        _lock = Lock(run);
        StreamWriter? log = null, steps = null, summary = null;
        try
        {
            log = Append(run.LogFile);
            steps = Append(run.MetricsFile);
            summary = Append(run.SummaryFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            steps?.Dispose();
            _lock.Dispose();
            throw new OutputException($"cannot write to {run.Path}: {e.Message.TrimEnd('.')}", e);
        }

        (_log, _steps, _summary) = (log, steps, summary);
        if (_summary.BaseStream.Length == 0)
            Line(_summary, string.Join(',', Columns(metrics, followed)));
    }

    /// <summary>The columns of summary.csv: those that every run of a task fills, then those that stay empty where nobody asked.</summary>
    private static string[] Columns(IReadOnlyList<Metric> metrics, IReadOnlyList<Metric> followed) =>
    [
        "epoch", "train_loss", .. followed.Select(m => $"train_{m.Name}"), .. metrics.Where(m => !m.OnRequest).Select(m => $"eval_{m.Name}"),
        "lr", "time_s", "img_s", "mem_mb", .. metrics.Where(m => m.OnRequest).Select(m => $"eval_{m.Name}"), "stage",
    ];

    /// <summary>Writes what is known before training starts.</summary>
    public static void WriteStart(RunFolder run, TrainOptions options, IReadOnlyList<string> classes, IReadOnlyDictionary<string, string> environment)
    {
        WriteText(run.ArgsFile, options.ToYaml());
        WriteText(run.EnvironmentFile, JsonSerializer.Serialize(environment, Indented) + "\n");
        WriteText(run.ClassesFile, string.Concat(classes.Select(c => c + "\n")));
    }

    /// <summary>Lists the training images that label noise gave another class.</summary>
    public static void WriteNoise(RunFolder run, IEnumerable<(string Key, string Class, string Said)> changes)
    {
        static string Cell(string text) => text.IndexOfAny([',', '"', '\n', '\r']) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
        WriteText(run.LabelNoiseFile, "image,class,said_to_be\n" + string.Concat(changes.Select(c => $"{Cell(c.Key)},{Cell(c.Class)},{Cell(c.Said)}\n")));
    }

    /// <summary>
    /// Takes back what was reported after the checkpoint that a run continues from, so nothing is reported twice.
    /// </summary>
    /// <param name="run">The folder.</param>
    /// <param name="progress">Of the checkpoint.</param>
    /// <param name="metrics">Everything that can be measured.</param>
    /// <param name="followed">What is followed while training.</param>
    public static void Rewind(RunFolder run, TrainProgress progress, IReadOnlyList<Metric> metrics, IReadOnlyList<Metric> followed)
    {
        Filter(run.MetricsFile, line =>
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                return json.RootElement.GetProperty("step").GetInt64() <= progress.Step
                    && (!json.RootElement.TryGetProperty("epoch_end", out var end) || end.GetInt32() <= progress.Epoch);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                return false; // a line that was cut off when the run was killed
            }
        });
        if (!File.Exists(run.SummaryFile))
            return;

        // A run of another version has other columns: its values stay under their names, what it did not measure is empty.
        string[] lines = File.ReadAllLines(run.SummaryFile), columns = Columns(metrics, followed), had = lines.FirstOrDefault("").Split(',');
        var rows = lines.Skip(1).Select(l => l.Split(','))
            .Where(f => f.Length == had.Length && int.TryParse(f[0], out int epoch) && epoch <= progress.Epoch)
            .Select(f => string.Join(',', columns.Select(c => Array.IndexOf(had, c) is >= 0 and var at ? f[at] : "")));
        WriteText(run.SummaryFile, string.Concat(rows.Prepend(string.Join(',', columns)).Select(l => l + "\n")));
    }

    /// <summary>Replaces algorithms.txt.</summary>
    public void Algorithms(IReadOnlyList<string> lines) => WriteText(_run.AlgorithmsFile, string.Concat(lines.Select(l => l + "\n")));

    public void Text(string message) => Line(_log, $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} {message}");

    public void Step(in StepReport s)
    {
        var line = new Dictionary<string, object?>
        {
            ["step"] = s.Step,
            ["epoch"] = s.Epoch,
            ["stage"] = s.Stage,
            ["loss"] = s.Loss,
            ["train_loss"] = s.MeanLoss,
        };
        Add(line, "train_", s.Followed);
        line["grad_norm"] = s.GradNorm;
        line["lr"] = s.Lr;
        line["img_s"] = Math.Round(s.Images / Math.Max(1e-9, s.Seconds), 1);
        line["data_s"] = Math.Round(s.DataSeconds, 6);
        foreach (var (name, value) in s.Facts?.Values ?? new Dictionary<string, double>())
            line[name] = value;
        Line(_steps, JsonSerializer.Serialize(line, Plain));
    }

    public void Epoch(EpochReport e, long step)
    {
        var figures = e.Eval.Of(_metrics);
        var line = new Dictionary<string, object?>
        {
            ["step"] = step,
            ["epoch_end"] = e.Epoch,
            ["stage"] = e.Stage,
            ["train_loss"] = e.TrainLoss,
        };
        Add(line, "train_", e.Followed);
        Add(line, "eval_", figures);
        line["lr"] = e.Lr;
        Line(_steps, JsonSerializer.Serialize(line, Plain));
        Line(_summary, string.Join(',', [Cell(e.Epoch), Cell(e.TrainLoss, "G9"), .. e.Followed.Select(Cell), .. Cells(e, onRequest: false),
            Cell(e.Lr, "G9"), Cell(e.Seconds, "F3"), Cell(e.ImagesPerSecond, "F1"), Cell(e.MemoryBytes / 1048576.0, "F1"), .. Cells(e, onRequest: true),
            Cell(e.Stage)]));
        Text(string.Create(CultureInfo.InvariantCulture,
            $"epoch {e.Epoch}/{e.Epochs} train loss {e.TrainLoss:F4} {string.Join(' ', e.Followed)} | eval {string.Join(' ', figures)} | lr {e.Lr:E1} | "
                + $"{e.Seconds:F1}s | best {e.Best.Value:F4} @{e.BestEpoch}"));
        if (e.Facts is { } facts)
            Text($"{facts.Title} {facts.Text}");
    }

    private IEnumerable<string> Cells(EpochReport e, bool onRequest) => _metrics.Where(m => m.OnRequest == onRequest)
        .Select(m => e.Eval.Values.TryGetValue(m.Name, out double value) ? Cell(new MetricValue(m, value)) : "");

    private static string Cell(MetricValue value) => Cell(value.Value, value.Metric.FileFormat);

    private static string Cell(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);

    private static void Add(Dictionary<string, object?> line, string prefix, IReadOnlyList<MetricValue> values)
    {
        foreach (var (metric, value) in values)
            line[prefix + metric.Name] = value;
    }

    /// <summary>Replaces status.json.</summary>
    /// <param name="state">running, finished, stopped or failed.</param>
    /// <param name="progress">Counters.</param>
    /// <param name="epochs">Epochs in all.</param>
    /// <param name="detail">Why it stopped, or the error.</param>
    public void Status(string state, TrainProgress progress, int epochs, string? detail = null) => WriteText(_run.StatusFile, JsonSerializer.Serialize(
        new
        {
            state,
            detail,
            epoch = progress.Epoch,
            epochs,
            step = progress.Step,
            stage = progress.Stage + 1,
            best = progress.Best,
            best_epoch = progress.BestEpoch,
            train_s = Math.Round(progress.TrainSeconds, 3),
            process = Environment.ProcessId,
            updated = DateTime.UtcNow.ToString("o", CultureInfo.InvariantCulture),
        },
        Indented) + "\n");

    public void Dispose()
    {
        foreach (var writer in new[] { _log, _steps, _summary })
        {
            try
            {
                writer.Dispose();
            }
            catch (IOException)
            {
                // Every line was flushed when it was written, and a failure reported then.
            }
        }

        _lock.Dispose();
    }

    // The system drops the lock when the process ends, however it ends.
    private static FileStream Lock(RunFolder run)
    {
        FileStream? file = null;
        OutputException.Guard(run.LockFile,
            () => file = new FileStream(run.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        return file!;
    }

    private static StreamWriter Append(string path) =>
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false));

    private void Line(StreamWriter writer, string line) => OutputException.Guard(((FileStream)writer.BaseStream).Name, () =>
    {
        writer.Write(line);
        writer.Write('\n');
        writer.Flush();
    });

    /// <summary>Writes a whole file, or leaves the one before.</summary>
    internal static void WriteText(string path, string text)
    {
        try
        {
            AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        }
        catch (CheckpointException e)
        {
            throw new OutputException(e.Message, e.InnerException);
        }
    }

    private static void Filter(string path, Func<string, bool> keep)
    {
        if (!File.Exists(path))
            return;
        var lines = File.ReadAllLines(path);
        var kept = Array.FindAll(lines, l => keep(l));
        if (kept.Length != lines.Length)
            WriteText(path, string.Concat(kept.Select(l => l + "\n")));
    }
}
