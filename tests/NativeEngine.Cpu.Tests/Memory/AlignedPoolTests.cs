using NativeEngine.Core;
using NativeEngine.Cpu.Memory;

namespace NativeEngine.Cpu.Tests.Memory;

[TestFixture]
public unsafe class AlignedPoolTests
{
    [Test]
    public void Blocks_are_aligned_and_waste_at_most_an_eighth()
    {
        using var pool = new AlignedPool();
        foreach (long bytes in new long[] { 1, 63, 64, 65, 100, 500, 513, 4096, 4097, 100_000, 1 << 20, (2 << 20) + 1, 5_000_000 })
        {
            NativeBlock block = pool.Rent(bytes);
            Assert.That((nuint)block.Pointer % AlignedPool.Alignment, Is.EqualTo((nuint)0), $"{bytes}");
            Assert.That(block.Capacity, Is.GreaterThanOrEqualTo(bytes));
            Assert.That(block.Capacity, Is.LessThanOrEqualTo(Math.Max(bytes + 64, bytes * 9 / 8 + 64)), $"{bytes}");
            Assert.That(block.Capacity, Is.EqualTo(AlignedPool.RoundUp(bytes)));
            ((byte*)block.Pointer)[block.Capacity - 1] = 1;
            pool.Return(block);
        }
        Assert.That(pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void A_returned_block_is_reused()
    {
        using var pool = new AlignedPool();
        NativeBlock first = pool.Rent(1_000_000);
        pool.Return(first);
        long reserved = pool.ReservedBytes;
        NativeBlock second = pool.Rent(999_000);
        Assert.That((nint)second.Pointer, Is.EqualTo((nint)first.Pointer));
        Assert.That(pool.ReservedBytes, Is.EqualTo(reserved));
        pool.Return(second);
    }

    [Test]
    public void Every_size_class_takes_its_own_blocks_back()
    {
        using var pool = new AlignedPool();
        for (long bytes = 1; bytes < 20_000; bytes += 7)
        {
            NativeBlock block = pool.Rent(bytes);
            Assert.That(AlignedPool.RoundUp(block.Capacity), Is.EqualTo(block.Capacity));
            pool.Return(block);
        }
        Assert.That(pool.LiveBytes, Is.Zero);
        Assert.That(pool.LiveBlocks, Is.Zero);
        pool.Trim();
        Assert.That(pool.ReservedBytes, Is.Zero);
    }

    [Test]
    public void Big_blocks_that_come_and_go_like_a_stack_take_no_more_than_their_largest_sum()
    {
        using var pool = new AlignedPool();
        const long Mib = 1 << 20;
        for (int step = 0; step < 5; step++)
        {
            var forward = new Stack<NativeBlock>();
            for (int layer = 0; layer < 10; layer++) forward.Push(pool.Rent((16 >> (layer / 3)) * Mib));
            while (forward.Count > 0)
            {
                NativeBlock gradient = pool.Rent(12 * Mib);
                pool.Return(forward.Pop());
                pool.Return(gradient);
            }
        }
        Assert.That(pool.LiveBytes, Is.Zero);
        Assert.That(pool.ReservedBytes, Is.EqualTo(pool.PeakBytes));
        Assert.That(pool.SystemAllocations, Is.EqualTo(1));
        pool.Trim();
        Assert.That(pool.ReservedBytes, Is.Zero);
    }

    [Test]
    public void Big_blocks_never_overlap_and_grow_together_again()
    {
        using var pool = new AlignedPool();
        var random = new Random(3);
        var live = new List<(NativeBlock Block, byte Mark)>();
        for (int i = 0; i < 400; i++)
        {
            if (live.Count > 0 && random.Next(2) == 0)
            {
                int at = random.Next(live.Count);
                (NativeBlock block, byte mark) = live[at];
                Assert.That(((byte*)block.Pointer)[0], Is.EqualTo(mark), "seed 3");
                Assert.That(((byte*)block.Pointer)[block.Capacity - 1], Is.EqualTo(mark), "seed 3");
                pool.Return(block);
                live.RemoveAt(at);
            }
            else
            {
                NativeBlock block = pool.Rent(random.Next(600_000, 5_000_000));
                ((byte*)block.Pointer)[0] = ((byte*)block.Pointer)[block.Capacity - 1] = (byte)i;
                live.Add((block, (byte)i));
            }
        }
        foreach ((NativeBlock block, _) in live) pool.Return(block);
        long before = pool.SystemAllocations;
        pool.Return(pool.Rent(250 << 20)); // only fits if all free neighbours were joined
        Assert.That(pool.SystemAllocations, Is.EqualTo(before));
    }

    [Test]
    public void Live_and_peak_bytes_are_counted()
    {
        using var pool = new AlignedPool();
        NativeBlock a = pool.Rent(1 << 20), b = pool.Rent(1 << 21);
        Assert.That(pool.LiveBytes, Is.EqualTo(3 << 20));
        pool.Return(a);
        pool.Return(b);
        Assert.That(pool.PeakBytes, Is.EqualTo(3 << 20));
        Assert.That(pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void An_empty_block_has_no_memory()
    {
        using var pool = new AlignedPool();
        NativeBlock block = pool.Rent(0);
        Assert.That(block.Pointer == null, Is.True);
        pool.Return(block);
        Assert.That(pool.LiveBlocks, Is.Zero);
    }

    [Test]
    public void Disposing_frees_what_is_still_rented()
    {
        var pool = new AlignedPool();
        NativeBlock small = pool.Rent(1000), big = pool.Rent(3 << 20), lasting = pool.Rent(3 << 20, BlockLifetime.Persistent);
        pool.Return(pool.Rent(2000));
        pool.Dispose();
        Assert.That((pool.ReservedBytes, pool.LiveBytes, pool.LiveBlocks), Is.EqualTo((0L, 0L, 0L)));
        foreach (NativeBlock block in (NativeBlock[])[small, big, lasting]) pool.Return(block); // too late, and harmless
        Assert.That(pool.LiveBytes, Is.Zero);
        Assert.That(() => pool.Rent(64), Throws.InstanceOf<ObjectDisposedException>());
        pool.Dispose();
    }

    [Test]
    public void Engines_that_come_and_go_leave_no_memory_behind()
    {
        const int Engines = 24, Floats = 8 << 20;
        Run();
        long before = Environment.WorkingSet;
        for (int i = 1; i < Engines; i++) Run();
        // 23 weights and gradients of 32 MiB each would be 1.4 GiB.
        Assert.That(Environment.WorkingSet - before, Is.LessThan(400L << 20));

        static void Run()
        {
            using var engine = new Engine(new CpuBackend());
            Tensor weight = engine.EmptyPersistent([Floats]);
            engine.Backend.Fill(weight, 1);
            weight.RequiresGrad = true;
            using StepScope step = engine.BeginStep();
            weight.Sum().Backward();
            Assert.That(weight.Grad, Is.Not.Null);
        }
    }

    [Test]
    public void A_request_beyond_the_machine_fails_with_a_sentence()
    {
        using var pool = new AlignedPool();
        var error = Assert.Throws<DeviceMemoryException>(() => pool.Rent(1L << 52));
        Assert.That(error!.Message, Does.Contain("CPU memory pool"));
    }

    [Test]
    public void Poison_makes_undefined_content_visible()
    {
        using var pool = new AlignedPool(poison: true);
        NativeBlock block = pool.Rent(256);
        Assert.That(block.Floats[0], Is.NaN);
        pool.Return(block);
    }

    [Test]
    public void Scratch_grows_and_is_given_back()
    {
        using var pool = new AlignedPool();
        using (var scratch = new WorkerScratch(pool, 2))
        {
            float* small = scratch.Get(1, 0, 100);
            Assert.That((nint)scratch.Get(1, 0, 50), Is.EqualTo((nint)small));
            scratch.Get(1, 0, 100_000)[99_999] = 1;
            scratch.Resize(1);
            Assert.That(pool.LiveBlocks, Is.Zero);
        }
        Assert.That(pool.LiveBytes, Is.Zero);
    }
}
