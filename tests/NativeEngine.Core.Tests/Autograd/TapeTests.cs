namespace NativeEngine.Core.Tests.Autograd;

/// <summary>What is recorded, in which order gradients flow and how they add up.</summary>
public sealed class TapeTests : ReferenceFixture
{
    [Test]
    public void A_chain_multiplies_its_derivatives()
    {
        var x = Leaf(2, 3);
        (x * x).Affine(4).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 16.0, 24 }));
    }

    [Test]
    public void A_tensor_used_in_several_places_sums_their_gradients()
    {
        var x = Leaf(2, -3);
        var y = x.Affine(3);
        var z = y * y + y.Neg() + x + y;
        z.Sum().Backward();
        // z = 9x² - 3x + x + 3x
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 18.0 * 2 + 1, -18.0 * 3 + 1 }));
    }

    [Test]
    public void A_residual_branch_shares_a_gradient_without_spoiling_it()
    {
        var x = Leaf(1, 2);
        var trunk = x.Affine(2);
        var branch = trunk.Affine(3);
        var joined = trunk + branch; // both receive dy itself; trunk then accumulates 3·dy into it
        var again = joined + branch; // branch receives dy twice
        again.Backward(Vector(1, 10));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 14.0, 140 }));
    }

    [Test]
    public void Operations_are_recorded_in_the_order_they_ran_with_their_layers()
    {
        var x = Leaf(1, 2);
        using (Engine.Layer("stem"))
            x = x.Relu();
        x.Affine(2).Sum();
        Assert.That(Engine.Tape.Operations.Select(o => (o.Op, o.Layer)), Is.EqualTo(new[] { ("relu", "stem"), ("affine", ""), ("sum", ""), ("reshape", "") }));
    }

    [Test]
    public void A_tracer_sees_operations_with_their_tensors_and_arguments_also_when_nothing_is_recorded()
    {
        var seen = new List<TracedOp>();
        Tensor x = Leaf(1, 2), sum;
        Engine.Tracer = seen.Add;
        using (Engine.NoGrad())
        using (Engine.Layer("stem"))
            sum = (x.Clamp(0, 6) * x).Sum();
        Engine.Tracer = null;
        sum.Affine(2);
        Assert.That(seen.Select(o => (o.Op, o.Layer)), Is.EqualTo(new[] { ("clamp", "stem"), ("mul", "stem"), ("sum", "stem"), ("reshape", "stem") }));
        Assert.That(seen[0].Arguments, Is.EqualTo(new UnaryCall(UnaryOp.Clamp, new UnaryArgs(0, 6))));
        Assert.That(seen[1].Arguments, Is.EqualTo(BinaryOp.Mul));
        Assert.That(seen[1].Inputs, Is.EqualTo(new[] { seen[0].Output, x }));
        Assert.That(seen[2].Arguments, Is.EqualTo(new[] { 0 }));
        Assert.That(seen[3].Output, Is.SameAs(sum));
        Assert.That(Engine.Tape.Count, Is.Zero);
    }

    [Test]
    public void Operations_that_the_root_does_not_depend_on_get_no_gradient()
    {
        Tensor x = Leaf(1, 2), other = Leaf(5, 6);
        var unused = other.Affine(2);
        x.Affine(3).Sum().Backward();
        Assert.That(other.Grad, Is.Null);
        Assert.That(x.Grad, Is.Not.Null);
        Assert.That(unused.IsFreed, "a finished graph is dropped as a whole");
    }

    [Test]
    public void Gradients_accumulate_over_backward_calls_until_they_are_zeroed()
    {
        var x = Leaf(1, 2);
        x.Affine(3).Sum().Backward();
        x.Affine(4).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 7.0, 7 }));
        x.ZeroGrad();
        Assert.That(x.Grad, Is.Null);
        x.Affine(5).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 5.0, 5 }));
    }

    [Test]
    public void Backward_runs_once_unless_the_graph_is_kept()
    {
        var x = Leaf(3);
        var y = (x * x).Sum();
        y.Backward(keepGraph: true);
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contain("keepGraph"));
    }

    [Test]
    public void The_gradient_a_caller_passes_stays_his()
    {
        var x = Leaf(1, 2);
        var gradient = Vector(5, 7);
        var y = x.Affine(2);
        var z = y + y.Affine(1);
        z.Backward(gradient, keepGraph: true);
        z.Backward(gradient);
        Assert.That(gradient.ToArray<double>(), Is.EqualTo(new[] { 5.0, 7 }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 40.0, 56 }));
    }

    [Test]
    public void Nothing_is_recorded_under_no_grad()
    {
        var x = Leaf(1, 2);
        using (Engine.NoGrad())
        {
            using (Engine.NoGrad())
                Assert.That(Engine.GradEnabled, Is.False);
            Assert.That(x.Relu().RequiresGrad, Is.False);
        }

        Assert.That(Engine.GradEnabled);
        Assert.That(Engine.Tape.Count, Is.Zero);
        Assert.That(() => Vector(1).Relu().Backward(), Throws.InvalidOperationException.With.Message.Contain("not recorded"));
    }

    [Test]
    public void Detach_cuts_the_graph_and_keeps_the_memory()
    {
        var x = Leaf(2);
        var cut = (x * x).Detach();
        Assert.That(cut.RequiresGrad, Is.False);
        (cut * x).Sum().Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void A_change_in_place_after_saving_is_refused_with_the_op_and_both_versions()
    {
        var x = Leaf(1, 2);
        var factor = Vector(3, 4);
        var y = (x * factor).Sum();
        factor.AddInPlace(Vector(1, 1));
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contain("[mul]").And.Message.Contain("version 2, saved at 1"));
    }

    [Test]
    public void A_change_through_a_view_counts_too()
    {
        var x = Leaf(1, 2);
        var factor = Vector(3, 4);
        var y = (x * factor).Sum();
        factor.Narrow(0, 1, 1).Fill(0);
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contain("[mul]"));
    }

    [Test]
    public void A_change_in_place_of_what_nobody_saved_is_allowed()
    {
        var x = Leaf(1, 2);
        var summand = Vector(3, 4);
        var y = (x + summand).Sum();
        summand.Fill(0);
        y.Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 1.0, 1 }));
    }

    [Test]
    public void A_parameter_is_changed_in_place_only_under_no_grad()
    {
        var x = Leaf(1);
        Assert.That(() => x.Fill(2), Throws.InvalidOperationException.With.Message.Contain("[fill]"));
        using (Engine.NoGrad())
            x.Fill(2);
        Assert.That(x.Item(), Is.EqualTo(2));
    }

    [Test]
    public void Requires_grad_is_refused_where_it_means_nothing()
    {
        var x = Leaf(1, 2);
        Assert.That(() => x.Relu().RequiresGrad = false, Throws.InvalidOperationException.With.Message.Contain("leaf"));
        Assert.That(() => Engine.From([1, 2], [2]).RequiresGrad = true, Throws.TypeOf<ShapeException>().With.Message.Contain("Int32"));
        Assert.That(() => Engine.Zeros([2, 3]).Permute(1, 0).RequiresGrad = true, Throws.TypeOf<ShapeException>().With.Message.Contain("strided"));
        Assert.That(() => x.Backward(), Throws.InvalidOperationException.With.Message.Contain("leaf"));
        Assert.That(() => x.Relu().Backward(Vector(1, 2, 3)), Throws.TypeOf<ShapeException>().With.Message.Contain("gradient [3] for a tensor [2]"));
    }

    [Test]
    public void The_first_value_that_is_not_finite_names_op_layer_and_step()
    {
        Engine.DetectNonFinite = true;
        Engine.StepNumber = 17;
        var x = Leaf(1, 0);
        using (Engine.Layer("head.fc"))
        {
            var error = Assert.Throws<DivergedException>(() => x.Log());
            Assert.That(error!.Message, Does.Contain("step 17").And.Contain("[log]").And.Contain("head.fc").And.Contain("1 of 2 values"));
            Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Diverged));
        }
    }

    [Test]
    public void A_gradient_that_is_not_finite_names_the_backward_of_its_op()
    {
        var x = Leaf(0, 1);
        var y = x.Pow(0.5).Sum(); // the derivative at 0 is infinite
        Engine.DetectNonFinite = true;
        Assert.That(() => y.Backward(), Throws.TypeOf<DivergedException>().With.Message.Contain("[pow backward]"));
    }
}
