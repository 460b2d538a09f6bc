using NativeEngine.Cli.Shell;

namespace NativeEngine.Cli.Tests.Shell;

/// <summary>Unknown names are answered with the nearest known one.</summary>
public sealed class UsageTests
{
    [TestCase("", "", 0)]
    [TestCase("kitten", "sitting", 3)]
    [TestCase("lr", "", 2)]
    [TestCase("epochs", "epoch", 1)]
    public void Distance_Is_Levenshteins(string a, string b, int expected) => Assert.That(Usage.Distance(a, b), Is.EqualTo(expected));

    [Test]
    public void Suggests_Only_What_Is_Near()
    {
        Assert.That(Usage.Suggest("--epoch", ["--epochs", "--lr"]), Is.EqualTo(", did you mean '--epochs'?"));
        Assert.That(Usage.Suggest("--zebra", ["--epochs", "--lr"]), Is.Empty);
    }
}
