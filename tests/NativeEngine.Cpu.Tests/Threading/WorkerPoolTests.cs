using System.Diagnostics;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Tests.Threading;

[TestFixture]
public class WorkerPoolTests
{
    private readonly struct CountBody(int[] counts) : IChunkBody
    {
        public void Invoke(int chunk, int worker) => Interlocked.Increment(ref counts[chunk]);
    }

    private readonly struct SumBody(long[] partial) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long sum = 0;
            for (int i = 0; i < 200 + chunk * 13; i++) sum += i ^ chunk;
            partial[chunk] = sum;
        }
    }

    private readonly struct WorkerBody(int[] inUse, int[] clashes) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            if (Interlocked.Increment(ref inUse[worker]) != 1) Interlocked.Increment(ref clashes[0]);
            Thread.SpinWait(50);
            Interlocked.Decrement(ref inUse[worker]);
        }
    }

    [Test]
    public void Every_chunk_runs_exactly_once([Values(1, 2, 3, 8)] int threads, [Values(0, 1, 2, 7, 64, 1000)] int chunks)
    {
        using var pool = new WorkerPool(threads);
        int[] counts = new int[chunks];
        for (int round = 0; round < 20; round++) pool.Run(chunks, new CountBody(counts));
        Assert.That(counts, Is.All.EqualTo(20));
    }

    [Test]
    public void No_two_chunks_share_a_worker_index([Values(2, 5)] int threads)
    {
        using var pool = new WorkerPool(threads);
        int[] inUse = new int[threads], clashes = new int[1];
        for (int round = 0; round < 50; round++) pool.Run(100, new WorkerBody(inUse, clashes));
        Assert.That(clashes[0], Is.Zero);
    }

    [Test]
    public void An_exception_of_a_chunk_reaches_the_caller_and_the_pool_stays_usable()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 20; round++)
        {
            var error = Assert.Throws<ArgumentException>(() => pool.Run(10, chunk =>
            {
                if (chunk == 9) throw new ArgumentException("chunk nine");
            }));
            Assert.That(error!.Message, Is.EqualTo("chunk nine"));
            int[] counts = new int[10];
            pool.Run(10, new CountBody(counts));
            Assert.That(counts, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void A_loop_inside_a_chunk_is_refused()
    {
        using var pool = new WorkerPool(2);
        Assert.Throws<InvalidOperationException>(() => pool.Run(4, _ => pool.Run(2, _ => { })));
    }

    [Test]
    public void The_number_of_threads_can_be_changed_between_loops()
    {
        using var pool = new WorkerPool(1);
        foreach (int threads in new[] { 3, 2, 1, 4 })
        {
            pool.Threads = threads;
            Assert.That(pool.Threads, Is.EqualTo(threads));
            int[] counts = new int[33];
            pool.Run(33, new CountBody(counts));
            Assert.That(counts, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void Parked_workers_wake_up()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 5; round++)
        {
            Thread.Sleep(5); // far longer than the idle spin
            using var both = new CountdownEvent(2);
            // Two chunks that wait for each other: only a woken worker can run the second one.
            pool.Run(2, _ =>
            {
                both.Signal();
                Assert.That(both.Wait(TimeSpan.FromSeconds(30)), Is.True);
            });
        }
    }

    [Test]
    public void Loops_of_several_callers_do_not_mix()
    {
        using var pool = new WorkerPool(3);
        var callers = new Thread[3];
        int wrong = 0;
        for (int c = 0; c < callers.Length; c++)
        {
            callers[c] = new Thread(() =>
            {
                for (int round = 0; round < 300; round++)
                {
                    int[] counts = new int[17];
                    pool.Run(17, new CountBody(counts));
                    if (counts.Any(n => n != 1)) Interlocked.Increment(ref wrong);
                }
            });
            callers[c].Start();
        }
        foreach (Thread caller in callers) caller.Join();
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void Running_a_loop_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        int[] counts = new int[16];
        for (int i = 0; i < 200; i++) pool.Run(16, new CountBody(counts));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) pool.Run(16, new CountBody(counts));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>
    /// Four times more workers than cores, against threads that burn the cores. A lost wake-up would hang here.
    /// The long form: NENGINE_STRESS_SECONDS=180 dotnet test tests/NativeEngine.Cpu.Tests -c Release --filter Oversubscribed.
    /// </summary>
    [Test]
    public void Oversubscribed_pool_neither_hangs_nor_loses_chunks()
    {
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("NENGINE_STRESS_SECONDS"), out double wanted) ? wanted : 1.5;
        int threads = 4 * Environment.ProcessorCount;
        using var pool = new WorkerPool(threads);
        bool stop = false;
        var load = new Thread[Environment.ProcessorCount];
        for (int i = 0; i < load.Length; i++)
        {
            load[i] = new Thread(() => { while (!Volatile.Read(ref stop)) Thread.SpinWait(100); }) { IsBackground = true };
            load[i].Start();
        }
        var random = new Random(1);
        long[] partial = new long[64], expected = new long[64];
        for (int c = 0; c < 64; c++) new SumBody(expected).Invoke(c, 0);
        var clock = Stopwatch.StartNew();
        long loops = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            int chunks = random.Next(1, 65);
            Array.Clear(partial);
            pool.Run(chunks, new SumBody(partial));
            for (int c = 0; c < chunks; c++) Assert.That(partial[c], Is.EqualTo(expected[c]));
            loops++;
            if (loops % 64 == 0) Thread.Sleep(1); // long enough for the workers to park
        }
        Volatile.Write(ref stop, true);
        foreach (Thread thread in load) thread.Join();
        TestContext.Out.WriteLine($"{loops} loops on {threads} threads in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.That(loops, Is.GreaterThan(0));
    }

    [Test]
    public void Partition_covers_everything_once([Values(0, 1, 15, 16, 17, 1000, 100_000)] long length, [Values(1, 16)] long unit)
    {
        Partition split = Partition.Of(length, 100, unit);
        long at = 0;
        for (int c = 0; c < split.Chunks; c++)
        {
            Assert.That(split.Start(c), Is.EqualTo(at));
            Assert.That(split.End(c), Is.GreaterThan(at));
            at = split.End(c);
        }
        Assert.That(at, Is.EqualTo(length));
    }

    [Test]
    public void Half_of_the_chunks_is_half_of_the_items([Values(37, 1000, 100_003)] long length, [Values(3, 10, 70)] int most)
    {
        Partition split = Partition.Of(length, 5, maxChunks: most);
        Assert.That(split.Chunks, Is.GreaterThan(1));
        Assert.That(split.Start(split.Chunks / 2), Is.EqualTo(length / 2).Within(1), "two workers share every array alike");
    }

    /// <summary>A loop on another pool in between hides nothing.</summary>
    [Test]
    public void A_nested_loop_behind_one_of_another_pool_is_refused()
    {
        using var outer = new WorkerPool(1);
        using var other = new WorkerPool(1);
        Assert.That(
            () => outer.Run(1, _ =>
            {
                other.Run(1, _ => { });
                outer.Run(1, _ => { });
            }),
            Throws.InvalidOperationException.With.Message.Contain("do not nest"));
    }
}
