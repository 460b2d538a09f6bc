using System.CommandLine;
using System.Text;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>
/// <c>nengine predict INPUT…</c>: the most probable classes of images, given as picture files, as folders of them, or as positions in the test
/// part; with <c>--features</c> what the layer before the classifier says of them, as a NumPy file.
/// </summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("input")
        {
            Description = "picture files, folders of them, or positions in the evaluated images (0, 1, …)",
            Arity = ArgumentArity.ZeroOrMore
        };
        var top = new Option<int>("--top") { Description = "how many classes to show", DefaultValueFactory = _ => 3 };
        var invert = new Option<bool>("--invert") { Description = "exchange dark and light first: for dark strokes on a light ground" };
        var features = new Option<string?>("--features")
        {
            Description = "write the pooled features [images, F] to this .npy file, and the images' names "
            + "to a .csv beside it; all evaluated images when none are named", HelpName = "OUT.npy"
        };
        var skip = new Option<bool>("--skip-unreadable")
        {
            Description = "leave out images that cannot be read, and name them, instead of stopping at "
            + "the first"
        };
        var batch = RunSettings.Flag<int>("batch_size", "images at a time", 64);
        var command = new Command("predict", "name the most probable classes of images, or write their features") { inputs, top, invert, features, skip,
            batch };
        var model = new TrainedModelOptions();
        model.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int count = Verb.AtLeastOne("--top", parsed.GetValue(top)), size = Verb.AtLeastOne("--batch-size", parsed.GetValue(batch));
            var named = parsed.GetValue(inputs)!;
            string? output = parsed.GetValue(features);
            if (named.Length == 0 && output is null)
                throw new UsageException("predict: no input named; give picture files, a folder, or positions in the evaluated images");
            if (output is not null && !output.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
                throw new UsageException($"--features {output}: expected a name that ends in .npy");
            using var engine = model.CreateEngine(parsed);
            var trained = model.Load(parsed, engine);
            var images = PredictInputs.Find(trained, () => model.Data(parsed, trained, terminal), named, parsed.GetValue(invert));
            var skipped = parsed.GetValue(skip) ? new List<string>() : null;
            if (output is null)
                Classes(trained, images, size, count, skipped, terminal);
            else
                Features(trained, images, size, output, skipped, terminal);
            return ExitCode.Ok;
        });
    }

    private static void Classes(TrainedModel trained, List<PredictInput> images, int batch, int top, List<string>? skipped, Terminal terminal)
    {
        var results = new List<object>();
        foreach (var (chunk, pixels) in Batches(images, batch, skipped, terminal))
        {
            foreach (var (image, all) in chunk.Zip(trained.Predict(pixels, chunk.Count, top)))
            {
                terminal.Result($"{image.Name}{(image.Label is null ? "" : $" (is {image.Label})")}: "
                    + $"{string.Join("  ", all.Select(g => $"{g.Name} {100 * g.Probability:F2}%"))}");
                if (terminal.Json)
                    results.Add(new
                    {
                        input = image.Name, label = image.Label,
                        top = all.Select(g => new { name = g.Name, probability = Math.Round(g.Probability, 6) })
                    });
            }
        }

        terminal.JsonResult(results);
    }

    private static void Features(TrainedModel trained, List<PredictInput> images, int batch, string path, List<string>? skipped, Terminal terminal)
    {
        var read = new List<PredictInput>();
        using var batches = Batches(images, batch, skipped, terminal).Select(b =>
        {
            read.AddRange(b.Images);
            return trained.Features(b.Pixels, b.Images.Count);
        }).GetEnumerator();
        batches.MoveNext(); // the first batch tells the length of a row
        int columns = batches.Current.Length / read.Count;
        NpyFile.Write(path, columns, Rest(batches));
        images = read;
        string names = Path.ChangeExtension(path, ".csv");
        AtomicFile.Write(names, stream =>
        {
            using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            text.WriteLine("row,input,label");
            for (int i = 0; i < images.Count; i++)
                text.WriteLine($"{i},{Quoted(images[i].Name)},{Quoted(images[i].Label ?? "")}");
        });
        terminal.Result($"{path}: features [{images.Count},{columns}] float32 of {trained.Model.Architecture}; {names}: the images in order");
        terminal.JsonResult(new { file = path, names, images = images.Count, features = columns, model = trained.Model.Architecture, skipped });
    }

    private static IEnumerable<float[]> Rest(IEnumerator<float[]> batches)
    {
        do
            yield return batches.Current;
        while (batches.MoveNext());
    }

    /// <summary>The images in batches, decoded on all cores. One that cannot be read is an error, or with <paramref name="skipped"/> left out and noted
    /// there.</summary>
    private static IEnumerable<(IReadOnlyList<PredictInput> Images, byte[] Pixels)> Batches(List<PredictInput> images, int batch, List<string>? skipped,
        Terminal terminal)
    {
        foreach (var chunk in images.Chunk(batch))
        {
            var read = new (byte[]? Pixels, DataException? Error)[chunk.Length];
            Parallel.For(0, chunk.Length, i =>
            {
                try
                {
                    read[i].Pixels = chunk[i].Pixels();
                }
                catch (DataException e)
                {
                    read[i].Error = e;
                }
            });
            foreach (var error in read.Select(r => r.Error).OfType<DataException>())
            {
                if (skipped is null)
                    // of several the first, however the threads ran
                    throw new DataException($"{error.Message} (--skip-unreadable leaves such images out)", error);
                skipped.Add(error.Message);
                terminal.Line($"left out: {error.Message}");
            }

            PredictInput[] kept = [.. chunk.Where((_, i) => read[i].Pixels is not null)];
            if (kept.Length > 0)
                yield return (kept, Joined([.. read.Select(r => r.Pixels).OfType<byte[]>()]));
        }

        if (skipped?.Count == images.Count)
            throw new DataException($"none of the {images.Count} images can be read");
    }

    private static byte[] Joined(byte[][] images)
    {
        int size = images[0].Length;
        var all = new byte[images.Length * size];
        for (int i = 0; i < images.Length; i++)
            images[i].CopyTo(all, i * size);
        return all;
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
