using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.TestKit;

namespace NativeEngine.Cpu.Tests.Norm;

/// <summary>Which layers take a batch norm's statistics from the convolution before it.</summary>
[TestFixture]
public sealed class FusedStatisticsTests
{
    private const int Seed = 5;

    private static readonly string[] Calls =
        [nameof(IBackend.ConvForward), nameof(IBackend.ConvForwardFused), nameof(IBackend.BatchNormForward), nameof(IBackend.BatchNormForwardMoments)];

    private static string Run(string model, int size, Action<Model> prepare)
    {
        using var backend = new RecordingBackend(new CpuBackend(new CpuOptions { Threads = 2 }));
        using var engine = new Engine(backend) { Seed = Seed };
        var network = ModelCatalogue.Create(model, engine, new ModelOptions { ImgSize = size, NumClasses = 4 });
        prepare(network);
        using (engine.BeginStep()) network.Forward(engine.Full(network.InputShape(2), 0.5).Dropout(0.5, new PhiloxKey(Seed, 0, 0)));
        return string.Join(" ", Calls.Where(backend.Seen.Contains));
    }

    [TestCase("resnet18_cifar", 32)]
    [TestCase("vgg11_bn", 32)]
    public void Training_gathers_them_in_every_convolution(string model, int size) =>
        Assert.That(Run(model, size, _ => { }), Is.EqualTo($"{nameof(IBackend.ConvForwardFused)} {nameof(IBackend.BatchNormForwardMoments)}"));

    /// <summary>Its batch norms read sums, whose moments the convolution before the sum gathers; only the shortcuts' convolutions gather none.</summary>
    [Test]
    public void A_sum_with_a_shortcut_is_gathered_too() =>
        Assert.That(Run("wrn_40_2", 32, _ => { }),
            Is.EqualTo($"{nameof(IBackend.ConvForward)} {nameof(IBackend.ConvForwardFused)} {nameof(IBackend.BatchNormForwardMoments)}"));

    [Test]
    public void Evaluation_gathers_none() =>
        Assert.That(Run("resnet18_cifar", 32, m => m.Eval()), Is.EqualTo($"{nameof(IBackend.ConvForward)} {nameof(IBackend.BatchNormForward)}"));

    /// <summary>A tensor that changed after its moments were gathered is looked at anew.</summary>
    [Test]
    public void Moments_of_a_changed_tensor_are_forgotten()
    {
        using var backend = new RecordingBackend(new CpuBackend(new CpuOptions { Threads = 1 }));
        using var engine = new Engine(backend) { Seed = Seed };
        using var step = engine.BeginStep();
        var y = engine.From(Enumerable.Range(0, 64).Select(i => (float)i).ToArray(), [1, 1, 8, 8]).Conv2d(engine.Full([2, 1, 1, 1], 1), moments: true);
        y.CopyFrom<float>(Enumerable.Repeat(3f, 128).ToArray());
        var normal = y.BatchNorm(null, null, null, null, training: true);
        Assert.That(backend.Seen, Does.Not.Contain(nameof(IBackend.BatchNormForwardMoments)));
        Assert.That(normal.ToArray<float>(), Is.All.Zero);
    }
}
