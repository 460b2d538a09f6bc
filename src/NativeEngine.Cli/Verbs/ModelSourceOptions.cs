using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>Finds a model with its weights by what a person names: a run, a weights file, or a model of the catalogue.</summary>
internal sealed class ModelSourceOptions
{
    private readonly Option<string> _output = RunSettings.Flag<string>("output", "folder that run folders are in", "runs");
    private readonly Option<string?> _model = RunSettings.Flag<string?>("model", "the model that a weights file without a description belongs to");
    private readonly Option<int?> _classes = RunSettings.Flag<int?>("num_classes", "length of the logits (what the weights have when absent)");
    private readonly Option<int?> _channels = RunSettings.Flag<int?>("in_chans", "channels of the images (what the weights have when absent)");
    private readonly Option<int?> _size =
        RunSettings.Flag<int?>("img_size", "height and width of the images (those of training, or the model's own, when absent)");

    public void AddTo(Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_model);
        command.Options.Add(_classes);
        command.Options.Add(_channels);
        command.Options.Add(_size);
    }

    /// <summary>The model that <paramref name="source"/> names. A file or folder of that name comes first, then a model, then a run.</summary>
    /// <exception cref="CheckpointException">The weights do not fit the model; lists what does not.</exception>
    public ModelSource Open(ParseResult parsed, string source)
    {
        bool isModel = ModelCatalogue.All.Any(d => d.Name == source);
        if (isModel && !Path.Exists(source))
            return Drawn(parsed, source);
        string output = parsed.GetValue(_output)!;
        if (source is not ("auto" or "") && !RunFolder.Exists(source, output))
            throw new UsageException($"{source}: no such file, run or model{ModelCatalogue.SuggestFor(source)}");
        string path = RunFolder.FindWeights(source, output);
        var file = WeightFile.Read(path);
        if (ModelCard.Describes(file.Metadata))
        {
            var (card, weights) = CheckpointPair.Check(file, path);
            if (parsed.GetValue(_model) is { } other && other != card.Architecture)
                throw new UsageException($"--model {other}: {path} is a {card.Architecture}");
            var own = new ModelOptions { NumClasses = card.Classes.Count, InChans = card.Channels, ImgSize = card.ImageSize };
            return new ModelSource(path, Fit(parsed, card.Architecture, own, weights, path), weights, card, file.Metadata);
        }

        string name = parsed.GetValue(_model) ?? throw new UsageException(WeightDescription.Missing(path));
        var (named, sizes) = PretrainedWeights.Recognise(name, file.Tensors, path);
        return new ModelSource(path, Fit(parsed, name, sizes, named, path), named, null, file.Metadata);
    }

    private ModelSource Drawn(ParseResult parsed, string name)
    {
        using var cpu = new Engine(new DeviceOptions { Device = "cpu" }.Open().Backend);
        var weights = ModelCatalogue.Create(name, cpu, Chosen(parsed, new ModelOptions())).StateDict();
        string origin = $"drawn weights (seed {cpu.Seed})";
        return new ModelSource(origin, Fit(parsed, name, new ModelOptions(), weights, origin), weights, null, new Dictionary<string, string>());
    }

    private Model Fit(ParseResult parsed, string name, ModelOptions own, StateDict weights, string source)
    {
        var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, Chosen(parsed, own) with { Initialize = false });
        model.LoadState(weights, source);
        WeightValues.Require(model, weights, source);
        return model;
    }

    private ModelOptions Chosen(ParseResult parsed, ModelOptions own) => own with
    {
        NumClasses = parsed.GetValue(_classes) ?? own.NumClasses,
        InChans = parsed.GetValue(_channels) ?? own.InChans,
        ImgSize = parsed.GetValue(_size) ?? own.ImgSize,
    };
}
