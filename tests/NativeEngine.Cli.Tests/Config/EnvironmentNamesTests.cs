using System.Text.RegularExpressions;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Config;

/// <summary>Variables NENGINE_*: every one that exists is in a table, every other is an error.</summary>
public sealed partial class EnvironmentNamesTests
{
    [TestCase("NENGINE_EPOCS", "did you mean NENGINE_EPOCHS?")]
    [TestCase("NENGINE_epochs", "did you mean NENGINE_EPOCHS?")]
    [TestCase("NENGINE_CUDA_PTH", "did you mean NENGINE_CUDA_PATH?")]
    [TestCase("NENGINE_WEIGHTDECAY", "did you mean NENGINE_WEIGHT_DECAY?")]
    [TestCase("NENGINE_NOTHING_OF_THE_KIND", "unknown variable NENGINE_NOTHING_OF_THE_KIND; unset it")]
    public void An_unknown_variable_is_refused_with_the_nearest(string name, string message)
    {
        using var scope = new EnvironmentScope((name, "3"));
        foreach (string[] command in new string[][] { ["config", "show"], ["models", "list"], ["doctor"], ["train", "--dry-run"] })
        {
            var result = Support.Cli.Run(command);
            Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
            Assert.That(result.Error, Does.Contain(name).And.Contain(message));
        }
    }

    [Test]
    public void Empty_variables_and_those_of_others_are_left_alone()
    {
        using var scope = new EnvironmentScope(("NENGINE_EPOCS", ""), ("MY_NENGINE_EPOCS", "1"), ("nengine_home", "/x"));
        Assert.That(Support.Cli.Run("models", "list").Code, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void A_name_in_small_letters_is_said_not_ignored()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("names of variables have no case there");
        using var scope = new EnvironmentScope(("nengine_lr", "0.5"));
        var result = Support.Cli.Run("config", "show");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain("environment: nengine_lr means nothing, did you mean NENGINE_LR?"));
    }

    [Test]
    public void Long_aliases_are_variables_too()
    {
        using var scope = new EnvironmentScope(("NENGINE_WD", "0.25"), ("NENGINE_LABEL_SMOOTHING", "0.125"));
        Assert.That(Support.Cli.Run("config", "show").Output,
            Does.Match("weight_decay: 0.25 .*NENGINE_WD").And.Match("smoothing: 0.125 .*NENGINE_LABEL_SMOOTHING"));
        using var both = new EnvironmentScope(("NENGINE_WEIGHT_DECAY", "0.5"));
        Assert.That(Support.Cli.Run("config", "show").Output, Does.Match("weight_decay: 0.5 "));
    }

    [Test]
    public void Every_variable_in_the_source_is_in_the_table()
    {
        string root = Support.Cli.RepositoryRoot;
        var known = RunSettings.All.SelectMany(s => s.Variables).Concat(EnvironmentNames.Others.Keys).ToHashSet();
        var used = new[] { "src", "tests" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
                && Path.GetFileName(f) is not ("EnvironmentNamesTests.cs" or "EnvironmentNames.cs"))
            .SelectMany(f => Quoted().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).ToHashSet();
        Assert.That(used, Is.Not.Empty);
        Assert.That(used.Except(known), Is.Empty, "names that are missing from EnvironmentNames.Others");
        Assert.That(EnvironmentNames.Others.Keys.Except(used), Is.Empty, "names that nothing reads");
    }

    [GeneratedRegex("\"(NENGINE_[A-Z][A-Z0-9_]+)\"")]
    private static partial Regex Quoted();
}
