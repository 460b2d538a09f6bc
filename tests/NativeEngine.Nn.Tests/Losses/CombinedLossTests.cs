using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Nn.Tests;

/// <summary>Sums of losses as text: what they mean and what is refused.</summary>
internal sealed class CombinedLossTests
{
    private static readonly double[] Logits = [2, -1, 0.5, 0, 3, -2, 1, 1, 1, -0.5, 0.25, 4], Embeddings = [1, 0, 0.5, 2, -1, 0.25, 3, 1];

    private readonly Engine _engine = new(new ReferenceBackend());

    [OneTimeTearDown]
    public void Close() => _engine.Dispose();

    [TestCase("ce", 1, "ce", "")]
    [TestCase(" 0.5 * triplet ( margin = 0.7 , soft_margin = true ) ", 0.5, "triplet", "margin=0.7 soft_margin=True")]
    [TestCase("1e-2*focal(alpha=[1,2, 0.5],gamma=1)", 0.01, "focal", "alpha=1/2/0.5 gamma=1")]
    [TestCase("1e+2*ce(weight=[1 2])", 100, "ce", "weight=1/2")]
    [TestCase("class_balanced(over=focal,counts=[3,4])", 1, "class_balanced", "counts=3/4 over=focal")]
    [TestCase("mse(reduction=sum)", 1, "mse", "reduction=Sum")]
    public void A_term_is_a_factor_a_name_and_parameters(string text, double factor, string name, string set)
    {
        var term = LossTerm.ParseSum(text).Single();
        Assert.That((term.Factor, term.Name), Is.EqualTo((factor, name)));
        var entry = LossFunction.Catalogue.Find(name);
        var given = term.Given.Order(StringComparer.Ordinal).Select(key => (key, Value: entry[term.Loss, key]))
            .Select(p => FormattableString.Invariant($"{p.key}={(p.Value is IReadOnlyList<double> list ? string.Join('/', list.Select(v => FormattableString.Invariant($"{v}"))) : p.Value)}"));
        Assert.That(string.Join(' ', given), Is.EqualTo(set));
    }

    [TestCase("ce+", "a term is empty")]
    [TestCase("+ce", "a term is empty")]
    [TestCase("ce++triplet", "a term is empty")]
    [TestCase("tripet", "unknown loss 'tripet', did you mean 'triplet'?")]
    [TestCase("ce+0.5*focall", "unknown loss 'focall', did you mean 'focal'?")]
    [TestCase("x*ce", "'x*ce': expects name or factor*name")]
    [TestCase("ce*2", "'ce*2': expects name or factor*name")]
    [TestCase("ce-triplet", "unknown loss 'ce-triplet'")]
    [TestCase("2*", "names no loss")]
    [TestCase("-1*ce", "factor -1 of ce: expects a number of at least 0")]
    [TestCase("inf*ce", "expects")]
    [TestCase("triplet(margin=0.5", "the parentheses do not match")]
    [TestCase("triplet)margin=0.5(", "the parentheses do not match")]
    [TestCase("triplet((margin=1))", "the parentheses do not match")]
    [TestCase("triplet(margin=0.5)ce", "'ce' stands behind the parentheses of triplet")]
    [TestCase("triplet(marign=0.5)", "loss triplet has no parameter 'marign', did you mean 'margin'?; it takes margin, soft_margin")]
    [TestCase("squared(margin=1)", "it takes nothing")]
    [TestCase("triplet(margin)", "'margin': expects key=value")]
    [TestCase("triplet(margin=0.1,margin=0.2)", "margin is given twice")]
    [TestCase("triplet(margin=wide)", "margin = wide: expects a number")]
    [TestCase("triplet(soft_margin=2)", "soft_margin = 2: expects true or false")]
    [TestCase("triplet(margin=-1)", "margin = -1: expects a number of at least 0")]
    [TestCase("multi_similarity(beta=0)", "beta = 0: expects a positive number")]
    [TestCase("class_balanced(beta=1,counts=[1])", "beta = 1")]
    [TestCase("focal(alpha=0.25)", "expects numbers in brackets")]
    [TestCase("focal(alpha=[1,-1])", "alpha = -1: expects finite numbers of at least 0")]
    [TestCase("focal(reduction=none)", "reduction none leaves no single number")]
    [TestCase("focal(reduction=avg)", "expects mean or sum or none")]
    public void What_cannot_be_read_is_said(string text, string message) =>
        Assert.That(() => CombinedLoss.Parse(text), Throws.TypeOf<UsageException>().With.Message.Contains(message));

    [Test]
    public void The_value_is_the_weighted_sum_of_its_terms([Values("ce+0.5*triplet(margin=0.7)", "2*bce_with_logits+mse_onehot",
        "triplet_cosine+0.25*multi_similarity+0.1*nll")] string text)
    {
        using var step = _engine.BeginStep();
        var (logits, features, target) = Batch();
        double expected = CombinedLoss.Parse(text).Terms.Sum(t =>
            t.Factor * CombinedLoss.Parse(text.Split('+').Select(p => p.Split('*')[^1]).First(p => LossTerm.ParseSum(p).Single().Loss.Name == t.Loss.Name))
                .Compute(logits, features, target).Item());
        Assert.That(CombinedLoss.Parse(text).Compute(logits, features, target).Item(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(expected, Is.GreaterThan(0.1));
    }

    [Test]
    public void Float_targets_are_one_hot_rows_and_nll_takes_the_log_softmax()
    {
        using var step = _engine.BeginStep();
        var (logits, _, target) = Batch();
        var onehot = _engine.From((double[])[0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1], [4, 3]);
        Assert.That(CombinedLoss.Parse("bce_with_logits").Compute(logits, null, target).Item(), Is.EqualTo(logits.BceWithLogits(onehot).Item()).Within(1e-12));
        Assert.That(CombinedLoss.Parse("smooth_l1(beta=0.5)").Compute(logits, null, target).Item(),
            Is.EqualTo(logits.SmoothL1Loss(onehot, 0.5).Item()).Within(1e-12));
        Assert.That(CombinedLoss.Parse("nll").Compute(logits, null, target).Item(), Is.EqualTo(logits.CrossEntropy(target).Item()).Within(1e-12));
        Assert.That(() => CombinedLoss.Parse("triplet").Compute(logits, null, target),
            Throws.TypeOf<UsageException>().With.Message.Contains("takes embeddings"));
    }

    [Test]
    public void Sums_over_rows_add_up_over_the_batches_of_an_update([Values("squared", "softmax_inverse", "mse(reduction=sum)", "ce",
        "ce+0.1*squared")] string text)
    {
        using var step = _engine.BeginStep();
        var (logits, _, target) = Batch();
        var loss = CombinedLoss.Parse(text);
        double whole = loss.Compute(logits, null, target).Item(), parts = 0;
        foreach (var (start, count) in new[] { (0, 1), (1, 3) })
        {
            var rows = _engine.From(Logits.AsSpan(3 * start, 3 * count), [count, 3]);
            var ids = _engine.From(((int[])[1, 0, 2, 2]).AsSpan(start, count), [count]);
            parts += count / 4.0 * loss.Compute(rows, null, ids, count / 4.0).Item();
        }

        Assert.That(parts, Is.EqualTo(whole).Within(1e-12));
    }

    private (Tensor Logits, Tensor Features, Tensor Target) Batch() =>
        (_engine.From(Logits, [4, 3]), _engine.From(Embeddings, [4, 2]), _engine.From((int[])[1, 0, 2, 2], [4]));
}
