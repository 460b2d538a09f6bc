namespace NativeEngine.Core.Tests.Autograd;

/// <summary>Freeing before the end of a step, where nothing is recorded.</summary>
public sealed class TemporariesTests : ReferenceFixture
{
    [Test]
    public void A_scope_frees_all_but_what_is_handed_over()
    {
        using var noGrad = Engine.NoGrad();
        var x = Vector(1, 2);
        long before = Live;
        Tensor inner, result;
        using (var scope = Engine.BeginTemporaries())
        {
            inner = x.Affine(2);
            result = scope!.HandOver(inner.Affine(1, 1));
            scope.HandOver(x);
        }

        Assert.That(inner.IsFreed);
        Assert.That(result.ToArray<double>(), Is.EqualTo(new[] { 3.0, 5 }));
        Assert.That(x.IsFreed, Is.False, "an outer scope made it");
        Assert.That(Live, Is.EqualTo(before + 1));
        Step.Dispose();
        Assert.That(result.IsFreed, "the surrounding step owns it now");
    }

    [Test]
    public void A_view_that_is_handed_over_takes_its_memory_along()
    {
        using var noGrad = Engine.NoGrad();
        Tensor view;
        using (var scope = Engine.BeginTemporaries())
            view = scope!.HandOver(Vector(1, 2, 3, 4).Reshape(2, 2));
        Assert.That(view.ToArray<double>(), Is.EqualTo(new[] { 1.0, 2, 3, 4 }));
    }

    [Test]
    public void Release_frees_only_what_the_scope_made_and_the_result_does_not_share()
    {
        using var noGrad = Engine.NoGrad();
        var outer = Vector(1, 2);
        using var scope = Engine.BeginTemporaries();
        var made = outer.Affine(2);
        Engine.Release(outer, made);
        Engine.Release(made, made.Reshape(1, 2));
        Assert.That(outer.IsFreed || made.IsFreed, Is.False);
        Engine.Release(made, made.Affine(1));
        Assert.That(made.IsFreed);
    }

    [Test]
    public void Recorded_and_traced_passes_and_passes_outside_a_step_free_nothing_early()
    {
        var leaf = Leaf(1, 2);
        var hidden = leaf.Affine(2);
        var result = hidden.Sigmoid();
        Assert.That(Engine.BeginTemporaries(), Is.Null);
        Engine.Release(hidden, result);
        Assert.That(hidden.IsFreed, Is.False, "operations are recorded");
        using var noGrad = Engine.NoGrad();
        Engine.Release(hidden, result);
        Assert.That(hidden.IsFreed, Is.False, "backward still reads it");
        result.Backward(Vector(1, 1));
        Assert.That(leaf.Grad, Is.Not.Null);
        Engine.Tracer = _ => { };
        Assert.That(Engine.BeginTemporaries(), Is.Null, "whoever traces looks at the tensors afterwards");
        Engine.Tracer = null;
        Step.Dispose();
        Assert.That(Engine.BeginTemporaries(), Is.Null, "no step is open");
    }
}
