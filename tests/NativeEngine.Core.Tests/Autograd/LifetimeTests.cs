namespace NativeEngine.Core.Tests.Autograd;

/// <summary>Who frees what, counted in live buffers of the backend.</summary>
public sealed class LifetimeTests : ReferenceFixture
{
    [Test]
    public void Backward_frees_the_activations_it_consumed()
    {
        var x = Leaf(1, 2, 3);
        long before = Live;
        var hidden = x.Affine(2).Sigmoid().Tanh();
        var loss = hidden.Sum();
        loss.Backward();
        Assert.That(hidden.IsFreed);
        Assert.That(loss.IsFreed, Is.False, "the loss stays readable until its step ends");
        Assert.That(Live, Is.EqualTo(before + 2), "left are the loss and the leaf's gradient");
        Step.Dispose();
        Assert.That(Live, Is.EqualTo(before + 1));
        Assert.That(loss.IsFreed);
    }

    [Test]
    public void Activations_are_freed_while_backward_runs_not_at_its_end()
    {
        var x = Leaf(new double[1000]);
        var y = x.Affine(1);
        for (int i = 0; i < 20; i++)
            y = y.Sigmoid();
        long forward = Engine.Backend.Memory.PeakBytes;
        y.Sum().Backward();
        Assert.That(Engine.Backend.Memory.PeakBytes - forward, Is.LessThan(5 * 8000), "twenty gradients of 8000 bytes, of which only a few live at a time");
    }

    [Test]
    public void A_step_frees_what_was_made_in_it_and_keeps_what_is_kept()
    {
        long before = Live;
        Tensor freed, kept;
        using (Engine.BeginStep())
        {
            freed = Vector(1, 2);
            kept = Vector(3, 4).Keep();
        }

        Assert.That(Live, Is.EqualTo(before + 1));
        Assert.That(kept.ToArray<double>(), Is.EqualTo(new[] { 3.0, 4 }));
        Assert.That(() => freed.ToArray<double>(), Throws.InvalidOperationException.With.Message.Contain("freed").And.Message.Contain("Keep()"));
        Assert.That(() => freed.Keep(), Throws.InvalidOperationException);
    }

    [Test]
    public void A_tensor_of_a_disposed_engine_says_so()
    {
        var weight = Leaf(1, 2);
        var inner = Engine.BeginStep();
        var made = Vector(3);
        Engine.Dispose();
        Assert.That((weight.IsFreed, made.IsFreed), Is.EqualTo((true, true)));
        Assert.That(() => weight.ToArray<double>(), Throws.InvalidOperationException.With.Message.Contain("engine was disposed"));
        Assert.That(() => weight.Keep(), Throws.Nothing, "it has no step");
        Assert.That(() => Engine.Zeros([1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(inner.Dispose, Throws.Nothing);
    }

    [Test]
    public void Steps_nest()
    {
        var outer = Vector(1);
        Tensor inner;
        using (Engine.BeginStep())
            inner = Vector(2);
        Assert.That((outer.IsFreed, inner.IsFreed), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_step_inside_another_leaves_what_the_outer_recorded()
    {
        var x = Leaf(1, 2);
        using (Engine.BeginStep())
        {
            var loss = (x * x).Sum();
            int recorded = Engine.Tape.Count;
            using (Engine.BeginStep())
                (x * 3).Sum();
            Assert.That(Engine.Tape.Count, Is.EqualTo(recorded));
            loss.Backward();
        }

        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 2, 4 }));
    }

    [Test]
    public void A_step_that_ends_without_backward_drops_its_graph()
    {
        var x = Leaf(1, 2);
        long before = Live;
        using (Engine.BeginStep())
        {
            x.Affine(2).Sigmoid().Sum();
            Assert.That(Engine.Tape.Count, Is.GreaterThan(0));
        }

        Assert.That((Engine.Tape.Count, Live), Is.EqualTo((0, before)));
    }

    [Test]
    public void A_backward_that_fails_leaves_nothing_behind_once_its_step_ends()
    {
        var x = Leaf(1, 2);
        long before = Live;
        using (Engine.BeginStep())
        {
            var factor = Vector(3, 4);
            var y = (x.Affine(2) * factor).Sum();
            factor.Fill(0);
            Assert.That(() => y.Backward(), Throws.InvalidOperationException);
        }

        Assert.That(Live, Is.EqualTo(before));
    }

    [Test]
    public void Persistent_memory_comes_back_through_the_collector()
    {
        long before = Live;
        MakeGarbage();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Engine.Empty([1]); // the next allocation returns collected blocks on the engine's own thread
        Assert.That(Live, Is.EqualTo(before + 1));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void MakeGarbage()
        {
            for (int i = 0; i < 5; i++)
                Engine.EmptyPersistent([100]);
        }
    }

    [Test]
    public void Memory_stays_flat_over_many_steps()
    {
        var weight = Engine.Full([4, 3], 0.1).Keep();
        weight.RequiresGrad = true;
        long buffers = 0, peak = 0;
        for (int i = 0; i < 2000; i++)
        {
            using (Engine.BeginStep())
            {
                Engine.Full([5, 3], 1).Linear(weight).Relu().Sum().Backward();
                using (Engine.NoGrad())
                    weight.AddInPlace(weight.Grad!, -1e-6);
                weight.ZeroGrad();
            }

            if (i == 10)
                (buffers, peak) = (Live, Engine.Backend.Memory.PeakBytes);
        }

        Assert.That((Live, Engine.Backend.Memory.PeakBytes), Is.EqualTo((buffers, peak)));
    }

    [Test]
    public void Gradients_of_leaves_keep_their_memory_until_they_are_released()
    {
        var x = Leaf(1, 2);
        x.Affine(2).Sum().Backward();
        long withGradient = Live;
        x.ZeroGrad();
        Assert.That(Live, Is.EqualTo(withGradient));
        x.ReleaseGrad();
        Assert.That(Live, Is.EqualTo(withGradient - 1));
    }

    [Test]
    public void A_closed_engine_refuses_new_tensors()
    {
        Engine.Dispose();
        Assert.That(() => Engine.Empty([1]), Throws.TypeOf<ObjectDisposedException>());
    }
}
