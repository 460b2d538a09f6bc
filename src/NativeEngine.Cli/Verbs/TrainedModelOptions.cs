using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>What eval and predict share: which trained model, on which device, with which data.</summary>
internal sealed class TrainedModelOptions
{
    private const string Foreign = "[weights of other programs]";
    private const long MostLabelBytes = 16 << 20;

    /// <summary>How images are prepared for weights that do not say it: settings of a training, and what their absence means here.</summary>
    private static readonly Dictionary<string, string> Absent = new()
    {
        ["dataset"] = "as they look",
        ["img_size"] = "the model's own",
        ["crop_pct"] = "0.875",
        ["mean"] = "ImageNet's 0.485,0.456,0.406",
        ["std"] = "ImageNet's 0.229,0.224,0.225",
    };

    private readonly Option<string> _weights =
        new("--weights")
        {
            Description = "a run folder, a run's name, a .safetensors checkpoint, auto for the newest run, or with --model any "
            + ".safetensors or .pth file", HelpName = "RUN|FILE|auto", DefaultValueFactory = _ => "auto"
        };
    private readonly Option<string> _output = RunSettings.Flag<string>("output", "folder that run folders are in", "runs");
    private readonly Option<string?> _data =
        RunSettings.Flag<string?>("data", "folder of the data: its part for validation, or all of it where it has no parts; absent: what the "
            + "model was trained on");
    private readonly Option<bool> _heldOut =
        new("--held-out") { Description = "of --data only the images that the training held out, where its data lie in another place now" };
    private readonly Option<bool> _allowEmpty = RunSettings.Flag<bool>("allow_empty", "folders without images are classes, too; otherwise they are an error");
    private readonly Option<string?> _decoder =
        RunSettings.Flag<string?>("decoder", "library that reads image files: skia | imagesharp | auto; absent: the one of the training");
    private readonly Option<string?> _model = RunSettings.Flag<string?>("model", $"{Foreign} the model they belong to");
    private readonly Option<string?> _labels =
        new("--labels")
        {
            Description = $"{Foreign} text file with the class names, a line each, in the order of the logits; absent: the classes of the "
            + "data in code-point order (1, 10, 2), else numbers", HelpName = "FILE"
        };
    private readonly ConfigOptions _prepare = new([.. Absent.Keys.Select(RunSettings.Of)]);

    private readonly DeviceFlags _device = new();

    public void AddTo(Command command)
    {
        command.Options.Add(_weights);
        command.Options.Add(_output);
        command.Options.Add(_data);
        command.Options.Add(_heldOut);
        command.Options.Add(_allowEmpty);
        command.Options.Add(_decoder);
        command.Options.Add(_model);
        command.Options.Add(_labels);
        _prepare.AddFlagsTo(command, s => $"{Foreign} {s.Help.Split("; absent: ")[0]}; absent: {Absent[s.Key]}");
        _device.AddTo(command);
    }

    public Engine CreateEngine(ParseResult parsed) => new(_device.Create(parsed).Backend);

    public TrainedModel Load(ParseResult parsed, Engine engine)
    {
        var trained = TrainedModel.Load(engine, RunFolder.FindWeights(parsed.GetValue(_weights)!, parsed.GetValue(_output)!), Description(parsed));
        if (parsed.GetValue(_decoder) is { } decoder)
            trained.UseDecoder(decoder);
        return trained;
    }

    /// <summary>The images the model is evaluated on: the test part, or the part its training held out.</summary>
    public Dataset Data(ParseResult parsed, TrainedModel trained, Terminal terminal)
    {
        var source = new EvalSource(parsed.GetValue(_data)) { HeldOut = parsed.GetValue(_heldOut), AllowEmpty = parsed.GetValue(_allowEmpty) };
        var data = TrainingData.LoadEval(trained.Card, trained.Path, source, terminal.Line);
        foreach (string read in data.Notes)
            terminal.Line(read);
        if (trained.BindingNote(data) is { } note)
            terminal.Line(note);
        return data;
    }

    /// <summary>What the command line says about weights that do not describe themselves; null when nothing.</summary>
    private WeightDescription? Description(ParseResult parsed)
    {
        var config = new Resolved(TrainOptions.Settings);
        _prepare.ApplyFlags(parsed, config);
        bool prepared = Absent.Keys.Any(k => config.Source(k) != Resolved.Default);
        string? model = parsed.GetValue(_model), labels = parsed.GetValue(_labels);
        if (model is null && labels is null && !prepared)
            return null;
        string? data = parsed.GetValue(_data) ?? Environment.GetEnvironmentVariable(DataLocator.Variable);
        if (config.Source("dataset") == Resolved.Default)
            config.Set("dataset", ((data is null ? null : DatasetFormats.Default.Recognise(data)) ?? DatasetFormats.Default.Pictures).Name, "--data");
        return new WeightDescription
        {
            Model = model, Settings = prepared ? config.Build<TrainOptions>() : null, Labels = labels is null ? null : Names(labels),
        };
    }

    private static string[] Names(string path) => [.. SmallFile.ReadLines(path, MostLabelBytes, "labels file").Select(l => l.Trim())];
}
