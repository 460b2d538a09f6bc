using System.CommandLine;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>What eval and predict share: which trained model, on which device, with which data.</summary>
internal sealed class TrainedModelOptions
{
    private readonly Option<string> _weights = new("--weights") { Description = "a run folder, a run's name, a .safetensors checkpoint, or auto for the newest run", HelpName = "RUN|FILE|auto", DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _output = new("--output") { Description = "folder that run folders are in", DefaultValueFactory = _ => "runs" };
    private readonly Option<string?> _data = new("--data", "--data-path") { Description = "folder of the data; absent: what the model was trained on" };
    private readonly DeviceOptions _device = new();

    public void AddTo(Command command)
    {
        command.Options.Add(_weights);
        command.Options.Add(_output);
        command.Options.Add(_data);
        _device.AddTo(command);
    }

    public Engine CreateEngine(ParseResult parsed) => new(_device.Create(parsed).Backend);

    public TrainedModel Load(ParseResult parsed, Engine engine) =>
        TrainedModel.Load(engine, RunFolder.FindWeights(parsed.GetValue(_weights)!, parsed.GetValue(_output)!));

    /// <summary>The images the model is evaluated on: the test part, or the part its training held out.</summary>
    public Dataset Data(ParseResult parsed, TrainedModel trained)
    {
        var options = trained.Card.Options;
        return TrainingData.Load(parsed.GetValue(_data) is { } folder ? options with { Data = folder } : options).Eval;
    }
}
