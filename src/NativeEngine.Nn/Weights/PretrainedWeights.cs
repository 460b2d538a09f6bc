using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Starts a model from weights that were trained for other images or classes: the first convolution is adapted to the number of input channels,
/// and of the head what is known of the model's classes by name is taken; without names, a head for another number of classes is left as drawn.
/// </summary>
public static class PretrainedWeights
{
    /// <summary>
    /// Loads a safetensors or .pth file; see <see cref="Load(Model, StateDict, string, bool, string[], IReadOnlyList{string})"/>. A checkpoint of
    /// this engine says which classes it was trained for.
    /// </summary>
    /// <param name="model">Its parameters and buffers are overwritten.</param>
    /// <param name="path">The file.</param>
    /// <param name="partial">Takes what fits and leaves the rest as it is.</param>
    /// <param name="classes">Names of the model's classes; null takes the head whatever it was trained for.</param>
    public static IReadOnlyList<string> Load(Model model, string path, bool partial = false, IReadOnlyList<string>? classes = null)
    {
        var file = WeightFile.Read(path);
        return Load(model, file.Tensors, path, partial, Classes(file.Metadata), classes);
    }

    /// <summary>Loads a state dict. What does not fit and is not adapted is a <see cref="CheckpointException"/> that lists it.</summary>
    /// <param name="model">Its parameters and buffers are overwritten.</param>
    /// <param name="file">Tensors under PyTorch's names.</param>
    /// <param name="source">Named in errors and notes: the file.</param>
    /// <param name="partial">Takes what fits and leaves the rest as it is.</param>
    /// <param name="fileClasses">Names of the classes of the file's head; null when nobody knows.</param>
    /// <param name="classes">Names of the model's classes; null takes the head whatever it was trained for.</param>
    /// <returns>A sentence for everything that was not taken over as it is.</returns>
    public static IReadOnlyList<string> Load(Model model, StateDict file, string source, bool partial = false, string[]? fileClasses = null, IReadOnlyList<string>? classes = null)
    {
        var notes = new List<string>();
        bool byName = classes is not null && fileClasses is not null && !fileClasses.SequenceEqual(classes)
            && file.TryGetValue($"{model.Head}.weight", out var head) && head.Shape.Length > 1 && head.Shape[0] == fileClasses.Length && classes.Count == model.Settings.NumClasses;
        var rows = byName ? new HeadRows(fileClasses!, classes!) : null;
        if (rows is not null)
            notes.Add($"{model.Head}: {rows.Note}");
        var own = model.StateDict(); // draws the weights if that has not been done
        var adapted = new StateDict();
        foreach (var (name, tensor) in file)
        {
            bool ofHead = rows is not null && name.StartsWith($"{model.Head}.", StringComparison.Ordinal);
            adapted.Add(name, !own.TryGetValue(name, out var mine) ? tensor : ofHead && HeadRows.Fit(tensor, mine) ? rows!.Take(tensor, mine) : Adapt(model, name, tensor, mine, notes));
        }

        var report = model.LoadState(adapted, source, partial);
        if (!report.Complete)
            notes.Add($"{report.Describe(source)}; what is missing keeps its drawn values");
        return notes;
    }

    /// <summary>Classes and channels of a model as the shapes of a file's head and stem tell them.</summary>
    public static ModelOptions Sizes(string model, StateDict weights)
    {
        using var engine = new Engine(new ShapeBackend());
        var structure = ModelCatalogue.Create(model, engine, new ModelOptions { Initialize = false });
        return new ModelOptions
        {
            NumClasses = weights.TryGetValue($"{structure.Head}.weight", out var head) && head.Shape.Length >= 2 ? head.Shape[0] : null,
            InChans = weights.TryGetValue($"{structure.Stem}.weight", out var stem) && stem.Shape.Length == 4 ? stem.Shape[1] : null,
        };
    }

    private static HostTensor Adapt(Model model, string name, HostTensor file, HostTensor mine, List<string> notes)
    {
        if (file.Shape.AsSpan().SequenceEqual(mine.Shape) || file.Shape.Length != mine.Shape.Length || file.Shape.Length == 0)
            return file;
        if (name == $"{model.Stem}.weight" && file.Shape.Length == 4 && Equal(file.Shape, mine.Shape, except: 1) && file.Shape[1] > 0)
        {
            notes.Add(mine.Shape[1] == 1
                ? $"{name}: summed over its {file.Shape[1]} input channels for images with one"
                : $"{name}: its {file.Shape[1]} input channels repeated and rescaled for {mine.Shape[1]}");
            return AdaptChannels(file, mine.Shape[1]);
        }

        if ((name == $"{model.Head}.weight" || name == $"{model.Head}.bias") && Equal(file.Shape, mine.Shape, except: 0))
        {
            notes.Add($"{name}: {file.Shape[0]} classes in the file, {mine.Shape[0]} in the model; drawn anew");
            return mine;
        }

        return file;
    }

    private static string[]? Classes(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("classes", out var text))
            return null;
        try
        {
            return JsonSerializer.Deserialize<string[]>(text);
        }
        catch (JsonException)
        {
            return null; // some other tool's metadata
        }
    }

    private static bool Equal(int[] a, int[] b, int except) =>
        Enumerable.Range(0, a.Length).All(i => i == except || a[i] == b[i]);

    /// <summary>
    /// A filter [K, C, R, S] for another C that gives the same answer to a grey image: the sum for one channel, else channel c takes the
    /// file's channel c mod C times C / channels.
    /// </summary>
    private static HostTensor AdaptChannels(HostTensor filter, int channels)
    {
        var values = filter.ToFloats();
        int k = filter.Shape[0], c = filter.Shape[1], window = filter.Shape[2] * filter.Shape[3];
        var result = new float[k * channels * window];
        for (int i = 0; i < k; i++)
        {
            for (int w = 0; w < window; w++)
            {
                if (channels == 1)
                {
                    double sum = 0;
                    for (int j = 0; j < c; j++)
                        sum += values[(i * c + j) * window + w];
                    result[i * window + w] = (float)sum;
                    continue;
                }

                for (int j = 0; j < channels; j++)
                    result[(i * channels + j) * window + w] = values[(i * c + j % c) * window + w] * c / channels;
            }
        }

        return HostTensor.From(result, k, channels, filter.Shape[2], filter.Shape[3]);
    }
}
