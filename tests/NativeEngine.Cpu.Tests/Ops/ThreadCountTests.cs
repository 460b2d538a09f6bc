using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Cpu.Tests.Ops;

/// <summary>The number of threads changes nothing, not a single bit.</summary>
public sealed class ThreadCountTests
{
    private static readonly int[] Threads = [1, 2, 3];

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        var engines = Array.ConvertAll(Threads, t => new Engine(new CpuBackend(new CpuOptions { Threads = t })));
        var differing = new List<string>();
        foreach (var op in OpCatalogue.All)
        {
            var results = Array.ConvertAll(engines,
                e => OpRunner.Run(e, op).Tensors.SelectMany(t => t.Values).Select(BitConverter.DoubleToInt64Bits).ToArray());
            if (results.Any(r => !r.AsSpan().SequenceEqual(results[0])))
                differing.Add(op.Name);
        }

        Array.ForEach(engines, e => e.Dispose());
        Assert.That(differing, Is.Empty);
    }
}
