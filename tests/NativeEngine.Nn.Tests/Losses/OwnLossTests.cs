using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Nn.Tests;

/// <summary>A loss that this project does not know: one record, found by its name, with its parameters, in sums.</summary>
internal sealed class OwnLossTests
{
    [Test]
    public void A_record_of_ones_own_is_a_loss_like_the_others()
    {
        using var engine = new Engine(new ReferenceBackend());
        using var step = engine.BeginStep();
        var catalogue = LossFunction.Catalogue.With<LogCoshLoss>();
        var loss = CombinedLoss.Parse("2*log_cosh(scale=0.5)+ce", catalogue: catalogue);
        Assert.That(loss.Terms[0].Loss, Is.EqualTo(new LogCoshLoss(0.5)).And.Not.EqualTo(new LogCoshLoss()));
        double[] x = [1, -2, 0.5, 3, 0, 1];
        double expected = 2 * x.Select((v, i) => Math.Log(Math.Cosh(0.5 * (v - (i is 1 or 3 ? 1 : 0))))).Sum();
        var logits = engine.From(x, [2, 3]);
        var target = engine.From((int[])[1, 0], [2]);
        Assert.That(loss.Compute(logits, null, target).Item(), Is.EqualTo(expected + logits.CrossEntropy(target).Item()).Within(1e-12));
        Assert.That(() => CombinedLoss.Parse("log_cosh(scale=0)", catalogue: catalogue),
            Throws.TypeOf<UsageException>().With.Message.EqualTo("loss log_cosh: scale = 0: expects a positive number"));
        Assert.That(() => CombinedLoss.Parse("log_cosh"), Throws.TypeOf<UsageException>().With.Message.Contains("unknown loss 'log_cosh'"));
    }

    [Test]
    public void Two_records_of_one_name_are_told_apart()
    {
        Assert.That(() => new RecordCatalogue<LossFunction>("loss", "Loss", [typeof(MseLoss), typeof(Clash.MseLoss)]),
            Throws.InvalidOperationException.With.Message.Contains("is the name of NativeEngine.Nn.MseLoss and of"));
        Assert.That(LossFunction.Catalogue.With<Clash.MseLoss>().Create("mse"), Is.TypeOf<Clash.MseLoss>());
    }

    /// <summary>Σ ln cosh(scale·(x - t)).</summary>
    public sealed record LogCoshLoss(double Scale = 1) : LossFunction
    {
        public override bool TakesFloatTarget => true;

        public override bool Sums => true;

        public override void Validate() => Require(Scale > 0, "scale", Scale, "a positive number");

        public override Tensor Compute(Tensor input, Tensor target)
        {
            var d = (input - target) * Scale;
            return ((d.Exp() + d.Neg().Exp()) * 0.5).Log().Sum();
        }
    }

    private static class Clash
    {
        public sealed record MseLoss : LossFunction
        {
            public override Tensor Compute(Tensor input, Tensor target) => input.MseLoss(target);
        }
    }
}
