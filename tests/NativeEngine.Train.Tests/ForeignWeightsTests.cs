using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Weights of other programs, which say nothing about themselves, are evaluated with what a person says about them.</summary>
internal sealed class ForeignWeightsTests
{
    private static readonly WeightDescription SmallCnn =
        new() { Model = "smallcnn", Settings = new TrainOptions { Dataset = "folder", ImgSize = 12, Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.2, 0.2] } };

    private PngFolder _images = null!;
    private Lab _lab = null!;
    private string _run = "", _plain = "";
    private EvalResult _eval = null!;

    [OneTimeSetUp]
    public void TrainAndStrip()
    {
        (_images, _lab) = (new PngFolder(), new Lab());
        var options = _lab.Options with
        {
            Dataset = "folder",
            Data = _images.Path,
            ImgSize = 12,
            Epochs = 2,
            BatchSize = 8,
            Mean = [0.4, 0.5, 0.6],
            Std = [0.2, 0.2, 0.2]
        };
        var result = _lab.Train(options, TrainingData.Load(options));
        _run = RunFolder.FindWeights(result.RunPath, _lab.Output);
        var weights = CheckpointPair.ReadWeights(_run);
        _plain = Path.Combine(_lab.Output, "plain.pth");
        WeightFile.Write(_plain, weights.Tensors);
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, _run);
        _eval = trained.Evaluate(TrainingData.LoadEval(trained.Card, trained.Path));
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _images.Dispose();
        _lab.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void They_Evaluate_As_The_Checkpoint_They_Came_From(bool named)
    {
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, _plain, SmallCnn with { Labels = named ? ["blue", "green", "red"] : null });
        var eval = trained.Evaluate(TrainingData.LoadEval(trained.Card, trained.Path, new EvalSource(_images.Path)));
        Assert.That((eval["loss"], eval["top1"], eval.Images), Is.EqualTo((_eval["loss"], _eval["top1"], _eval.Images)));
        Assert.That(trained.Card.Classes, Is.EqualTo(named ? ["blue", "green", "red"] : new[] { "0", "1", "2" }));
    }

    [Test]
    public void A_Model_That_Was_A_Part_Of_Something_Larger_Is_Recognised()
    {
        var wrapped = new StateDict();
        foreach (var (name, tensor) in WeightFile.Read(_plain).Tensors)
            wrapped.Add($"net.backbone.{name}", tensor);
        string path = Path.Combine(_lab.Output, "wrapped.pth");
        WeightFile.Write(path, wrapped);
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, path, SmallCnn);
        Assert.That(trained.Evaluate(TrainingData.LoadEval(trained.Card, trained.Path, new EvalSource(_images.Path)))["loss"], Is.EqualTo(_eval["loss"]));
    }

    [Test]
    public void A_Folder_Without_Parts_Is_Evaluated_Whole()
    {
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, _plain, SmallCnn);
        string val = Path.Combine(_images.Path, "val");
        Assert.That(trained.Evaluate(TrainingData.LoadEval(trained.Card, trained.Path, new EvalSource(val)))["loss"], Is.EqualTo(_eval["loss"]));
    }

    [Test]
    public void Colour_Images_Are_Normalised_As_Torchvisions_Weights_Expect()
    {
        using var engine = Lab.Engine();
        var card = TrainedModel.Load(engine, _plain,
            new WeightDescription { Model = "smallcnn", Settings = SmallCnn.Settings! with { Mean = null, Std = null } }).Card;
        Assert.That(card.Mean, Is.EqualTo(new[] { 0.485f, 0.456f, 0.406f }));
        Assert.That(card.Std, Is.EqualTo(new[] { 0.229f, 0.224f, 0.225f }));
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return new TestCaseData(null, "does not say which model it belongs to");
        yield return new TestCaseData(SmallCnn with { Model = "smallcn" }, "did you mean 'smallcnn'");
        yield return new TestCaseData(SmallCnn with { Labels = ["a", "b"] }, "labels: 2 names, but");
        yield return new TestCaseData(SmallCnn with { Labels = ["a", "b", "a"] }, "a is named twice");
        yield return new TestCaseData(SmallCnn with { Settings = SmallCnn.Settings! with { Mean = [0.5], Std = [0.5] } }, "mean has 1 numbers");
        yield return new TestCaseData(SmallCnn with { Settings = SmallCnn.Settings! with { Std = null } }, "mean and std");
    }

    [TestCaseSource(nameof(Refused))]
    public void What_Does_Not_Fit_Is_Said(WeightDescription? description, string sentence)
    {
        using var engine = Lab.Engine();
        Assert.That(() => TrainedModel.Load(engine, _plain, description), Throws.TypeOf<UsageException>().With.Message.Contains(sentence));
    }

    [Test]
    public void A_Checkpoint_Describes_Itself()
    {
        using var engine = Lab.Engine();
        Assert.That(() => TrainedModel.Load(engine, _run, SmallCnn),
            Throws.TypeOf<UsageException>().With.Message.Contains("says itself that it is a smallcnn"));
        Assert.That(TrainedModel.Load(engine, _run, new WeightDescription { Model = "smallcnn" }).Card.ClassesAreNamed, "naming its model does no harm");
    }

    [Test]
    public void Unnamed_Classes_Take_As_Many_Of_The_Data()
    {
        using var engine = Lab.Engine();
        var trained = TrainedModel.Load(engine, _plain, SmallCnn);
        var two = TrainingData.LoadEval(trained.Card, trained.Path, new EvalSource(_images.Path)).OnlyClasses(["blue", "red"]);
        Assert.That(() => trained.Evaluate(two),
            Throws.TypeOf<UsageException>().With.Message.Contains("has 2 classes").And.Message.Contains("has 3 without names"));
    }

    [Test]
    public void Unnamed_Classes_Are_Those_Of_The_Training_Part_Where_The_Other_Lacks_Some()
    {
        using var images = new PngFolder();
        Directory.Delete(Path.Combine(images.Path, "val", "green"), recursive: true);
        using var engine = Lab.Engine();
        EvalResult Evaluated(string[]? labels)
        {
            var trained = TrainedModel.Load(engine, _plain, SmallCnn with { Labels = labels });
            return trained.Evaluate(TrainingData.LoadEval(trained.Card, trained.Path, new EvalSource(images.Path)));
        }

        var named = Evaluated(["blue", "green", "red"]);
        Assert.That((named.Images, named["loss"]), Is.EqualTo((16, Evaluated(null)["loss"])));
        Directory.CreateDirectory(Path.Combine(images.Path, "val", "yellow"));
        File.Copy(Directory.GetFiles(Path.Combine(images.Path, "val", "red"))[0], Path.Combine(images.Path, "val", "yellow", "0.png"));
        Assert.That(Evaluated(null).Images, Is.EqualTo(17), "its own three classes, where they are not among those of the training part");
    }

    [Test]
    public void Weights_Of_Another_Model_Do_Not_Fit_Before_Anything_Else_Is_Asked()
    {
        var two = new StateDict();
        foreach (var (name, tensor) in WeightFile.Read(_plain).Tensors)
        {
            two.Add($"student.{name}", tensor);
            two.Add($"teacher.{name}", tensor);
        }

        string path = Path.Combine(_lab.Output, "two.pth");
        WeightFile.Write(path, two);
        using var engine = Lab.Engine();
        Assert.That(() => TrainedModel.Load(engine, path, new WeightDescription { Model = "smallcnn" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("does not fit the model: 0 tensors match").And.Message.Contains("student."));
    }

    [Test]
    public void A_Run_That_Is_Not_There_Is_Named_With_The_Nearest()
    {
        string name = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(_run)!)!), near = name[..^1];
        Assert.That(() => RunFolder.FindWeights(near, _lab.Output),
            Throws.TypeOf<CheckpointException>().With.Message.Contains($"{near}: no such run, folder or file, did you mean '{name}'?"));
        Assert.That(() => RunFolder.Open(Path.Combine(_lab.Output, "nowhere")),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("no such run, folder or file"));
    }
}
