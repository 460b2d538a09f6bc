using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Writes what happens in a run to its folder: log.txt, metrics.jsonl, summary.csv, status.json.</summary>
internal sealed class RunLog : IDisposable
{
    private const string SummaryHeader = "epoch,train_loss,train_top1,eval_loss,eval_top1,eval_top5,lr,time_s,img_s,mem_mb,eval_recall1,stage";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Converters = { new NonFiniteAsNull() } };
    private static readonly JsonSerializerOptions Plain = new() { Converters = { new NonFiniteAsNull() } };
    private static readonly JsonSerializerOptions Sparse = new(Plain) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly RunFolder _run;
    private readonly FileStream _lock;
    private readonly StreamWriter _log, _metrics, _summary;

    /// <summary>Opens the files for appending and locks the run against a second process.</summary>
    public RunLog(RunFolder run)
    {
        _run = run;
        _lock = Lock(run);
        StreamWriter? log = null, metrics = null, summary = null;
        try
        {
            log = Append(run.LogFile);
            metrics = Append(run.MetricsFile);
            summary = Append(run.SummaryFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            metrics?.Dispose();
            _lock.Dispose();
            throw new OutputException($"cannot write to {run.Path}: {e.Message.TrimEnd('.')}", e);
        }

        (_log, _metrics, _summary) = (log, metrics, summary);
        if (_summary.BaseStream.Length == 0)
            Line(_summary, SummaryHeader);
    }

    /// <summary>Writes what is known before training starts.</summary>
    public static void WriteStart(RunFolder run, TrainOptions options, IReadOnlyList<string> classes, IReadOnlyDictionary<string, string> environment)
    {
        WriteText(run.ArgsFile, options.ToYaml());
        WriteText(run.EnvironmentFile, JsonSerializer.Serialize(environment, Indented) + "\n");
        WriteText(run.ClassesFile, string.Concat(classes.Select(c => c + "\n")));
    }

    /// <summary>
    /// Takes back what was reported after the checkpoint that a run continues from, so nothing is reported twice.
    /// </summary>
    public static void Rewind(RunFolder run, TrainProgress progress)
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
        // A run of an earlier version has fewer columns; they stay, the new ones are empty there.
        string header = File.Exists(run.SummaryFile) ? File.ReadLines(run.SummaryFile).FirstOrDefault("") : "";
        int columns = SummaryHeader.Split(',').Length,
            had = SummaryHeader.StartsWith(header + ",", StringComparison.Ordinal) ? header.Split(',').Length : columns;
        Filter(run.SummaryFile, line => line == header
            || (line.Split(',') is var fields && fields.Length == had && int.TryParse(fields[0], out int epoch) && epoch <= progress.Epoch));
        if (had < columns)
            WriteText(run.SummaryFile, string.Concat(File.ReadLines(run.SummaryFile).Skip(1).Select(l => l + new string(',', columns - had))
                .Prepend(SummaryHeader).Select(l => l + "\n")));
    }

    /// <summary>Replaces algorithms.txt.</summary>
    public void Algorithms(IReadOnlyList<string> lines) => WriteText(_run.AlgorithmsFile, string.Concat(lines.Select(l => l + "\n")));

    public void Text(string message) => Line(_log, $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} {message}");

    public void Step(in StepReport s) => Line(_metrics, JsonSerializer.Serialize(new
    {
        step = s.Step,
        epoch = s.Epoch,
        stage = s.Stage,
        loss = s.Loss,
        train_loss = s.MeanLoss,
        train_top1 = s.Top1,
        grad_norm = s.GradNorm,
        lr = s.Lr,
        img_s = Math.Round(s.Images / Math.Max(1e-9, s.Seconds), 1),
        data_s = Math.Round(s.DataSeconds, 6),
        active = s.Health?.ActiveShare,
        d_ap = s.Health?.PositiveDistance,
        d_an = s.Health?.NegativeDistance,
        spread = s.Health?.Spread,
    }, Sparse));

    public void Epoch(EpochReport e, long step)
    {
        Line(_metrics, JsonSerializer.Serialize(new
        {
            step,
            epoch_end = e.Epoch,
            stage = e.Stage,
            train_loss = e.TrainLoss,
            train_top1 = e.TrainTop1,
            eval_loss = e.Eval.Loss,
            eval_top1 = e.Eval.Top1,
            eval_top5 = e.Eval.Top5,
            lr = e.Lr,
            eval_recall1 = e.Eval.Recall1,
        }, e.Eval.Recall1 is null ? Sparse : Plain));
        Line(_summary, string.Create(CultureInfo.InvariantCulture,
            $"{e.Epoch},{e.TrainLoss:G9},{e.TrainTop1:F3},{e.Eval.Loss:G9},{e.Eval.Top1:F3},{e.Eval.Top5:F3},{e.Lr:G9},{e.Seconds:F3},"
                + $"{e.ImagesPerSecond:F1},{e.MemoryBytes / 1048576.0:F1},{e.Eval.Recall1:F3},{e.Stage}"));
        Text(string.Create(CultureInfo.InvariantCulture,
            $"epoch {e.Epoch}/{e.Epochs} train loss {e.TrainLoss:F4} top1 {e.TrainTop1:F2} | eval loss {e.Eval.Loss:F4} top1 {e.Eval.Top1:F2} top5 "
                + $"{e.Eval.Top5:F2}{e.Eval.RecallText} | lr {e.Lr:E1} | {e.Seconds:F1}s | best {e.Best:F4} @{e.BestEpoch}"));
        if (e.Health is { } health)
            Text($"embeddings {health}");
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
        foreach (var writer in new[] { _log, _metrics, _summary })
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
