using NativeEngine.Core;
using NativeEngine.Cpu.Memory;

namespace NativeEngine.Cpu.Tests.Memory;

[TestFixture]
public unsafe class StepPlanTests
{
    private const long Mib = 1 << 20;

    [Test]
    public void A_step_that_repeats_gets_every_buffer_from_the_plan_and_the_same_addresses_from_then_on()
    {
        using var pool = new AlignedPool();
        Step(pool, [3, 1, 2], [1, 0, 2]);
        Assert.That(pool.PlannedSteps, Is.Zero, "the first step makes the plan");
        nint[] second = Step(pool, [3, 1, 2], [1, 0, 2]), third = Step(pool, [3, 1, 2], [1, 0, 2]);
        Assert.That(pool.PlannedSteps, Is.EqualTo(2));
        Assert.That(third, Is.EqualTo(second));
    }

    [Test]
    public void Buffers_that_are_never_in_use_together_share_memory()
    {
        // 4 | 1 grows under it, 4 goes, 5 comes: first fit puts 5 above 1 (4 is too small a gap), a plan puts 1 above 5 from the start.
        using var pool = new AlignedPool();
        void Run()
        {
            pool.BeginStep();
            NativeBlock a = pool.Rent(4 * Mib), b = pool.Rent(Mib);
            pool.Return(a);
            NativeBlock c = pool.Rent(5 * Mib);
            pool.Return(b);
            pool.Return(c);
            pool.EndStep();
        }
        Run();
        Assert.That(pool.ReservedBytes, Is.EqualTo(10 * Mib), "first fit");
        Assert.That(pool.Plan, Is.EqualTo((3, 6 * Mib)), "the plan needs no more than the largest sum in use");
        Run();
        Assert.That(pool.PlannedSteps, Is.EqualTo(1));
        Assert.That(pool.PeakBytes, Is.EqualTo(6 * Mib));
    }

    [Test]
    public void Buffers_that_outlive_the_first_step_are_not_planned()
    {
        using var pool = new AlignedPool();
        pool.BeginStep();
        NativeBlock kept = pool.Rent(2 * Mib), freed = pool.Rent(Mib);
        pool.Return(freed);
        pool.EndStep();
        Assert.That(pool.Plan.Blocks, Is.EqualTo(1));
        for (int i = 0; i < 2; i++) Step(pool, [1], [0]);
        Assert.That(pool.PlannedSteps, Is.EqualTo(2));
        pool.Return(kept);
        Assert.That(pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void A_buffer_held_longer_than_planned_is_never_handed_out_twice()
    {
        using var pool = new AlignedPool();
        for (int i = 0; i < 2; i++)
        {
            pool.BeginStep();
            pool.Return(pool.Rent(2 * Mib));
            pool.Return(pool.Rent(2 * Mib)); // shares the place of the first
            pool.EndStep();
        }
        Assert.That(pool.PlannedSteps, Is.EqualTo(1));
        pool.BeginStep();
        NativeBlock held = pool.Rent(2 * Mib), other = pool.Rent(2 * Mib);
        Assert.That((nint)other.Pointer, Is.Not.EqualTo((nint)held.Pointer));
        pool.Return(held);
        pool.Return(other);
        pool.EndStep();
        Assert.That(pool.PlannedSteps, Is.EqualTo(1), "the step did not follow its plan");
    }

    [Test]
    public void Training_and_evaluation_steps_keep_a_plan_each()
    {
        using var pool = new AlignedPool();
        for (int round = 0; round < 4; round++)
        {
            Step(pool, [4, 2, 1], [2, 1, 0]);
            Step(pool, [3, 1], [1, 0]);
        }
        Assert.That(pool.PlannedSteps, Is.EqualTo(6), "all but the first of each");
    }

    [Test]
    public void Steps_of_one_beginning_find_their_plans_again()
    {
        using var pool = new AlignedPool();
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 3; i++) Step(pool, [4, 2, 1], [2, 1, 0]);
            for (int i = 0; i < 3; i++) Step(pool, [4, 3], [1, 0]);
        }
        Assert.That(pool.PlannedSteps, Is.EqualTo(12), "two of each three");
    }

    [Test]
    public void Trimming_between_steps_forgets_the_plans()
    {
        using var pool = new AlignedPool();
        Step(pool, [4], [0]);
        pool.Trim();
        Assert.That(pool.Plan.Blocks, Is.Zero);
        Step(pool, [4], [0]);
        Step(pool, [4], [0]);
        Assert.That(pool.PlannedSteps, Is.EqualTo(1));
    }

