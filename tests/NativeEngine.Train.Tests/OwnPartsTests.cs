using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>A data set format, a loss and an optimizer of one's own, each one class, named in settings like those of the engine.</summary>
internal sealed class OwnPartsTests
{
    private static readonly ClassificationTask Task = new()
    {
        Catalogues = Catalogues.Default with
        {
            Formats = DatasetFormats.Default.With(new RawFormat()),
            Losses = LossFunction.Catalogue.With<BrierLoss>(),
            Optimizers = OptimizerSettings.Catalogue.With<HeavyBallSettings>(),
        },
    };

    [Test]
    public void They_are_trained_with_evaluated_and_resumed_to_the_bit()
    {
        using var lab = new Lab();
        string path = RawFormat.Write(Path.Combine(lab.Output, "set.raw"), Lab.Data);
        var options = lab.Options with
        {
            Data = path,
            Dataset = "raw",
            Loss = "0.5*ce+brier(power=2)",
            Opt = "heavy_ball",
            OptArgs = "beta=0.8",
            Lr = 0.05,
            Hflip = 0,
            Drop = 0,
            Epochs = 8
        };
        var data = TrainingData.Load(options, Task.Catalogues.Formats);
        var whole = Run(lab, options, data);
        Assert.That(whole.Eval!["top1"], Is.GreaterThan(60), "four classes: chance is 25");
        Assert.That(File.ReadAllText(Path.Combine(whole.RunPath, "args.yaml")), Does.Contain("dataset: \"raw\"").And.Contain("opt: \"heavy_ball\""));

        var sgd = Run(lab, options with { Opt = "sgd", Momentum = 0.8, OptArgs = null, WeightDecay = 0 }, data);
        Assert.That(whole.Eval["loss"], Is.EqualTo(sgd.Eval!["loss"]).Within(1e-3), "the same rule");

        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, RunFolder.FindWeights(whole.RunPath, lab.Output), task: Task);
        var again = TrainingData.LoadEval(trained.Card, trained.Path, formats: Task.Catalogues.Formats);
        Assert.That(trained.Evaluate(again)["top1"], Is.EqualTo(whole.Best));
        Assert.That(trained.Pixels(new DecodedImage(2, 1, 1, [7, 9])), Is.All.EqualTo(7), "prepared as the format says");

