using System.CommandLine;
using System.Globalization;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine data</c>: which data sets are read and made, and what is in one.</summary>
internal static class DataCommand
{
    private const int Shown = 5, MostClasses = 60;

    public static Command Create() => new("data", "data sets: formats, drawn stand-ins, what is in one, what is wrong with it, how it looks augmented")
    {
        List(), Get(), Make(), Stats(), Scan(), Preview(),
    };

    private static Command List() => new Command("list", "show the formats that are read and the stand-ins that can be drawn").Runs((_, terminal) =>
    {
        terminal.Result("formats (--dataset NAME, or recognised):");
        foreach (var format in DatasetFormats.Default.All)
            terminal.Result($"  {format.Name,-12} {(format.Remark.Length > 0 ? format.Remark : format.Purpose)}");
        terminal.Result("downloaded by nengine data get NAME:");
        foreach (var set in RemoteSet.All)
            terminal.Result($"  {set.Name,-14} {set.Help}");
        terminal.Result("drawn by nengine data make NAME DIR:");
        foreach (var set in StandIn.All)
            terminal.Result($"  {set.Name,-12} {set.Help}");
        terminal.JsonResult(new { formats = DatasetFormats.Default.Names, made = StandIn.All.Select(s => s.Name) });
        return ExitCode.Ok;
    });

    private static Command Get()
    {
        var name = new Argument<string>("name") { Description = string.Join(" | ", RemoteSet.All.Select(s => s.Name)) };
        name.CompletionSources.Add([.. RemoteSet.All.Select(s => s.Name)]);
        var from = new Option<string?>("--from") { Description = "another address, or a folder or file of this machine", HelpName = "URL|PATH" };
        var folder = new Option<string?>("--folder") { Description = "where the files are kept; absent: the cache folder", HelpName = "DIR" };
        return new Command("get", "download a public data set: what is begun goes on, size and hash are checked, archives are read in place")
            { name, from, folder }.Runs((parsed, terminal) =>
            {
                var set = RemoteSet.Find(parsed.GetValue(name)!);
                string target = parsed.GetValue(folder) ?? Path.Combine(RemoteSet.CacheFolder, set.Name);
                int told = -1;
                using var stop = new StopSignals(terminal.Line);
                using var downloader = new Downloader((file, done, all) =>
                {
                    int tenth = (int)(10 * done / all);
                    if (tenth != Interlocked.Exchange(ref told, tenth))
                        terminal.Line($"{file}: {10 * tenth} %");
                });
                try
                {
                    downloader.FetchAsync(set, target, parsed.GetValue(from), stop.Token).GetAwaiter().GetResult();
                }
                catch (OperationCanceledException)
                {
                    terminal.Line($"stopped; the same command goes on where {target} ends");
                    return stop.Code;
                }

                string data = set.Files.Count == 1 ? Path.Combine(target, set.Files[0].Name) : target;
                terminal.Result(data);
                terminal.Line($"next: nengine train {ShellWord.Path(data)}");
                terminal.JsonResult(new { name = set.Name, data });
                return ExitCode.Ok;
            });
    }

    private static Command Make()
    {
        var name = new Argument<string>("name") { Description = string.Join(" | ", StandIn.All.Select(s => s.Name)) };
        name.CompletionSources.Add([.. StandIn.All.Select(s => s.Name)]);
        var folder = new Argument<string>("dir") { Description = "folder to write, empty or new" };
        var seed = RunSettings.Flag<ulong>("seed", "seed of every draw (default: 1)");
        return new Command("make", "draw a small data set in the layout of a real one: the same for a seed, learned in a minute") { name, folder, seed }
            .Runs((parsed, terminal) =>
            {
                string target = parsed.GetValue(folder)!;
                ulong number = parsed.GetValue(seed) is var given and > 0 ? given : 1;
                StandIn.Find(parsed.GetValue(name)!).Make(target, number);
                var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Select(f => new FileInfo(f)).ToList();
                terminal.Result(string.Create(CultureInfo.InvariantCulture,
                    $"{target}: {files.Count} files, {files.Sum(f => f.Length) / 1e6:0.0} MB, seed {number}"));
                terminal.JsonResult(new { folder = target, files = files.Count, bytes = files.Sum(f => f.Length), seed = number });
                return ExitCode.Ok;
            });
    }

