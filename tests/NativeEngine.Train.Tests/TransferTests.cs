using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>From weights and images of users to a trained model.</summary>
internal sealed class TransferTests
{
    [Test]
    public void A_folder_of_images_is_learned_with_random_crops()
    {
        using var lab = new Lab();
        using var folder = new PngFolder();
        var options = Folder(lab, folder) with { Scale = [0.3, 1], Hflip = 0.5, Epochs = 6 };
        var result = lab.Train(options, TrainingData.Load(options));
        Assert.That(result.Eval!["top1"], Is.EqualTo(100));
        var card = CheckpointPair.ReadWeights(RunFolder.FindWeights(result.RunPath, lab.Output)).Card;
        Assert.That((card.Channels, card.ImageSize), Is.EqualTo((3, 12)));
        Assert.That(card.Classes, Is.EqualTo(new[] { "blue", "green", "red" }));
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, RunFolder.FindWeights(result.RunPath, lab.Output));
        string image = Path.Combine(folder.Path, "val", "green", "1.png");
        Assert.That(trained.Predict(ImageReader.Read(image)), Is.EqualTo(trained.Predict(TrainingData.Load(options).Eval, 8)),
            "a file alone is prepared as in its folder");
        string Hash(int workers, ImageCache cache)
        {
            var changed = options with { Workers = workers, Cache = cache };
            return lab.Train(changed, TrainingData.Load(changed)).WeightsHash;
        }

