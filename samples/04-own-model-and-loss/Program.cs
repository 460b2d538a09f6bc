using NativeEngine;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;
using NativeEngine.Train;

// A model and a loss of one's own in the trainer: run folder, checkpoints, resumption and reports come with it.
var options = new TrainOptions { Loss = "brier(power=2)", Epochs = 1, Lr = 0.01, Output = Path.Combine(Path.GetTempPath(), "nengine-sample") };
var task = new ClassificationTask { Catalogues = Catalogues.Default with { Losses = LossFunction.Catalogue.With<BrierLoss>() } };
var data = TrainingData.Load(options);

using var engine = Engine.Open("auto");
var sizes = new ModelSettings(data.Train.Classes.Count, data.Train.Channels, data.Train.Height, Drop: 0, DropPath: 0);
var result = Trainer.Create(new TwoConvs(engine, sizes), task, options, data).Fit();
Console.WriteLine($"after one epoch: top-1 {result.Eval!["top1"]:F2} %, loss {result.Eval["loss"]:F4}");
Console.WriteLine(string.Join(' ', Directory.GetFileSystemEntries(result.RunPath).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
return result.Eval["top1"] > 95 ? 0 : 1;

/// <summary>Σ |softmax(logits) - onehot|^power, averaged over the batch: on the command line it would be brier(power=2).</summary>
internal sealed record BrierLoss(double Power = 2) : LossFunction
{
    public override bool TakesFloatTarget => true;

    public override Tensor Compute(Tensor input, Tensor target)
    {
        var difference = (input.Softmax(1) - target).Abs();
        return difference.Pow(Power).Sum([1]).Mean();
    }
}

internal sealed class TwoConvs : Model
{
    private readonly Conv2d _first, _second;
    private readonly Linear _head;

    public TwoConvs(Engine engine, ModelSettings sizes) : base(engine, sizes)
    {
        _first = Child("first", new Conv2d(engine, sizes.InChans, 16, 3, padding: 1));
        _second = Child("second", new Conv2d(engine, 16, 32, 3, padding: 1));
        _head = Child("head", new Linear(engine, 32 * (sizes.ImgSize / 4) * (sizes.ImgSize / 4), sizes.NumClasses));
    }

    public override string Head => "head";

    public override string Stem => "first";

    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _first.Forward(x).MaxPool2d((2, 2)).Relu();
        return _second.Forward(x).MaxPool2d((2, 2)).Relu().Flatten();
    }

    protected override Tensor ComputeLogits(Tensor features) => _head.Forward(features);
}
