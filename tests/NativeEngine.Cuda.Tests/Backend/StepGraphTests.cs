using NativeEngine.Core;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

[TestFixture]
public class StepGraphTests
{
    [Test]
    public void Replayed_steps_give_the_bits_of_eager_ones_with_changing_learning_rates([Values("lenet", "smallcnn")] string model)
    {
        using var eager = new TrainingRig(new SoftDevice().CreateBackend(), model);
        using var replayed = new TrainingRig(new SoftDevice(new SoftGpuOptions { Seed = 5 }).CreateBackend(), model);
        using var graph = replayed.Cuda.CreateStepGraph();
        for (int i = 0; i < 5; i++)
        {
            double rate = 1e-3 / (i + 1);
            eager.Queue(rate);
            graph.Run(() => replayed.Queue(rate));
            Assert.That(replayed.Loss(), Is.EqualTo(eager.Loss()), $"step {i}");
        }
        Assert.That(graph.EagerReason, Is.Null);
        Assert.That(graph.Replays, Is.EqualTo(4));
        Assert.That(replayed.Device.Findings, Is.Empty);
    }

    /// <summary>Thirteen updates: two syncs of Lookahead's slow weights, each a step with more nodes than those around it; a warm-up of the learning rate and
    /// its decay.</summary>
    [TestCase("ranger", 1, false)]
    [TestCase("lookahead_sgd", 1, false)]
    [TestCase("lookahead_adamw", 2, false)]
    [TestCase("lamb", 3, false)]
    [TestCase("sam_sgd", 1, true)]
    public void Every_kind_of_update_replays_to_the_bits_of_an_eager_one(string optimizer, int accumulate, bool twoGradients)
    {
        TrainingRig Rig(ulong seed) => new(new SoftDevice(new SoftGpuOptions { Seed = seed }).CreateBackend(), "mlp", optimizer: optimizer,
            imgSize: 14)
        { Accumulate = accumulate, TakesTwoGradients = twoGradients };
        using TrainingRig eager = Rig(0), replayed = Rig(5);
        using var graph = replayed.Cuda.CreateStepGraph();
        for (int i = 0; i < 14; i++)
        {
            double rate = 1e-2 * Math.Min(1, (i + 1) / 4.0) * (1 - i / 20.0);
            eager.Queue(rate);
            graph.Run(() => replayed.Queue(rate));
            Assert.That(replayed.Loss(), Is.EqualTo(eager.Loss()), $"step {i}");
        }
        Assert.That(replayed.Weights(), Is.EqualTo(eager.Weights()));
        Assert.That((graph.EagerReason, graph.Replays), Is.EqualTo(((string?)null, 13L)));
        Assert.That(replayed.Device.Findings, Is.Empty);
    }

    [TestCase("sgd")]
    [TestCase("lamb")] // makes its state in the step that fails
    public void A_step_that_fails_at_its_end_has_run_what_it_queued_as_an_eager_one_has(string optimizer)
    {
        var own = new CudaOptions { UseLibraries = false };
        using var eager = new TrainingRig(new SoftDevice().CreateBackend(own), "mlp", optimizer: optimizer, imgSize: 14);
        using var rig = new TrainingRig(new SoftDevice().CreateBackend(own), "mlp", optimizer: optimizer, imgSize: 14);
        using var graph = rig.Cuda.CreateStepGraph();
        graph.Run(static () => { }); // the first step runs eagerly; the optimizer's tables and state are first met in a recording
        Assert.Throws<UsageException>(() => graph.Run(() =>
        {
            rig.Queue();
            throw new UsageException("stop");
        }));
        graph.Run(() => rig.Queue());
        eager.Queue();
        eager.Queue();
        Assert.That(rig.Weights(), Is.EqualTo(eager.Weights()));
        Assert.That(graph.Replays, Is.EqualTo(1));
        Assert.That(rig.Device.Findings, Is.Empty);
    }

    [Test]
    public void A_replayed_step_is_one_launch_without_waiting()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        graph.Run(() => rig.Queue());
        graph.Run(() => rig.Queue());
        var before = rig.Device.Counters;
        for (int i = 0; i < 4; i++)
            graph.Run(() => rig.Queue());
        var done = rig.Device.Counters.Since(before);
        Assert.Multiple(() =>
        {
            Assert.That(done.GraphLaunches, Is.EqualTo(4));
            Assert.That(done.HostSyncs, Is.Zero);
            Assert.That(done.Allocations, Is.Zero);
        });
    }

    [Test]
    public void Reading_a_value_inside_the_step_goes_on_eagerly_and_says_so()
    {
        using var eager = new TrainingRig(new SoftDevice().CreateBackend());
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        for (int i = 0; i < 4; i++)
        {
            eager.Queue();
            float seen = float.NaN;
            graph.Run(() =>
            {
                rig.Queue();
                seen = rig.Loss();
            });
            Assert.That(seen, Is.EqualTo(eager.Loss()), $"step {i}");
        }
        Assert.That(graph.EagerReason, Does.Contain("reads a value back"));
        Assert.That(rig.Device.Findings, Is.Empty);
    }

    [Test]
    public void A_step_that_fails_while_it_is_recorded_leaves_the_stream_usable()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        graph.Run(() => rig.Queue());
        Assert.Throws<UsageException>(() => graph.Run(() => throw new UsageException("stop")));
        graph.Run(() => rig.Queue());
        Assert.That(rig.Loss(), Is.Not.NaN);
        Assert.That(graph.Replays, Is.EqualTo(1));
    }

    [Test]
    public void An_upload_inside_the_step_becomes_part_of_the_graph()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        var engine = rig.Engine;
        var sum = engine.EmptyPersistent([3]);
        using var graph = rig.Cuda.CreateStepGraph();
        for (int i = 0; i < 12; i++)
        {
            float[] values = [i, i + 1, i + 2];
            graph.Run(() =>
            {
                using var step = engine.BeginStep();
                engine.Backend.Copy(engine.From(values, [3]), sum, GradMode.Overwrite, 2);
            });
            Assert.That(sum.ToArray<float>(), Is.EqualTo(values.Select(v => 2 * v)));
        }
        Assert.That(graph.EagerReason, Is.Null);
        Assert.That(rig.Device.Findings, Is.Empty);
    }
}
