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
    public static IReadOnlyList<string> Load(Model model, StateDict file, string source, bool partial = false, string[]? fileClasses = null,
        IReadOnlyList<string>? classes = null)
    {
        var notes = new List<string>();
        var own = model.StateTensors().ToDictionary(t => t.Name, t => t.Tensor);
        if (ForeignPrefix.Find(file.Keys, own.Keys.ToHashSet()) is { } prefix)
        {
            file = ForeignPrefix.Drop(file, prefix, source);
            notes.Add($"names in {source} begin with {prefix}, which was left out");
        }

        bool byName = classes is not null && fileClasses is not null && !fileClasses.SequenceEqual(classes)
            && file.TryGetValue($"{model.Head}.weight", out var head) && head.Shape.Length > 1 && head.Shape[0] == fileClasses.Length
                && classes.Count == model.Settings.NumClasses;
        var rows = byName ? new HeadRows(fileClasses!, classes!) : null;
        if (rows is not null)
            notes.Add($"{model.Head}: {rows.Note}");
        if (fileClasses is null && classes is not null && classes.Count == model.Settings.NumClasses
                && file.TryGetValue($"{model.Head}.weight", out var unnamed)
            && unnamed.Shape.Length > 1 && unnamed.Shape[0] == classes.Count)
            notes.Add($"{model.Head}: {source} does not name its classes; its rows stand for those of the data in their order: "
                + $"{NameList.Some([.. classes.Select((c, i) => $"{i}={c}")], 16)}");
        var adapted = new StateDict();
        foreach (var (name, tensor) in file)
        {
            if (!own.TryGetValue(name, out var mine))
            {
                adapted.Add(name, tensor);
                continue;
            }

            bool byRow = rows is not null && name.StartsWith($"{model.Head}.", StringComparison.Ordinal) && HeadRows.Fit(tensor, mine.Shape.ToArray());
            adapted.Add(name, byRow ? rows!.Take(tensor, Drawn(model, mine)) : Adapt(model, name, tensor, mine, notes));
        }

        var fit = LoadReport.Compare([.. model.StateTensors()], adapted);
        if (!fit.Complete && (!partial || fit.Loaded.Count == 0))
            throw new CheckpointException(fit.Describe(source) + (partial || fit.Loaded.Count == 0 ? "" : "; --partial takes what fits"));
        WeightValues.Require(adapted.Where(t => fit.Loaded.Contains(t.Key)), source);
        var report = model.LoadState(adapted, source, partial);
        if (!report.Complete)
            notes.Add($"{report.Describe(source)}; what is missing keeps its drawn values");
        return notes;
    }

    /// <summary>What a file's tensors say of the model they belong to.</summary>
    /// <param name="model">Catalogue name.</param>
    /// <param name="weights">Tensors, perhaps under the names of something larger that the model was a part of.</param>
    /// <param name="source">Named in errors: the file.</param>
    /// <returns>The tensors under the model's own names; classes and channels as the shapes of head and stem tell them.</returns>
    /// <exception cref="CheckpointException">Two tensors have one name in the model, or none is of this model.</exception>
    public static (StateDict Weights, ModelOptions Sizes) Recognise(string model, StateDict weights, string source)
    {
        using var engine = new Engine(new ShapeBackend());
        var structure = ModelCatalogue.Create(model, engine, new ModelOptions { Initialize = false });
        if (ForeignPrefix.Find(weights.Keys, structure.StateTensors().Select(t => t.Name).ToHashSet()) is { } prefix)
            weights = ForeignPrefix.Drop(weights, prefix, source);
        if (weights.Any(w => WeightValues.IsBatchCount(w.Key) && !ReferenceEquals(WeightValues.AsBatchCount(w.Value), w.Value)))
        {
            var counted = new StateDict();
            foreach (var (name, tensor) in weights)
                counted.Add(name, WeightValues.IsBatchCount(name) ? WeightValues.AsBatchCount(tensor) : tensor);
            weights = counted;
        }

        if (!weights.ContainsKey($"{structure.Head}.weight") && !weights.ContainsKey($"{structure.Stem}.weight"))
            throw new CheckpointException(LoadReport.Compare([.. structure.StateTensors()], weights).Describe(source));
        return (weights, new ModelOptions
        {
            NumClasses = weights.TryGetValue($"{structure.Head}.weight", out var head) && head.Shape.Length >= 2 ? head.Shape[0] : null,
            InChans = weights.TryGetValue($"{structure.Stem}.weight", out var stem) && stem.Shape.Length == 4 ? stem.Shape[1] : null,
        });
    }

    /// <summary>A tensor's initial values; the model's are drawn only where some are needed.</summary>
    private static HostTensor Drawn(Model model, Tensor tensor)
    {
        model.EnsureInitialized();
        return HostTensor.From(tensor);
    }

    private static HostTensor Adapt(Model model, string name, HostTensor file, Tensor own, List<string> notes)
    {
        int[] mine = own.Shape.ToArray();
        if (file.Shape.AsSpan().SequenceEqual(mine) || file.Shape.Length != mine.Length || file.Shape.Length == 0)
            return file;
        if (name == $"{model.Stem}.weight" && Channels(file.Shape, mine, model.Settings) is { } channels)
        {
            int wanted = model.Settings.InChans;
            notes.Add(wanted == 1
                ? $"{name}: summed over its {channels} input channels for images with one"
                : $"{name}: its {channels} input channels repeated and rescaled for {wanted}");
            return AdaptChannels(file, channels, wanted, mine);
        }

        if ((name == $"{model.Head}.weight" || name == $"{model.Head}.bias") && Equal(file.Shape, mine, except: 0))
        {
            notes.Add($"{name}: {file.Shape[0]} classes in the file, {mine[0]} in the model; drawn anew");
            return Drawn(model, own);
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

    /// <summary>Input channels of the first layer in the file where nothing but they differ, else null.</summary>
    /// <param name="file">[K, C, R, S]; [K, C·H·W] where a model begins with a matrix.</param>
    /// <param name="mine">The same of the model.</param>
    /// <param name="settings">Channels and size of its images.</param>
    private static int? Channels(int[] file, int[] mine, ModelSettings settings)
    {
        if (!Equal(file, mine, except: 1) || file[1] == 0)
            return null;
        if (file.Length == 4)
            return file[1];
        // Three times a square is no square: 3 channels of this size are nothing else, while 4 could be one channel of twice the size.
        int pixels = settings.ImgSize * settings.ImgSize;
        return file.Length != 2 ? null : file[1] == pixels ? 1 : file[1] == 3 * pixels ? 3 : null;
    }

    /// <summary>
    /// The first layer [K, C, window] for another C that gives about the same answer to a grey image: the sum over the channels for one, else channel c
    /// takes the file's channel c mod C times C / channels (timm's adapt_input_conv).
    /// </summary>
    private static HostTensor AdaptChannels(HostTensor filter, int from, int to, int[] shape)
    {
        var values = filter.ToFloats();
        int k = filter.Shape[0], window = values.Length / (k * from);
        var result = new float[k * to * window];
        float scale = (float)((double)from / to);
        for (int i = 0; i < k; i++)
        {
            for (int w = 0; w < window; w++)
            {
                if (to == 1)
                {
                    double sum = 0;
                    for (int j = 0; j < from; j++)
                        sum += values[(i * from + j) * window + w];
                    result[i * window + w] = (float)sum;
                    continue;
                }

                for (int j = 0; j < to; j++)
                    result[(i * to + j) * window + w] = values[(i * from + j % from) * window + w] * scale;
            }
        }

        return HostTensor.From(result, shape);
    }
}
