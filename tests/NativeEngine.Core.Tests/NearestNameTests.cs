
namespace NativeEngine.Core.Tests;

/// <summary>Unknown names are answered with the nearest known one.</summary>
public sealed class NearestNameTests
{
    [TestCase("", "", 0)]
    [TestCase("kitten", "sitting", 3)]
    [TestCase("lr", "", 2)]
    [TestCase("epochs", "epoch", 1)]
    [TestCase("resnet81", "resnet18", 1)]
    [TestCase("lr", "rl", 1)]
    public void Distance_Counts_Edits_And_Swaps(string a, string b, int expected) => Assert.That(NearestName.Distance(a, b), Is.EqualTo(expected));

    [Test]
    public void Suggests_Only_What_Is_Near()
    {
        Assert.That(NearestName.Suggest("--epoch", ["--epochs", "--lr"]), Is.EqualTo(", did you mean '--epochs'?"));
        Assert.That(NearestName.Suggest("resnet81", ["resnet101", "resnet18", "resnet50"]), Is.EqualTo(", did you mean 'resnet18'?"));
        Assert.That(NearestName.Suggest("--zebra", ["--epochs", "--lr"]), Is.Empty);
    }

    [TestCase("SGD", "sgd")]
    [TestCase("Batch_Size", "--batch-size")]
    [TestCase("EfficientNet-B0", "efficientnet_b0")]
    [TestCase("-x", null)]
    [TestCase("learning-rate", "--lr")]
    [TestCase("--Learning_Rate", "--lr")]
    public void Capitals_And_Dashes_Do_Not_Count_And_Other_Programs_Names_Are_Known(string name, string? expected) =>
        Assert.That(NearestName.Of(name, ["--lr", "--batch-size", "sgd", "efficientnet_b0", "-b"], new Dictionary<string,
            string>
        { ["learningrate"] = "--lr" }), Is.EqualTo(expected));
}
