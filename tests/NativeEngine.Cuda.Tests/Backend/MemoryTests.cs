using NativeEngine.Core;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

[TestFixture]
public class MemoryTests
{
    [Test]
    public void Freed_memory_is_cut_joined_and_handed_out_again()
    {
        using var backend = new SoftDevice().CreateBackend(new CudaOptions { UseLibraries = false });
        var whole = backend.Allocate(1 << 20);
        backend.Free(whole);
        DeviceBuffer[] parts = [.. Enumerable.Range(0, 4).Select(_ => backend.Allocate(1 << 18))];
        Assert.That(backend.Memory.Allocations, Is.EqualTo(1));
        foreach (int i in new[] { 2, 0, 3, 1 })
            backend.Free(parts[i]);
        backend.Allocate(1 << 20);
        Assert.That(backend.Memory, Is.EqualTo(new MemoryReport(1, 1 << 20, 1 << 20, 1 << 20, 1)));
    }

    [Test]
    public void Blocks_that_are_too_small_are_melted_instead_of_hoarded()
    {
        using var backend = new SoftDevice().CreateBackend(new CudaOptions { UseLibraries = false });
        DeviceBuffer[] small = [.. Enumerable.Range(0, 8).Select(_ => backend.Allocate(1 << 18))];
        foreach (var buffer in small)
            backend.Free(buffer);
        backend.Allocate(1 << 20);
        Assert.That(backend.Memory.ReservedBytes, Is.EqualTo(2 << 20));
        backend.Allocate(1 << 20);
        Assert.That(backend.Memory.ReservedBytes, Is.EqualTo(2 << 20));
    }

    [Test]
    public void Pieces_of_a_step_become_one_segment_and_what_lasts_stays_out_of_it()
    {
        using var backend = new SoftDevice().CreateBackend(new CudaOptions { UseLibraries = false });
        var weight = backend.AllocatePersistent(1 << 20);
        for (int step = 0; step < 3; step++)
        {
            DeviceBuffer[] pieces = [.. Enumerable.Range(1, 4).Select(i => backend.Allocate(i << 18))];
            foreach (var piece in pieces)
                backend.Free(piece);
            var state = step == 0 ? backend.AllocatePersistent(1 << 18) : null; // must not split what the step left
            backend.EndStep();
            Assert.That(backend.Memory.ReservedBytes, Is.EqualTo((1 << 20) + (1 << 18) + (10 << 18)), $"step {step}");
        }

        Assert.That(backend.Memory.Allocations, Is.EqualTo(1 + 4 + 1),
            "the weight, four pieces, of which the state takes over the first, and one segment for the steps to come");
        backend.Free(weight);
    }

    [Test]
    public void Random_lifetimes_never_overlap([Range(0, 3)] int seed)
    {
        using var backend = new SoftDevice().CreateBackend(new CudaOptions { UseLibraries = false });
        using var engine = new Engine(backend);
        var random = new Random(seed);
        List<(Tensor Tensor, float Value)> live = [];
        for (int i = 0; i < 200; i++)
        {
            if (live.Count > 0 && random.Next(2) == 0)
            {
                var (tensor, value) = live[random.Next(live.Count)];
                Assert.That(tensor.ToArray<float>(), Is.All.EqualTo(value), $"seed {seed}");
                live.RemoveAll(l => l.Tensor == tensor);
                backend.Free(tensor.Buffer);
                GC.SuppressFinalize(tensor);
            }
            else
            {
                var tensor = engine.EmptyPersistent([1 + random.Next(5000)]);
                backend.Fill(tensor, i);
                live.Add((tensor, i));
            }
        }
    }

    [Test]
    public void Uploads_keep_their_order_and_contents_whatever_runs_when([Range(0, 5)] int seed)
    {
        var gpu = new SoftDevice(new SoftGpuOptions { Seed = (ulong)seed });
        using (var engine = new Engine(gpu.CreateBackend()))
        {
            var target = engine.EmptyPersistent([40_000]); // large: takes the copy stream
            var small = engine.EmptyPersistent([10]);
            var sum = engine.Full([40_000], 0).Keep();
            for (int i = 1; i <= 20; i++)
            {
                target.CopyFrom<float>(Enumerable.Repeat((float)i, 40_000).ToArray());
                small.CopyFrom<float>(Enumerable.Repeat((float)-i, 10).ToArray());
                engine.Backend.Copy(target, sum, GradMode.Accumulate);
            }
            Assert.That(sum.ToArray<float>(), Is.All.EqualTo(210f));
            Assert.That(small.ToArray<float>(), Is.All.EqualTo(-20f));
        }
        Assert.That(gpu.Findings, Is.Empty);
    }
}
