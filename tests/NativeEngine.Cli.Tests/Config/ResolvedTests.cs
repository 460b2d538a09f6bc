using NativeEngine.Cli.Config;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Config;

/// <summary>Configuration: precedence, sources, types and the sentences of wrong input.</summary>
public sealed class ResolvedTests
{
    private sealed record Options
    {
        public double Lr { get; init; } = 0.1;

        public int BatchSize { get; init; } = 32;

        public bool Deterministic { get; init; } = true;

        public double? ClipGrad { get; init; }

        public string Opt { get; init; } = "sgd";

        public IReadOnlyList<int> Milestones { get; init; } = [];
    }

    private static readonly Setting[] Table =
    [
        new("lr", "optimizer", "learning rate"),
        new("batch_size", "loop", "samples per step") { Aliases = ["-b"] },
        new("deterministic", "loop", "same bits every time"),
        new("clip_grad", "optimizer", "largest gradient norm"),
        new("opt", "optimizer", "optimizer") { Choices = ["sgd", "adam", "adamw"] },
        new("milestones", "schedule", "epochs"),
    ];

    private static Resolved<Options> Config() => new(Table);

    /// <summary>The keys that the properties of an options record have.</summary>
    internal static IEnumerable<string> KeysOf<T>() =>
        typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

    [Test]
    public void Defaults_Come_From_The_Options_Record()
    {
        var config = Config();
        Assert.That(config.Build(), Is.EqualTo(new Options { Milestones = config.Build().Milestones }));
        Assert.That(config.Source("lr"), Is.EqualTo("default"));
    }

    [Test]
    public void Later_Sources_Win_And_Are_Named()
    {
        var config = Config();
        config.Set("lr", "0.5", "recipe mnist");
        config.SetFromEnvironment(name => name == "NENGINE_BATCH_SIZE" ? "8" : null);
        config.Set("lr", "1e-3", "--lr");
        Assert.That(config.Build().Lr, Is.EqualTo(1e-3));
        Assert.That(config.Source("lr"), Is.EqualTo("--lr"));
        Assert.That(config.Build().BatchSize, Is.EqualTo(8));
        Assert.That(config.Source("batch_size"), Is.EqualTo("NENGINE_BATCH_SIZE"));
    }

    [Test]
    public void Every_Type_Reads_Back_What_Was_Printed()
    {
        var config = Config();
        config.Set("lr", "0.1234567890123", "t");
        config.Set("milestones", "[30, 60]", "t");
        config.Set("clip_grad", "1.5", "t");
        config.Set("deterministic", "off", "t");
        var again = Config();
        foreach (var (setting, value, _) in config.Entries)
            again.Set(setting.Key, SettingValue.Format(value), "replay");
        Assert.That(again.Entries.Select(e => SettingValue.Format(e.Value)), Is.EqualTo(config.Entries.Select(e => SettingValue.Format(e.Value))));
        Assert.That(again.Build().Milestones, Is.EqualTo(new[] { 30, 60 }));
        Assert.That(again.Build().Deterministic, Is.False);
    }

    [Test]
    public void Dashes_And_Underscores_Name_The_Same_Key()
    {
        var config = Config();
        config.Set("batch-size", "4", "t");
        Assert.That(config.Build().BatchSize, Is.EqualTo(4));
    }

    [TestCase("lrr", "1", "unknown key 'lrr', did you mean 'lr'?")]
    [TestCase("lr", "fast", "lr 'fast': expected a number")]
    [TestCase("lr", "NaN", "expected a number")]
    [TestCase("batch_size", "3.5", "batch_size '3.5': expected a whole number")]
    [TestCase("batch_size", null, "batch_size needs a value")]
    [TestCase("deterministic", "maybe", "expected true or false")]
    [TestCase("opt", "adamm", "did you mean 'adam'?; expected one of: sgd, adam, adamw")]
    public void Wrong_Input_Is_One_Sentence_That_Names_Its_Source(string key, string? value, string expected)
    {
        var error = Assert.Throws<UsageException>(() => Config().Set(key, value, "my.yaml"))!;
        Assert.That(error.Message, Does.StartWith("my.yaml: ").And.Contain(expected));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public void Files_Extend_Others_And_Override_Them()
    {
        string folder = Directory.CreateTempSubdirectory("ne-config-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "base.yaml"), "lr: 0.3\nbatch_size: 16\n");
            File.WriteAllText(Path.Combine(folder, "top.yaml"), "extends: [base.yaml]\nlr: 0.4\nmilestones: [3, 6]\n");
            var config = Config();
            foreach (var (key, value, source) in ConfigFile.Read(Path.Combine(folder, "top.yaml")))
                config.Set(key, value, source);
            Assert.That(config.Build().Lr, Is.EqualTo(0.4));
            Assert.That(config.Build().BatchSize, Is.EqualTo(16));
            Assert.That(config.Build().Milestones, Is.EqualTo(new[] { 3, 6 }));
            Assert.That(config.Source("batch_size"), Does.EndWith("base.yaml"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [TestCase("lr: [1\n", "line")]
    [TestCase("- 1\n- 2\n", "expected a flat list")]
    [TestCase("lr:\n  a: 1\n", "nested block")]
    public void Malformed_Yaml_Is_A_Usage_Error(string yaml, string expected)
    {
        var error = Assert.Throws<UsageException>(() => ConfigFile.Parse(yaml, "bad.yaml", ".").ToList())!;
        Assert.That(error.Message, Does.StartWith("bad.yaml").And.Contain(expected));
    }

    [Test]
    public void A_Circle_Of_Files_Is_Refused()
    {
        string folder = Directory.CreateTempSubdirectory("ne-config-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "a.yaml"), "extends: a.yaml\n");
            Assert.That(() => ConfigFile.Read(Path.Combine(folder, "a.yaml")).ToList(), Throws.TypeOf<UsageException>().With.Message.Contains("circle"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
