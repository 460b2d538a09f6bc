using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

internal sealed class TrainedModelTests
{
    [Test]
    public void A_trained_model_evaluates_and_predicts()
    {
        using var lab = new Lab();
        var result = lab.Train(lab.Options with { Interpolation = "nearest", Epochs = 8, Drop = null });
        using var engine = Lab.Engine();
        var model = TrainedModel.Load(engine, RunFolder.FindWeights(result.RunPath, lab.Output));
        var eval = model.Evaluate(Lab.Data.Eval, batchSize: 7);
        Assert.That(eval["top1"], Is.EqualTo(result.Best), "the best checkpoint has the best metric");
        Assert.That((eval["top5"], eval.Images), Is.EqualTo((100.0, 40)));
        int right = 0;
        for (int i = 0; i < Lab.Data.Eval.Count; i++)
        {
            var top = model.Predict(Lab.Data.Eval, i);
            Assert.That(top, Has.Count.EqualTo(3));
            Assert.That(top.Select(p => p.Probability), Is.Ordered.Descending);
            Assert.That(top.Sum(p => p.Probability), Is.InRange(0.75, 1.0001));
            right += top[0].Class == Lab.Data.Eval.Label(i) ? 1 : 0;
        }

        Assert.That(100.0 * right / Lab.Data.Eval.Count, Is.EqualTo(eval["top1"]));
        Assert.That(() => model.Predict(Lab.Data.Eval, 40), Throws.TypeOf<UsageException>().With.Message.Contains("expected 0..39"));
        var pixels = new byte[64];
        Lab.Data.Eval.Read(5, pixels);
        var enlarged = new DecodedImage(16, 16, 1, [.. Enumerable.Range(0, 256).Select(i => pixels[i / 32 * 8 + i % 16 / 2])]);
        Assert.That(model.Predict(enlarged), Is.EqualTo(model.Predict(Lab.Data.Eval, 5)), "the nearest pixels of a doubled image are the image");
    }

    [Test]
    public void Classes_are_bound_by_name()
    {
        using var lab = new Lab();
        var result = lab.Train(lab.Options with { Epochs = 6, Drop = null });
        using var engine = Lab.Engine();
        var model = TrainedModel.Load(engine, RunFolder.FindWeights(result.RunPath, lab.Output));
        var eval = Lab.Data.Eval;
        var pixels = new byte[eval.Count * 64];
        for (int i = 0; i < eval.Count; i++)
            eval.Read(i, pixels.AsSpan(i * 64, 64));
        var reversed = MemoryDataset.Create("reversed", pixels, [.. Enumerable.Range(0, eval.Count).Select(i => 3 - eval.Label(i))], (1, 8, 8),
            [.. eval.Classes.Reverse()]);
        Assert.That(model.Evaluate(reversed)["top1"], Is.EqualTo(model.Evaluate(eval)["top1"]));
        var other = MemoryDataset.Create("other", pixels, [.. Enumerable.Range(0, eval.Count).Select(eval.Label)], (1, 8, 8),
            ["class0", "class1", "cat", "class3"]);
        Assert.That(() => model.Evaluate(other),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("only in the data: cat; only in the model: class2"));
        var large = SyntheticData.Create(4, 4, (1, 9, 9), 1);
        Assert.That(() => model.Evaluate(large), Throws.TypeOf<DataException>().With.Message.Contains("images of 1x9x9"));
    }
}
