using System.CommandLine;
using System.Text;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>
/// <c>nengine predict INPUT…</c>: the most probable classes of images, given as PNG or JPEG files, as folders of them, or as positions in the test
/// part; with <c>--features</c> what the layer before the classifier says of them, as a NumPy file.
/// </summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("input") { Description = "PNG or JPEG files, folders of them, or positions in the evaluated images (0, 1, …)", Arity = ArgumentArity.ZeroOrMore };
        var top = new Option<int>("--top") { Description = "how many classes to show", DefaultValueFactory = _ => 3 };
        var invert = new Option<bool>("--invert") { Description = "exchange dark and light first: for dark strokes on a light ground" };
        var features = new Option<string?>("--features") { Description = "write the pooled features [images, F] to this .npy file, and the images' names to a .csv beside it; all evaluated images when none are named", HelpName = "OUT.npy" };
        var batch = new Option<int>("--batch-size", "-b") { Description = "images at a time", DefaultValueFactory = _ => 64 };
        var command = new Command("predict", "name the most probable classes of images, or write their features") { inputs, top, invert, features, batch };
        var model = new TrainedModelOptions();
        model.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int count = Verb.AtLeastOne("--top", parsed.GetValue(top)), size = Verb.AtLeastOne("--batch-size", parsed.GetValue(batch));
            var named = parsed.GetValue(inputs)!;
            string? output = parsed.GetValue(features);
            if (named.Length == 0 && output is null)
                throw new UsageException("predict: no input named; give PNG or JPEG files, a folder, or positions in the evaluated images");
            if (output is not null && !output.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
                throw new UsageException($"--features {output}: expected a name that ends in .npy");
            using var engine = model.CreateEngine(parsed);
            var trained = model.Load(parsed, engine);
            var images = PredictInputs.Find(trained, () => model.Data(parsed, trained), named, parsed.GetValue(invert));
            if (output is null)
                Classes(trained, images, size, count, terminal);
            else
                Features(trained, images, size, output, terminal);
            return ExitCode.Ok;
        });
    }

    private static void Classes(TrainedModel trained, List<PredictInput> images, int batch, int top, Terminal terminal)
    {
        var guesses = Batches(images, batch).SelectMany(b => trained.Predict(b.Pixels, b.Count, top)).ToList();
        foreach (var (image, all) in images.Zip(guesses))
            terminal.Result($"{image.Name}{(image.Label is null ? "" : $" (is {image.Label})")}: {string.Join("  ", all.Select(g => $"{g.Name} {100 * g.Probability:F2}%"))}");
        terminal.JsonResult(images.Zip(guesses, (image, all) => new { input = image.Name, label = image.Label, top = all.Select(g => new { name = g.Name, probability = Math.Round(g.Probability, 6) }) }));
    }

    private static void Features(TrainedModel trained, List<PredictInput> images, int batch, string path, Terminal terminal)
    {
        var batches = Batches(images, batch).Select(b => trained.Features(b.Pixels, b.Count)).GetEnumerator();
        batches.MoveNext(); // the first batch tells the length of a row
        int columns = batches.Current.Length / Math.Min(batch, images.Count);
        NpyFile.Write(path, images.Count, columns, Rest(batches));
        string names = Path.ChangeExtension(path, ".csv");
        AtomicFile.Write(names, stream =>
        {
            using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            text.WriteLine("row,input,label");
            for (int i = 0; i < images.Count; i++)
                text.WriteLine($"{i},{Quoted(images[i].Name)},{Quoted(images[i].Label ?? "")}");
        });
        terminal.Result($"{path}: features [{images.Count},{columns}] float32 of {trained.Model.Architecture}; {names}: the images in order");
        terminal.JsonResult(new { file = path, names, images = images.Count, features = columns, model = trained.Model.Architecture });
    }

    private static IEnumerable<float[]> Rest(IEnumerator<float[]> batches)
    {
        do
            yield return batches.Current;
        while (batches.MoveNext());
    }

    private static IEnumerable<(byte[] Pixels, int Count)> Batches(List<PredictInput> images, int batch) =>
        images.Chunk(batch).Select(chunk => (Decode(chunk), chunk.Length));

    // Of several files that cannot be read, the first is named, however the threads run.
    private static byte[] Decode(PredictInput[] images)
    {
        var pixels = new byte[images.Length][];
        try
        {
            Parallel.For(0, images.Length, i => pixels[i] = images[i].Pixels());
        }
        catch (AggregateException)
        {
            int first = Array.FindIndex(pixels, p => p is null);
            images[first].Pixels();
            throw;
        }

        int size = pixels[0].Length;
        var batch = new byte[images.Length * size];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i].CopyTo(batch, i * size);
        return batch;
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
