using NativeEngine.Cli.Config;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Config;

/// <summary>Configuration: precedence, sources, types and the sentences of wrong input.</summary>
public sealed class ResolvedTests
{
    private enum Rule
    {
        Sgd,
        Adam,
        AdamW,
    }

    private sealed record Options
    {
        [Setting("optimizer", "learning rate", Range = ">0..1")]
        public double Lr { get; init; } = 0.1;

        [Setting("loop", "samples per step", Aliases = ["-b"], Range = "1..", PerStage = true, Elsewhere = "bs minibatch")]
        public int BatchSize { get; init; } = 32;

        [Setting("loop", "same bits every time")]
        public bool Deterministic { get; init; } = true;

        [Setting("optimizer", "largest gradient norm; {word}", Range = "0..<5")]
        public double? ClipGrad { get; init; }

        [Setting("optimizer", "optimizer")]
        public Rule Opt { get; init; }

        [Setting("schedule", "epochs")]
        public IReadOnlyList<int> Milestones { get; init; } = [];

        public string Untold { get; init; } = "";
    }

    private static readonly IReadOnlyList<Setting> Table =
        Setting.AllOf<Options>(["loop", "optimizer", "schedule"], new Dictionary<string, string> { ["word"] = "a list" });

    private static Resolved Config() => new(Table);

    /// <summary>The keys that the properties of an options record have.</summary>
    internal static IEnumerable<string> KeysOf<T>() =>
        typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

    [Test]
    public void Defaults_Come_From_The_Options_Record()
    {
        var config = Config();
        Assert.That(config.Build<Options>(), Is.EqualTo(new Options { Milestones = config.Build<Options>().Milestones }));
        Assert.That(config.Source("lr"), Is.EqualTo("default"));
    }

    [Test]
    public void Later_Sources_Win_And_Are_Named()
    {
        var config = Config();
        config.Set("lr", "0.5", "recipe mnist");
        config.SetFromEnvironment(name => name == "NENGINE_BATCH_SIZE" ? "8" : null);
        config.Set("lr", "1e-3", "--lr");
        Assert.That(config.Build<Options>().Lr, Is.EqualTo(1e-3));
        Assert.That(config.Source("lr"), Is.EqualTo("--lr"));
        Assert.That(config.Build<Options>().BatchSize, Is.EqualTo(8));
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
        Assert.That(again.Build<Options>().Milestones, Is.EqualTo(new[] { 30, 60 }));
        Assert.That(again.Build<Options>().Deterministic, Is.False);
    }

    [Test]
    public void A_row_says_group_help_flags_and_what_a_stage_may_set()
    {
        Assert.That(Table.Select(s => s.Key), Is.EqualTo(new[] { "batch_size", "deterministic", "lr", "clip_grad", "opt", "milestones" }), "by group");
        var batch = Table[0];
        Assert.That((batch.Flag, batch.Variable, batch.PerStage), Is.EqualTo(("--batch-size", "NENGINE_BATCH_SIZE", true)));
        Assert.That(batch.Elsewhere, Is.EqualTo(new[] { "bs", "minibatch" }));
        Assert.That(Table[3].Help, Is.EqualTo("largest gradient norm; a list"));
        Assert.That(Table.Where(s => s.IsNullable).Select(s => s.Key), Is.EqualTo(new[] { "clip_grad" }));
    }

    [TestCase("lr", 0.0, "lr 0: expected above 0 up to 1")]
    [TestCase("lr", 1.5, "lr 1.5: expected above 0 up to 1")]
    [TestCase("lr", double.NaN, "lr NaN: expected above 0 up to 1")]
    [TestCase("lr", 1.0, null)]
    [TestCase("clip_grad", 5.0, "clip_grad 5: expected 0 up to but not including 5")]
    [TestCase("clip_grad", null, null)]
    [TestCase("batch_size", 0, "batch_size 0: expected at least 1")]
    [TestCase("batch_size", 1, null)]
    public void A_range_is_checked(string key, object? value, string? message)
    {
        var setting = Table.First(s => s.Key == key);
        if (message is null)
            Assert.That(() => setting.Check(value), Throws.Nothing);
        else
            Assert.That(() => setting.Check(value), Throws.TypeOf<UsageException>().With.Message.EqualTo(message));
    }

    [Test]
    public void Dashes_And_Underscores_Name_The_Same_Key()
    {
        var config = Config();
        config.Set("batch-size", "4", "t");
        Assert.That(config.Build<Options>().BatchSize, Is.EqualTo(4));
    }

    [TestCase("lrr", "1", "unknown key 'lrr', did you mean 'lr'?")]
    [TestCase("lr", "fast", "lr 'fast': expected a number")]
    [TestCase("lr", "NaN", "expected a number")]
    [TestCase("batch_size", "3.5", "batch_size '3.5': expected a whole number")]
    [TestCase("batch_size", null, "batch_size needs a value")]
    [TestCase("deterministic", "maybe", "expected true or false")]
    [TestCase("opt", "adamm", "unknown opt 'adamm', did you mean 'adam'?; known are sgd, adam, adam_w")]
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
            Assert.That(config.Build<Options>().Lr, Is.EqualTo(0.4));
            Assert.That(config.Build<Options>().BatchSize, Is.EqualTo(16));
            Assert.That(config.Build<Options>().Milestones, Is.EqualTo(new[] { 3, 6 }));
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