    private static Command Stats()
    {
        var flags = new TrainFlags();
        var command = new Command("stats", "count the images of each class and part, and measure mean and deviation; takes the settings of train");
        flags.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var (train, eval, _) = Load(flags, parsed, terminal);
            var parts = eval is null ? [train] : new[] { train, eval };
            terminal.Result($"{"class",-28} {string.Join(' ', parts.Select(p => $"{p.Name,20}"))}");
            int[][] counts = [.. parts.Select(p => CountsOf(p, train.Classes))];
            for (int c = 0; c < Math.Min(MostClasses, train.Classes.Count); c++)
                terminal.Result($"{train.Classes[c],-28} {string.Join(' ', counts.Select(n => $"{n[c],20:N0}"))}");
            if (train.Classes.Count > MostClasses)
                terminal.Result($"… and {train.Classes.Count - MostClasses} more classes");
            terminal.Result($"{"all",-28} {string.Join(' ', parts.Select(p => $"{p.Count,20:N0}"))}");
            string Numbers(IEnumerable<float> values) => string.Join(',', values.Select(v => v.ToString("0.0000", CultureInfo.InvariantCulture)));
            terminal.Result($"images {train.Height}x{train.Width}x{train.Channels}; --mean {Numbers(train.Mean)} --std {Numbers(train.Std)}");
            int[] sizes = [.. counts[0].Where(n => n > 0)];
            terminal.Result(string.Create(CultureInfo.InvariantCulture,
                $"largest class {sizes.Max()}, smallest {sizes.Min()}: {(double)sizes.Max() / sizes.Min():0.0} to 1"
                + $"{(sizes.Max() > 2 * sizes.Min() ? "; --sampler oversample or --class-weight balanced makes up for it" : "")}"));
            terminal.JsonResult(new
            {
                classes = train.Classes, counts = parts.Zip(counts, (p, n) => new { part = p.Name, images = p.Count, per_class = n }),
                mean = train.Mean, std = train.Std, height = train.Height, width = train.Width, channels = train.Channels,
            });
            return ExitCode.Ok;
        });
    }

    private static Command Scan()
    {
        var folder = new Argument<string>("dir") { Description = "folder of pictures, with folders of classes or parts in it" };
        var move = new Option<string?>("--move-bad") { Description = "move the files that cannot be used into this folder", HelpName = "DIR" };
        return new Command("scan",
            "look at every picture: damaged, empty, one-coloured, copies, the same picture in train and val; exit code 8 where something is wrong")
            { folder, move }.Runs((parsed, terminal) =>
            {
                var scan = FolderScan.Of(parsed.GetValue(folder)!);
                var bad = scan.Bad.ToList();
                var (leaks, copies, contradictions) = (scan.Leaks.ToList(), scan.Copies.ToList(), scan.Contradictions.ToList());
                terminal.Result($"{scan.Folder}: {scan.Files.Count:N0} pictures");
                foreach (var part in scan.Files.GroupBy(f => f.Part).OrderBy(g => g.Key, StringComparer.Ordinal))
                    terminal.Result($"  {(part.Key.Length > 0 ? part.Key : "all"),-12} {part.Count(),8:N0} in "
                        + $"{part.Select(f => f.Class).Distinct().Count()} classes, "
                        + $"{part.CountBy(f => f.Class).Min(c => c.Value)} to {part.CountBy(f => f.Class).Max(c => c.Value)} each");
                var sizes = scan.Files.Where(f => f.Height > 0).Select(f => Math.Min(f.Height, f.Width)).Order().ToList();
                if (sizes.Count > 0)
                    terminal.Result($"  shorter side {sizes[0]} to {sizes[^1]} pixels, median {sizes[sizes.Count / 2]}");
                if (scan.Moments is { } m)
                    terminal.Result($"  --mean {string.Join(',', m.Mean.Select(v => v.ToString("0.000", CultureInfo.InvariantCulture)))} --std "
                        + $"{string.Join(',', m.Std.Select(v => v.ToString("0.000", CultureInfo.InvariantCulture)))}");
                Say(terminal, bad.Count, "cannot be used", bad.Select(f => $"{f.Path} ({f.Problem})"));
                Say(terminal, copies.Count, "pictures are there more than once, byte by byte",
                    copies.Select(g => string.Join(" = ", g.Take(3).Select(f => f.Path))));
                Say(terminal, contradictions.Count, "pictures are in several classes",
                    contradictions.Select(g => string.Join(" = ", g.Take(3).Select(f => f.Path))));
                Say(terminal, leaks.Count, "pictures look the same in two parts", leaks.Select(p => $"{p.One.Path} ~ {p.Other.Path}"));
                int moved = parsed.GetValue(move) is { } target ? scan.MoveBad(target) : 0;
                if (moved > 0)
                    terminal.Result($"{moved} moved to {parsed.GetValue(move)}");
                bool wrong = bad.Count - moved > 0 || leaks.Count > 0 || contradictions.Count > 0;
                terminal.Result(wrong ? "something is wrong" : "nothing is wrong");
                terminal.JsonResult(new
                {
                    folder = scan.Folder, pictures = scan.Files.Count, bad = bad.Select(f => new { path = f.Path, problem = f.Problem }),
                    copies = copies.Select(g => g.Select(f => f.Path)), contradictions = contradictions.Select(g => g.Select(f => f.Path)),
                    leaks = leaks.Select(p => new[] { p.One.Path, p.Other.Path }), mean = scan.Moments?.Mean, std = scan.Moments?.Std, moved,
                });
                return wrong ? ExitCode.CheckFailed : ExitCode.Ok;
            });
    }

    private static Command Preview()
    {
        var flags = new TrainFlags();
        var grid = new Option<string>("--grid") { Description = "file to write, .png or .jpg", HelpName = "FILE", DefaultValueFactory = _ => "preview.png" };
        var count = new Option<int>("--images") { Description = "images in the grid", DefaultValueFactory = _ => 32 };
        var every = new Option<int?>("--every-transform")
        {
            Description = "instead: this image of the training part under every transform",
            HelpName = "INDEX"
        };
        var command = new Command("preview", "write a grid of training images as the model sees them; takes the settings of train") { grid, count, every };
        flags.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            const int columns = 8;
            var (train, eval, options) = Load(flags, parsed, terminal);
            var images = parsed.GetValue(every) is { } index ? TrainingPreview.EveryTransform(train, index, options.Seed)
                : TrainingPreview.Batch(options, new DatasetPair(train, eval ?? train), Verb.AtLeastOne("--images", parsed.GetValue(count)));
            string file = parsed.GetValue(grid)!;
            try
            {
                PictureFile.Write(file, PictureGrid.Of([.. images.Select(i => i.Image)], columns));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{file} cannot be written: {e.Message.TrimEnd('.')}", e);
            }

            foreach (var (row, labels) in images.Select(i => i.Label).Chunk(columns).Index().Select(r => (r.Index, r.Item)))
                terminal.Result($"row {row + 1}: {string.Join(" | ", labels)}");
            terminal.Result($"written to {file}");
            terminal.JsonResult(new { file, images = images.Select(i => i.Label) });
            return ExitCode.Ok;
        });
    }

    private static (Dataset Train, Dataset? Eval, TrainOptions Options) Load(TrainFlags flags, ParseResult parsed, Terminal terminal)
    {
        var config = new Resolved(RunSettings.All);
        flags.Apply(parsed, config);
        DataChoice.Apply(config);
        var options = RunSettings.Train(config);
        options.Validate();
        var data = TrainingData.Load(options);
        foreach (string note in data.Train.Notes.Concat(data.Notes).Distinct())
            terminal.Line(note);
        return (data.Train, data.Eval, options);
    }

    private static int[] CountsOf(Dataset data, IReadOnlyList<string> classes)
    {
        var counts = new int[classes.Count];
        var row = new float[data.Classes.Count];
        for (int i = 0; i < data.Count; i++)
        {
            data.ReadRow(i, row);
            for (int c = 0; c < row.Length; c++)
                counts[c] += row[c] > 0.5f ? 1 : 0;
        }

        return counts;
    }

    private static void Say(Terminal terminal, int count, string what, IEnumerable<string> examples)
    {
        if (count > 0)
            terminal.Result($"{count} {what}: {string.Join("; ", examples.Take(Shown))}{(count > Shown ? $"; and {count - Shown} more" : "")}");
    }
}
