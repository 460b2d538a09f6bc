using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>One image to look at.</summary>
/// <param name="Name">What the user called it, or its path.</param>
/// <param name="Label">Its class, where it is one of the evaluated images.</param>
/// <param name="Pixels">Reads it: [H, W, C] of the model's size.</param>
internal sealed record PredictInput(string Name, string? Label, Func<byte[]> Pixels);

/// <summary>Turns what a person names on the command line into images.</summary>
internal static class PredictInputs
{
    /// <summary>Files, folders (all images in them, by name) and positions in the evaluated images; all of those when nothing is named.</summary>
    /// <param name="trained">The model that will look at them.</param>
    /// <param name="evaluated">Loads the evaluated images.</param>
    /// <param name="named">What was named.</param>
    /// <param name="invert">Exchanges dark and light of files.</param>
    /// <exception cref="DataException">A file is missing, or a folder holds no image.</exception>
    public static List<PredictInput> Find(TrainedModel trained, Func<Dataset> evaluated, IReadOnlyList<string> named, bool invert)
    {
        var data = new Lazy<Dataset>(() => trained.Bind(evaluated()));
        var found = new List<PredictInput>();
        if (named.Count == 0)
            found.AddRange(Enumerable.Range(0, data.Value.Count).Select(Position));
        foreach (string name in named)
        {
            if (Directory.Exists(name))
                found.AddRange(Folder(name).Select(Image));
            else if (!File.Exists(name) && int.TryParse(name, out int index))
                found.Add(Position(index));
            else if (File.Exists(name))
                found.Add(Image(name));
            else
                throw new DataException($"{name}: no such file or folder");
        }

        return found;

        PredictInput Image(string path) => new(path, null, () => trained.Pixels(path, invert));

        PredictInput Position(int index)
        {
            TrainedModel.RequireImage(data.Value, index); // a wrong position is told before any work
            return new(data.Value.File(index) ?? $"{index}", data.Value.Classes[data.Value.Label(index)], () => TrainedModel.Pixels(data.Value, index));
        }
    }

    private static List<string> Folder(string path)
    {
        var files = ImageFolder.Files(path).ToList();
        return files.Count > 0 ? files : throw new DataException($"{path}: no pictures in it");
    }
}
