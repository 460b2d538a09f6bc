using NativeEngine.Data;

namespace NativeEngine.Train.Tests;

internal sealed class RecipeTests
{
    [Test]
    public void The_recipe_for_digits_says_what_the_defaults_are()
    {
        string recipe = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(DataLocator.Find())!)!, "recipes", "mnist.yaml");
        var defaults = UpdateRule.WithNumbersUsed(new TrainOptions(), Nn.OptimizerSettings.Catalogue).ToYaml().TrimEnd().Split('\n')
            .ToDictionary(l => l.Split(": ")[0], l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..].Trim('"'));
        var lines = File.ReadLines(recipe).Where(l => l.Length > 0 && l[0] != '#').ToArray();
        Assert.That(lines, Has.Length.GreaterThan(8));
        foreach (string line in lines)
            Assert.That(line, Is.EqualTo($"{line.Split(": ")[0]}: {defaults[line.Split(": ")[0]]}"));
    }
}
