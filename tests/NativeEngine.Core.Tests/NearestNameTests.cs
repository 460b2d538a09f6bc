
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
}
