using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>
/// Losses that compare all pairs of a large batch keep matrices of B x B, never B x B x D. NENGINE_TEST_ROWS sets B, for example to 4096.
/// </summary>
internal sealed class LargeBatchTests
{
    [TestCase("triplet")]
    [TestCase("triplet_cosine")]
    [TestCase("multi_similarity")]
    public void Memory_is_a_few_matrices_of_all_pairs(string name)
    {
        const int width = 256;
        int rows = int.Parse(Environment.GetEnvironmentVariable("NENGINE_TEST_ROWS") ?? "1024", CultureInfo.InvariantCulture);
        long pairs = (long)rows * rows * sizeof(float), most = 24 * pairs; // B x B x D would be 256
        using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 2 }));
        var key = new PhiloxKey(1, RandomStream.Synthetic, 0);
        var x = engine.EmptyPersistent([rows, width]);
        x.CopyFrom<float>(Enumerable.Range(0, rows * width).Select(i => (float)Philox.Normal(key, (ulong)i)).ToArray());
        x.RequiresGrad = true;
        using (var step = engine.BeginStep())
        {
            var target = engine.From(Enumerable.Range(0, rows).Select(i => i / 4).ToArray(), [rows]);
            var loss = LossFunction.Catalogue.Create(name).Compute(x, target);
            loss.Backward();
            Assert.That(loss.Item(), Is.GreaterThan(0.1).And.LessThan(10));
        }

        Assert.That(x.Grad!.ToArray<float>(), Is.All.Matches<float>(float.IsFinite));
        Assert.That(engine.Backend.Memory.PeakBytes, Is.LessThan(most));
        TestContext.Out.WriteLine($"{name}: peak {engine.Backend.Memory.PeakBytes / (double)pairs:F1} matrices of all pairs");
    }
}
