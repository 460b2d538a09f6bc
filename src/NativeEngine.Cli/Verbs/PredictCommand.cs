using System.CommandLine;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine predict INPUT…</c>: the most probable classes of images, given as PNG or JPEG files or as positions in the test part.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("input") { Description = "PNG or JPEG files, or positions in the evaluated images (0, 1, …)", Arity = ArgumentArity.OneOrMore };
        var top = new Option<int>("--top") { Description = "how many classes to show", DefaultValueFactory = _ => 3 };
        var invert = new Option<bool>("--invert") { Description = "exchange dark and light first: for dark strokes on a light ground" };
        var command = new Command("predict", "name the most probable classes of images") { inputs, top, invert };
        var model = new TrainedModelOptions();
        model.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int count = parsed.GetValue(top);
            if (count < 1)
                throw new UsageException($"--top {count}: expected at least 1");
            using var engine = model.CreateEngine(parsed);
            var trained = model.Load(parsed, engine);
            var data = new Lazy<Dataset>(() => model.Data(parsed, trained));
            var all = parsed.GetValue(inputs)!.Select(input => One(trained, data, input, count, parsed.GetValue(invert))).ToArray();
            foreach (var (input, label, guesses) in all)
                terminal.Result($"{input}{(label is null ? "" : $" (is {label})")}: {string.Join("  ", guesses.Select(g => $"{g.Name} {100 * g.Probability:F2}%"))}");
            terminal.JsonResult(all.Select(a => new { input = a.Input, label = a.Label, top = a.Guesses.Select(g => new { name = g.Name, probability = Math.Round(g.Probability, 6) }) }));
            return ExitCode.Ok;
        });
    }

    private static (string Input, string? Label, IReadOnlyList<Prediction> Guesses) One(TrainedModel trained, Lazy<Dataset> data, string input, int top, bool invert)
    {
        if (!File.Exists(input) && int.TryParse(input, out int index))
        {
            var guesses = trained.Predict(data.Value, index, top);
            return (input, data.Value.Classes[data.Value.Label(index)], guesses);
        }

        return (input, null, trained.Predict(ImageReader.Read(input), top, invert));
    }
}