        Assert.That(new[] { Hash(2, ImageCache.Auto), Hash(0, ImageCache.Ram) }, Is.All.EqualTo(result.WeightsHash),
            "workers change no bit, nor where images are kept");
        Assert.That(Hash(2, ImageCache.None), Is.EqualTo(Hash(0, ImageCache.None)), "crops of pictures in their own size");
        var whole = options with { Scale = null, Cache = ImageCache.None };
        Assert.That(lab.Train(whole, TrainingData.Load(whole)).WeightsHash,
            Is.EqualTo(lab.Train(options with { Scale = null }, TrainingData.Load(options)).WeightsHash),
            "without crops the cache changes no bit");
        Assert.That(lab.Train(options with { Scale = [0.2, 1] }, TrainingData.Load(options)).WeightsHash, Is.Not.EqualTo(result.WeightsHash));
    }

    [Test]
    public void A_folder_without_a_validation_part_needs_a_fraction()
    {
        using var lab = new Lab();
        using var folder = new PngFolder(parts: false);
        var options = Folder(lab, folder);
        Assert.That(() => TrainingData.Load(options), Throws.TypeOf<UsageException>().With.Message.Contains("val_fraction"));
        var data = TrainingData.Load(options with { ValFraction = 0.25 });
        Assert.That((data.Train.Count, data.Eval.Count), Is.EqualTo((18, 6)));
        Assert.That(() => TrainingData.Load(options with { Dataset = "mnist" }), Throws.TypeOf<UsageException>().With.Message.Contains("use --dataset folder"));
    }

    [Test]
    public void Images_classes_and_normalisation_follow_the_options()
    {
        using var lab = new Lab();
        using var folder = new PngFolder();
        var options = Folder(lab, folder) with { InChans = 1, ImgSize = 9, Classes = ["red", "blue"], NumClasses = 4, Mean = [0.5], Std = [0.25] };
        options.Validate();
        var data = TrainingData.Load(options);
        Assert.That((data.Train.Channels, data.Train.Height, data.Train.Count), Is.EqualTo((1, 9, 16)));
        Assert.That(data.Train.Classes, Is.EqualTo(new[] { "red", "blue", "unused 2", "unused 3" }));
        Assert.That((data.Eval.Mean[0], data.Eval.Std[0]), Is.EqualTo((0.5f, 0.25f)));
        using var engine = Lab.Engine();
        Assert.That(Trainer.Create(engine, options, data).Model.Settings, Is.EqualTo(new ModelSettings(4, 1, 9, 0, 0)));
        Assert.That(() => TrainingData.Load(options with { NumClasses = 1 }), Throws.TypeOf<UsageException>().With.Message.Contains("num_classes 1"));
        Assert.That(() => TrainingData.Load(options with { InChans = 3 }), Throws.TypeOf<UsageException>().With.Message.Contains("mean has 1 numbers"));
        Assert.That(() => (options with { InChans = 2 }).Validate(), Throws.TypeOf<UsageException>());
        Assert.That(() => (options with { Std = null }).Validate(), Throws.TypeOf<UsageException>());
        Assert.That(() => (options with { Scale = [0.5, 0.2] }).Validate(), Throws.TypeOf<UsageException>());
    }

    [Test]
    public void Weights_for_other_classes_keep_everything_but_the_head_and_say_so()
    {
        using var lab = new Lab();
        using var folder = new PngFolder();
        var options = Folder(lab, folder) with { Epochs = 1 };
        var all = lab.Train(options, TrainingData.Load(options));
        (string[] Notes, StateDict Weights) Start(TrainOptions changed, string? weights = null)
        {
            using var engine = Lab.Engine();
            changed = changed with { Weights = weights is "" ? null : weights ?? all.RunPath, Seed = 99 };
            var trainer = Trainer.Create(engine, changed, TrainingData.Load(changed));
            return ([.. trainer.WeightNotes], trainer.Model.StateDict());
        }

        var source = CheckpointPair.ReadWeights(RunFolder.FindWeights(all.RunPath, lab.Output)).Tensors;
        var same = Start(options);
        Assert.That(same.Notes, Is.Empty);
        Assert.That(WeightsHash.Of(same.Weights), Is.EqualTo(WeightsHash.Of(source)));
        var fewer = Start(options with { Classes = ["red", "blue"] });
        Assert.That(fewer.Notes, Is.EqualTo(new[] { "fc: classes bound by name: red, blue from the file; green left out" }));
        var reordered = Start(options with { Classes = ["red", "blue", "green"] });
        Assert.That(reordered.Notes, Is.EqualTo(new[] { "fc: classes bound by name, in the order red, blue, green" }));
        foreach (var parameter in new[] { "fc.weight", "fc.bias" })
        {
            float[][] Rows(StateDict weights) => [.. weights[parameter].ToFloats().Chunk(weights[parameter].ToFloats().Length / weights[parameter].Shape[0])];
            var rows = Rows(source);
            Assert.That(Rows(reordered.Weights), Is.EqualTo(new[] { rows[2], rows[0], rows[1] }), parameter);
            Assert.That(Rows(fewer.Weights), Is.EqualTo(new[] { rows[2], rows[0] }), parameter);
            var more = Start(options with { NumClasses = 4 });
            Assert.That(more.Notes, Is.EqualTo(new[] { "fc: classes bound by name: blue, green, red from the file; unused 3 drawn anew" }));
            Assert.That(Rows(more.Weights)[..3], Is.EqualTo(rows), parameter);
            Assert.That(Rows(more.Weights)[3], Is.EqualTo(Rows(Start(options with { NumClasses = 4, Weights = null }, "").Weights)[3]), parameter);
        }

        var grey = Start(options with { InChans = 1 });
        Assert.That(grey.Notes, Is.EqualTo(new[] { "conv1.weight: summed over its 3 input channels for images with one" }));
        foreach (var (name, tensor) in source)
        {
            Assert.That(reordered.Weights[name].Bytes.Span.SequenceEqual(tensor.Bytes.Span), Is.EqualTo(!name.StartsWith("fc.", StringComparison.Ordinal)),
                name);
            if (!name.StartsWith("conv1.weight", StringComparison.Ordinal))
                Assert.That(grey.Weights[name].Bytes.Span.SequenceEqual(tensor.Bytes.Span), name);
        }

        Assert.That(() => Start(options with { Model = "lenet" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("does not fit the model").And.Message.Contains("missing in the file: conv1.bias"));
        Assert.That(() => Start(options with { Model = "lenet", Partial = true }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("0 tensors match"),
                "none of it fits: a training from nothing is not what was asked for");
    }

    private static TrainOptions Folder(Lab lab, PngFolder folder) =>
        lab.Options with { Dataset = "folder", Data = folder.Path, ImgSize = 12, BatchSize = 8, Drop = null, Hflip = 0, RandomShift = 0 };
}
