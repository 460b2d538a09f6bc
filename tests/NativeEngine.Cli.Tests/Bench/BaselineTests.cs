using NativeEngine.Cli.Bench;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Bench;

[TestFixture]
public class BaselineTests
{
    private const string Machine = "Some CPU, 4 logical processors, device cpu (4 threads, AVX2)",
        Workload = "training step of lenet, input [8,1,28,28], 10 classes, winograd auto";
    private string _file = "";

    [SetUp]
    public void MakeFolder() => _file = Path.Combine(Directory.CreateTempSubdirectory("ne-baseline-").FullName, "base.json");

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Test]
    public void What_was_written_is_read_again()
    {
        var written = new Baseline(Machine, Workload, new Dictionary<string, double> { ["median_ms"] = 12.5, ["peak_rss_mb"] = 80 });
        written.Write(_file);
        var read = Baseline.Read(_file);
        Assert.That((read.Machine, read.Workload, read.Format), Is.EqualTo((Machine, Workload, written.Format)));
        Assert.That(read.Figures, Is.EquivalentTo(written.Figures));
    }

    [TestCase(12.5, 0.1, false)]
    [TestCase(13.7, 0.1, false)]
    [TestCase(13.8, 0.1, true)]
    [TestCase(13.8, 0.2, false)]
    [TestCase(12.6, 0.0, true)]
    [TestCase(1.0, 0.0, false)]
    public void A_figure_is_worse_when_it_grew_by_more_than_the_tolerance(double now, double tolerance, bool worse)
    {
        var before = new Baseline(Machine, Workload, new Dictionary<string, double> { ["median_ms"] = 12.5 });
        var ratio = before.CompareWith(new Dictionary<string, double> { ["median_ms"] = now }, _file).Single();
        Assert.That(ratio.Ratio, Is.EqualTo(now / 12.5).Within(1e-12));
        Assert.That(ratio.IsWorse(tolerance), Is.EqualTo(worse));
    }

    [Test]
    public void Only_figures_of_both_are_compared_and_none_is_an_error()
    {
        var before = new Baseline(Machine, Workload, new Dictionary<string, double> { ["a ms"] = 1, ["b ms"] = 2 });
        var ratios = before.CompareWith(new Dictionary<string, double> { ["b ms"] = 3, ["c ms"] = 4 }, _file);
        Assert.That(ratios.Select(r => r.Name), Is.EqualTo(new[] { "b ms" }));
        var error = Assert.Throws<UsageException>(() => before.CompareWith(new Dictionary<string, double> { ["c ms"] = 4 }, _file));
        Assert.That(error!.Message, Does.Contain("c ms"));
    }

    [Test]
    public void Another_machine_or_workload_is_refused_by_name()
    {
        var before = new Baseline(Machine, Workload, new Dictionary<string, double> { ["median_ms"] = 1 });
        Assert.DoesNotThrow(() => before.Require(Machine, Workload, _file));
        var machine = Assert.Throws<UsageException>(() => before.Require("Other CPU", Workload, _file));
        Assert.That(machine!.Message, Does.Contain("Some CPU").And.Contain("Other CPU"));
        var workload = Assert.Throws<UsageException>(() => before.Require(Machine, "training step of vgg11", _file));
        Assert.That(workload!.Message, Does.Contain("lenet").And.Contain("vgg11"));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("{\"format\":\"other\",\"machine\":\"m\",\"workload\":\"w\",\"figures\":{\"a\":1}}")]
    [TestCase("{\"format\":\"nengine-bench-baseline-1\",\"machine\":\"m\",\"workload\":\"w\",\"figures\":{\"a\":0}}")]
    [TestCase("{\"format\":\"nengine-bench-baseline-1\",\"machine\":\"m\",\"workload\":\"w\",\"figures\":{\"a\":\"x\"}}")]
    [TestCase("{\"format\":\"nengine-bench-baseline-1\",\"machine\":\"m\",\"workload\":\"w\",\"figures\":null}")]
    [TestCase("{\"format\":\"nengine-bench-baseline-1\",\"machine\":\"m\",\"workload\":\"w\",\"figures\":{},\"more\":1}")]
    public void A_file_that_is_not_a_baseline_is_a_data_error(string text)
    {
        File.WriteAllText(_file, text);
        Assert.Throws<DataException>(() => Baseline.Read(_file));
    }

    [Test]
    public void The_gate_writes_compares_and_fails_with_exit_code_8()
    {
        string[] bench = ["bench", "step", "--model", "lenet", "--batch", "2", "--steps", "1", "--device", "cpu", "--threads", "1", "--baseline", _file];
        var first = Support.Cli.Run([.. bench, "--json"]);
        Assert.That(first.Code, Is.EqualTo(ExitCode.Ok), first.ToString());
        var written = Baseline.Read(_file);
        Assert.That(written.Figures.Keys, Is.EquivalentTo(new[] { "median_ms", "peak_rss_mb" }));

        var generous = new Dictionary<string, double> { ["median_ms"] = 1e9, ["peak_rss_mb"] = 1e9 };
        (written with { Figures = generous }).Write(_file);
        var faster = Support.Cli.Run(bench);
        Assert.That(faster.Code, Is.EqualTo(ExitCode.Ok), faster.ToString());
        Assert.That(faster.Output, Does.Contain("baseline median_ms").And.Contain("ratio 0.000"));

        (written with { Figures = new Dictionary<string, double> { ["median_ms"] = 1e-9, ["peak_rss_mb"] = 1e9 } }).Write(_file);
        var slower = Support.Cli.Run(bench);
        Assert.That(slower.Code, Is.EqualTo(ExitCode.CheckFailed), slower.ToString());
        Assert.That(slower.Output, Does.Contain("WORSE"));
        Assert.That(slower.Error, Does.Contain("1 of 2 figures"));

        var other = Support.Cli.Run([.. bench, "--num-classes", "7"]);
        Assert.That(other.Code, Is.EqualTo(ExitCode.Usage), other.ToString());
        Assert.That(other.Error, Does.Contain("10 classes").And.Contain("7 classes"));

        (written with { Machine = "Another CPU" }).Write(_file);
        var elsewhere = Support.Cli.Run(bench);
        Assert.That(elsewhere.Code, Is.EqualTo(ExitCode.Usage), elsewhere.ToString());
        Assert.That(elsewhere.Error, Does.Contain("Another CPU"));
        Assert.That(Support.Cli.Run([.. bench, "--tolerance", "-1"]).Code, Is.EqualTo(ExitCode.Usage));
        if (!OperatingSystem.IsLinux())
            return;
        var endless = Support.Cli.Run([.. bench[..^1], "/dev/full"]);
        Assert.That(endless.Code, Is.EqualTo(ExitCode.Usage), endless.ToString());
        Assert.That(endless.Error, Does.Contain("larger than 1 MiB"));
        Assert.That(Support.Cli.Run("train", "-c", "/dev/zero").Code, Is.EqualTo(ExitCode.Usage));
    }
}