        var part = Run(lab, options with { MaxSteps = 6 }, data);
        Assert.That(part.Stopped, Is.EqualTo(StopReason.MaxSteps));
        var resumed = Trainer.Resume(Net(engine, options, data), Task, options, RunFolder.Open(part.RunPath), data).Fit();
        Assert.That(resumed.WeightsHash, Is.EqualTo(whole.WeightsHash));
    }

    [Test]
    public void They_are_known_only_where_they_were_handed_in()
    {
        Assert.That(() => new TrainOptions { Dataset = "raw" }.Validate(), Throws.TypeOf<UsageException>().With.Message.StartsWith("unknown dataset 'raw'"));
        Assert.That(() => new TrainOptions { Loss = "brier" }.Validate(), Throws.TypeOf<UsageException>().With.Message.StartsWith("unknown loss 'brier'"));
        Assert.That(() => new TrainOptions { Opt = "heavy_ball" }.Validate(),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("unknown opt 'heavy_ball'"));
        Assert.That(() => new TrainOptions { Dataset = "raw", Loss = "brier", Opt = "heavy_ball" }.Validate(Task), Throws.Nothing);
    }

    [Test]
    public void What_a_path_holds_is_recognised_and_another_format_is_refused_with_its_name()
    {
        using var lab = new Lab();
        using var images = new PngFolder();
        string path = RawFormat.Write(Path.Combine(lab.Output, "set.raw"), Lab.Data);
        var formats = Task.Catalogues.Formats;
        Assert.That(new[] { path, images.Path, Path.Combine(lab.Output, "nothing") }.Select(p => formats.Recognise(p)?.Name),
            Is.EqualTo(new[] { "raw", "folder", null }));
        Assert.That(formats.Help, Does.StartWith("raw | mnist | idx | ").And.EndsWith(" | folder (pictures, one folder per class)"));
        Assert.That(() => TrainingData.Load(lab.Options with { Data = images.Path, Dataset = "mnist" }),
            Throws.TypeOf<UsageException>()
                .With.Message.EqualTo($"{images.Path} holds folders, but dataset is mnist; use --dataset folder for folders of images"));
        Assert.That(() => TrainingData.Load(lab.Options with { Data = path, Dataset = "idx" }, formats),
            Throws.InstanceOf<EngineException>());
    }

    private static Model Net(Engine engine, TrainOptions options, DatasetPair data) =>
        ModelCatalogue.Create(options.Model, engine, TrainingTask.SizesOf(options, data.Train));

    private static TrainResult Run(Lab lab, TrainOptions options, DatasetPair data)
    {
        using var engine = Lab.Engine();
        return Trainer.Create(Net(engine, options, data), Task, options with { Output = lab.Output }, data).Fit();
    }

    /// <summary>Σ |softmax(logits) - onehot|^power, averaged over the batch.</summary>
    public sealed record BrierLoss(double Power = 2) : LossFunction
    {
        public override bool TakesFloatTarget => true;

        public override Tensor Compute(Tensor input, Tensor target)
        {
            var difference = input.Softmax(1) - target;
            return (Power == 2 ? difference * difference : difference.Abs()).Sum([1]).Mean();
        }
    }

    /// <summary>m = beta·m + g, p -= lr·m.</summary>
    public sealed record HeavyBallSettings(double Beta = 0.9) : OptimizerSettings
    {
        public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default) => new HeavyBall(Name, groups, Beta);
    }

    private sealed class HeavyBall(string name, IReadOnlyList<ParameterGroup> groups, double beta) : Optimizer(name, groups)
    {
        private readonly Dictionary<Parameter, Tensor> _momentum = [];

        public override void Step(double learningRate)
        {
            PrepareSlots();
            foreach (var (parameter, momentum) in _momentum)
            {
                var (tensor, backend) = (parameter.Tensor, parameter.Tensor.Engine.Backend);
                if (tensor.Grad is null)
                    continue;
                backend.Copy(momentum, momentum, GradMode.Overwrite, beta);
                backend.Copy(tensor.Grad, momentum, GradMode.Accumulate, 1);
                tensor.MarkChanged();
                backend.Copy(momentum, tensor, GradMode.Accumulate, -learningRate);
            }

            StepCount++;
        }

        protected override void PrepareSlots()
        {
            foreach (var parameter in Parameters.Where(p => !_momentum.ContainsKey(p)))
                _momentum.Add(parameter, Filled(parameter.Tensor));
        }

        protected override IEnumerable<(string Name, Tensor Tensor)> Slots() => _momentum.Select(m => ($"{m.Key.Name}.momentum", m.Value));
    }

    /// <summary>One file: a text line with sizes, then labels and pixels of both parts.</summary>
    private sealed class RawFormat : DatasetFormat
    {
        public override string Name => "raw";

        public override string Holds => "raw bytes";

        public override string Purpose => "bytes with a line of sizes";

        public override bool Recognises(string path) => path.EndsWith(".raw", StringComparison.Ordinal) && File.Exists(path);

        public static string Write(string path, DatasetPair data)
        {
            using var file = File.Create(path);
            foreach (var part in new[] { data.Train, data.Eval })
            {
                file.Write(BitConverter.GetBytes(part.Count));
                var pixels = new byte[part.ImageBytes];
                for (int i = 0; i < part.Count; i++)
                {
                    part.Read(i, pixels);
                    file.WriteByte((byte)part.Label(i));
                    file.Write(pixels);
                }
            }

            return path;
        }

        public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
        {
            byte[] bytes = File.ReadAllBytes(request.Path!);
            int at = 0;
            var train = Part("raw train", bytes, ref at, null);
            return (train, Part("raw test", bytes, ref at, new PixelMoments(train.Mean, train.Std)));
        }

        public override byte[] Prepare(DecodedImage image, FolderOptions options)
        {
            var pixels = new byte[options.Size * options.Size * options.Channels];
            Array.Fill(pixels, image.Pixels[0]);
            return pixels;
        }

        private static MemoryDataset Part(string name, byte[] bytes, ref int at, PixelMoments? moments)
        {
            int count = BitConverter.ToInt32(bytes, at), first = at + 4;
            at = first + (count * 65);
            return MemoryDataset.Create(name, [.. Enumerable.Range(0, count).SelectMany(i => bytes[(first + (65 * i) + 1)..(first + (65 * (i + 1)))])],
                [.. Enumerable.Range(0, count).Select(i => (int)bytes[first + (65 * i)])], (1, 8, 8), ["0", "1", "2", "3"], moments);
        }
    }
}
