using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Verify;

namespace NativeEngine.Nn.Tests.Training;

/// <summary>
/// Losses, optimizers and schedules against numbers from elsewhere: the committed reference cases, on the CPU in float and on the
/// reference backend in double.
/// </summary>
public sealed class TrainingCaseTests
{
    private static readonly string Root = Path.Combine(TestContext.CurrentContext.TestDirectory, "cases");

    private static IEnumerable<string> Files => new[] { "loss", "optimizer", "schedule" }
        .SelectMany(kind => Directory.GetFiles(Path.Combine(Root, kind), "*.safetensors")).Select(f => Path.GetRelativePath(Root, f))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Files))]
    public void Equals_the_case(string file)
    {
        var reference = ReferenceCase.Load(Path.Combine(Root, file));
        foreach (IBackend backend in new IBackend[] { new ReferenceBackend(), new CpuBackend(new CpuOptions { Threads = 2, Poison = true }) })
        {
            using var engine = new Engine(backend);
            var outcome = CaseReplay.Run(engine, reference);
            Assert.That(outcome.Status, Is.EqualTo(CaseStatus.Pass), $"{backend.Name}: {outcome}");
        }
    }

    [Test]
    public void Every_loss_optimizer_and_schedule_has_a_case()
    {
        string[] names = [.. Files.Select(f => ReferenceCase.Load(Path.Combine(Root, f)).Subject)];
        Assert.That(LossFunction.Catalogue.Names.Except(["ce"]).Except(names), Is.Empty);
        Assert.That(Schedule.Names.Except(["none"]).Except(names), Is.Empty);
        Assert.That(OptimizerSettings.Catalogue.Names.Where(n => !n.StartsWith("sam_", StringComparison.Ordinal)).Except(names), Is.Empty);
    }
}
