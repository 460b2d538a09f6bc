using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Core.Tests.Ops;

/// <summary>An operation of one's own: value, gradient, what is kept, and what is refused.</summary>
internal sealed class CustomOpTests
{
    private Engine _engine = null!;

    [SetUp]
    public void SetUp() => _engine = new Engine(new ReferenceBackend());

    [TearDown]
    public void TearDown() => _engine.Dispose();

    [Test]
    public void Its_gradient_is_that_of_the_operations_it_stands_for()
    {
        double[] values = [-2, -0.5, 0, 0.25, 3];
        var (own, ownGrad) = Run(values, x => SoftSign(x) * x);
        var (composed, grad) = Run(values, x => x / (x.Abs() + 1) * x);
        Assert.That(own, Is.EqualTo(composed).Within(1e-12));
        Assert.That(ownGrad, Is.EqualTo(grad).Within(1e-12));
        double difference = (Run([0.25 + 1e-6], x => SoftSign(x) * x).Value[0] - Run([0.25 - 1e-6], x => SoftSign(x) * x).Value[0]) / 2e-6;
        Assert.That(ownGrad[3], Is.EqualTo(difference).Within(1e-8));
    }

    [Test]
    public void Gradients_of_several_inputs_add_up_and_null_is_none()
    {
        using var step = _engine.BeginStep();
        Tensor a = Leaf([1, 2]), b = Leaf([3, 5]), c = Leaf([7, 11]);
        var y = Op.Custom("mul_add", [a, b, c], (inputs, keep) =>
        {
            keep.Add(inputs[0]);
            keep.Add(inputs[1]);
            return inputs[0] * inputs[1] + inputs[2];
        }, (dy, kept) => [dy * kept[1], dy * kept[0], null]);
        (y + a).Sum().Backward();
        Assert.That(a.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 4, 6 }));
        Assert.That(b.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(c.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0 }));
    }

    [Test]
    public void Only_what_forward_names_is_kept_and_nothing_inside_is_recorded()
    {
        using var step = _engine.BeginStep();
        var x = Leaf([1, 2, 3, 4]) * 2;
        int before = _engine.Tape.Count;
        long kept = _engine.Tape.SavedBytes;
        SoftSign(x);
        Assert.That(_engine.Tape.Count, Is.EqualTo(before + 1));
        Assert.That(_engine.Tape.Operations.Last().Op, Is.EqualTo("soft_sign"));
        Assert.That(_engine.Tape.SavedBytes - kept, Is.EqualTo(4 * sizeof(double)), "the denominator");
    }

    [Test]
    public void Wrong_gradients_are_said_with_the_name_of_the_operation()
    {
        string Refused(Func<Tensor, IReadOnlyList<Tensor?>> backward)
        {
            using var step = _engine.BeginStep();
            return Assert.Throws<ShapeException>(() => Op.Custom("odd", [Leaf([1, 2])], (i, _) => i[0] * 2, (dy, _) => backward(dy)).Sum().Backward())!.Message;
        }

        Assert.That(Refused(dy => [dy.Sum()]), Is.EqualTo("[odd] backward gives [] for input 0: expects [2]"));
        Assert.That(Refused(_ => []), Is.EqualTo("[odd] backward gives 0 gradients: expects 1, one for each input"));
        Assert.That(() => Op.Custom("odd", [], (i, _) => i[0], (_, _) => []), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void An_input_given_back_is_a_result_of_its_own()
    {
        using var step = _engine.BeginStep();
        var x = Leaf([1, 2]);
        var same = Op.Custom("same", [x], (i, _) => i[0], (dy, _) => [dy * 3]);
        same.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 3, 3 }));
    }

    /// <summary>x / (1 + |x|), whose derivative is 1 / (1 + |x|)².</summary>
    private static Tensor SoftSign(Tensor x) => Op.Custom("soft_sign", [x], (inputs, keep) =>
    {
        var denominator = inputs[0].Abs() + 1;
        keep.Add(denominator);
        return inputs[0] / denominator;
    }, (dy, kept) => [dy / (kept[0] * kept[0])]);

    private (double[] Value, double[] Gradient) Run(double[] values, Func<Tensor, Tensor> op)
    {
        using var step = _engine.BeginStep();
        var x = Leaf(values);
        var y = op(x);
        var value = y.ToArray<double>();
        y.Sum().Backward();
        return (value, x.Grad!.ToArray<double>());
    }

    private Tensor Leaf(double[] values)
    {
        var x = _engine.From(values, [values.Length]);
        x.RequiresGrad = true;
        return x;
    }
}