    [Test]
    public void Steps_that_change_at_random_never_get_overlapping_blocks([Values(1, 2, 3, 4)] int seed)
    {
        using var pool = new AlignedPool();
        var random = new Random(seed);
        var sizes = Enumerable.Range(0, 40).Select(_ => random.Next(1, 40)).ToList();
        for (int step = 0; step < 60; step++)
        {
            if (random.Next(3) == 0) sizes[random.Next(sizes.Count)] = random.Next(1, 40);
            var live = new List<(NativeBlock Block, byte Mark)>();
            bool orderly = random.Next(2) == 0;
            pool.BeginStep();
            for (int i = 0; i < sizes.Count; i++)
            {
                NativeBlock block = pool.Rent(sizes[i] * 300_000L, i % 13 == 12 && step == 0 ? BlockLifetime.Persistent : BlockLifetime.Step);
                Mark(block, (byte)i);
                live.Add((block, (byte)i));
                while (live.Count > (orderly ? 8 : random.Next(2, 12))) Give(live, orderly ? 0 : random.Next(live.Count));
            }
            while (live.Count > 0) Give(live, live.Count - 1);
            pool.EndStep();
            Assert.That(pool.LiveBytes, Is.Zero, $"seed {seed}, step {step}");
        }

        void Give(List<(NativeBlock Block, byte Mark)> live, int index)
        {
            (NativeBlock block, byte mark) = live[index];
            live.RemoveAt(index);
            byte* bytes = (byte*)block.Pointer;
            Assert.That((bytes[0], bytes[block.Capacity / 2], bytes[block.Capacity - 1]), Is.EqualTo((mark, mark, mark)),
                $"seed {seed}: another block wrote into this one");
            pool.Return(block);
        }

        static void Mark(NativeBlock block, byte mark)
        {
            byte* bytes = (byte*)block.Pointer;
            bytes[0] = bytes[block.Capacity / 2] = bytes[block.Capacity - 1] = mark;
        }
    }

    [Test]
    public void No_two_buffers_of_a_random_plan_that_live_together_overlap([Values(11, 12, 13)] int seed)
    {
        var random = new Random(seed);
        BufferLifetime[] buffers =
            [.. Enumerable.Range(0, 200).Select(i => new BufferLifetime(random.Next(1, 64) * ArenaHeap.Unit, i, i + 1 + random.Next(40)))];
        (nint Address, long Length)[] space = [(1 << 20, 8 * Mib), (64 << 20, 256 * Mib)];
        StepPlan plan = StepPlan.Of(buffers, space);
        long most = Enumerable.Range(0, 240).Max(t => buffers.Where(b => b.Start <= t && t < b.End).Sum(b => b.Bytes));
        Assert.That(plan.Bytes, Is.LessThan(most * 3 / 2), $"seed {seed}");
        for (int i = 0; i < buffers.Length; i++)
        {
            nint place = plan.Place(i);
            Assert.That(space.Any(s => place >= s.Address && place + buffers[i].Bytes <= s.Address + s.Length), $"seed {seed}, buffer {i}");
            for (int k = 0; k < i; k++)
            {
                if (buffers[i].Overlaps(buffers[k]))
                    Assert.That(place + buffers[i].Bytes <= plan.Place(k) || plan.Place(k) + buffers[k].Bytes <= place, $"seed {seed}, buffers {i} and {k}");
            }
        }
    }

    [Test]
    public void A_training_step_of_the_engine_follows_its_plan()
    {
        using var backend = new CpuBackend(new CpuOptions { Threads = 1 });
        using var engine = new Engine(backend);
        var weight = engine.EmptyPersistent([64, 16, 3, 3]);
        backend.Fill(weight, 0.01);
        weight.RequiresGrad = true;
        for (int i = 0; i < 3; i++)
        {
            using var step = engine.BeginStep();
            var x = engine.Full([8, 16, 32, 32], 0.5);
            x.Conv2d(weight, padding: (1, 1)).Relu().Sum().Backward();
        }
        Assert.That(backend.Context.Memory.PlannedSteps, Is.EqualTo(2));
        Assert.That(backend.Context.Memory.Plan.Blocks, Is.GreaterThanOrEqualTo(3));
    }

    /// <summary>Rents blocks of these MiB, then returns them in this order; the addresses.</summary>
    private static nint[] Step(AlignedPool pool, int[] mib, int[] order)
    {
        pool.BeginStep();
        NativeBlock[] blocks = [.. mib.Select(m => pool.Rent(m * Mib))];
        foreach (int i in order) pool.Return(blocks[i]);
        pool.EndStep();
        return [.. blocks.Select(b => (nint)b.Pointer)];
    }
}
