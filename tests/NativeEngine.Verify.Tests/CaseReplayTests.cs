using NativeEngine.Core;

namespace NativeEngine.Verify.Tests;

/// <summary>What passes, fails, is unsupported and is malformed.</summary>
public sealed class CaseReplayTests
{
    private static CaseBuilder Relu => new CaseBuilder("op", "relu").Floats("in.input", [3], -1, 0, 2).Floats("out.output", [3], 0, 0, 2);

    [Test]
    public void A_right_case_passes_and_says_how_well()
    {
        var outcome = Run(Relu.Floats("grad.input", [3], 0, 0, 1));
        Assert.That(outcome.ToString(),
            Does.Match(@"^pass made  max err 0\.0e\+00 \(tol 1\.0e-05 \+ 1\.0e-04·\|x\|\)  worst: (out\.output|grad\.input)\[0\]$"));
    }

    [Test]
    public void A_missing_upstream_gradient_means_ones_and_a_given_one_is_used()
    {
        Assert.That(Run(Relu.Floats("dout.output", [3], 5, 6, 7).Floats("grad.input", [3], 0, 0, 7)).Status, Is.EqualTo(CaseStatus.Pass));
        Assert.That(Run(Relu.Floats("dout.output", [3], 5, 6, 7).Floats("grad.input", [3], 0, 0, 1)).Status, Is.EqualTo(CaseStatus.Fail));
    }

    [Test]
    public void A_wrong_value_fails_and_is_named_with_its_index()
    {
        var outcome = Run(new CaseBuilder("op", "relu").Floats("in.input", [2, 2], 1, 2, 3, 4).Floats("out.output", [2, 2], 1, 2, 3.5, 4));
        Assert.That(outcome.ToString(), Does.StartWith("fail made  max err 5.0e-01").And.Contain("worst: out.output[1,0]  expected 3.5, got 3"));
    }

    [Test]
    public void The_tolerance_of_the_case_counts()
    {
        var near = new CaseBuilder("op", "relu").Floats("in.input", [1], 1).Floats("out.output", [1], 1.01);
        Assert.That(Run(near).Status, Is.EqualTo(CaseStatus.Fail));
        Assert.That(Run(near.Meta("tolerance", """{"abs":0.02,"rel":0}""")).Status, Is.EqualTo(CaseStatus.Pass));
    }

    [Test]
    public void A_nan_is_only_equal_to_a_nan()
    {
        Assert.That(Run(new CaseBuilder("op", "relu").Floats("in.input", [1], double.NaN).Floats("out.output", [1], double.NaN)).Status,
            Is.EqualTo(CaseStatus.Pass));
        Assert.That(Run(new CaseBuilder("op", "relu").Floats("in.input", [1], 1).Floats("out.output", [1], double.NaN)).Status, Is.EqualTo(CaseStatus.Fail));
        Assert.That(Run(new CaseBuilder("op", "relu").Floats("in.input", [1], double.NaN).Floats("out.output", [1], 1)).Status, Is.EqualTo(CaseStatus.Fail));
    }

    [Test]
    public void Another_shape_fails_before_memory_is_taken()
    {
        var outcome = Run(new CaseBuilder("op", "add").Floats("in.input", [2, 1], 1, 2).Floats("in.other", [1, 2], 1, 2).Floats("out.output", [2], 1, 2));
        Assert.That(outcome.ToString(), Does.Contain("expected shape [2], got [2,2]"));
    }

    private static IEnumerable<TestCaseData> Unsupported =>
    [
        Named("kind", new CaseBuilder("dance", "relu"), "kind 'dance'"),
        Named("op with the nearest name", new CaseBuilder("op", "rellu").Floats("in.input", [1], 1).Floats("out.output", [1], 1), "op 'rellu', did you mean"),
        Named("attribute", Relu.Meta("attrs", """{"inplace":true}"""), "attribute inplace"),
        Named("argument", Relu.Floats("in.mask", [1], 1), "argument mask"),
        Named("output", Relu.Floats("out.mask", [1], 1), "output mask"),
        Named("attribute value", new CaseBuilder("op", "gelu").Meta("attrs", """{"approximate":"erf"}""").Floats("in.input", [1], 1)
            .Floats("out.output", [1], 1), "approximate = erf"),
        Named("loss", new CaseBuilder("loss", "focus").Floats("in.input", [1], 1), "loss 'focus'"),
        Named("optimizer", new CaseBuilder("optimizer", "adamm").Meta("attrs", """{"lr":0.1}""").Floats("in.param", [1], 1), "optimizer 'adamm'"),
        Named("optimizer attribute", new CaseBuilder("optimizer", "sgd").Meta("attrs", """{"lr":0.1,"maximise":true}""").Floats("in.param", [1], 1),
            "attribute maximise"),
        Named("schedule", new CaseBuilder("schedule", "zigzag").Floats("out.lr", [1], 1), "schedule 'zigzag'"),
        Named("model", new CaseBuilder("model", "lenot").Floats("in.input", [1], 1), "model 'lenot'"),
    ];

    [TestCaseSource(nameof(Unsupported))]
    public void What_the_engine_lacks_is_unsupported(object builder, string says)
    {
        var outcome = Run((CaseBuilder)builder);
        Assert.That(outcome.Status, Is.EqualTo(CaseStatus.Unsupported));
        Assert.That(outcome.ToString(), Does.StartWith("unsupported made").And.Contain(says));
    }

    private static IEnumerable<TestCaseData> Malformed =>
    [
        Named("no format", Relu.Without("format"), "__metadata__.format is missing"),
        Named("other format", Relu.Meta("format", "case-9"), "expects nengine-case-1, got case-9"),
        Named("no kind", Relu.Without("kind"), "kind is missing"),
        Named("attrs are not JSON", Relu.Meta("attrs", "{"), "attrs: not JSON"),
        Named("attrs are no object", Relu.Meta("attrs", "[1]"), "expects a JSON object"),
        Named("attribute type", new CaseBuilder("op", "softmax").Meta("attrs", """{"dim":"last"}""").Floats("in.input", [1], 1).Floats("out.output", [1], 1),
            "attrs.dim: expects an integer"),
        Named("attribute out of reach", new CaseBuilder("op", "max_pool2d").Meta("attrs", """{"kernel_size":2000000000}""")
            .Floats("in.input", [1, 1, 1, 1], 1).Floats("out.output", [1, 1, 1, 1], 1), "kernel_size: expects an integer up to"),
        Named("tolerance", Relu.Meta("tolerance", """{"abs":-1,"rel":0}"""), "tolerance"),
        Named("tensor name", Relu.Floats("input", [1], 1), "tensor input: expects a name that starts with"),
        Named("missing input", new CaseBuilder("op", "relu").Floats("out.output", [1], 1), "in.input is missing"),
        Named("nothing expected", new CaseBuilder("op", "relu").Floats("in.input", [1], 1), "nothing is expected"),
        Named("gradient of nothing", Relu.Floats("grad.weight", [1], 1), "there is no float tensor in.weight"),
        Named("shapes that do not fit",
            new CaseBuilder("op", "add").Floats("in.input", [2], 1, 2).Floats("in.other", [3], 1, 2, 3).Floats("out.output", [2], 1, 2), "[add] [2] and [3]"),
        Named("label outside the classes",
            new CaseBuilder("loss", "cross_entropy").Floats("in.input", [1, 2], 1, 2).Ids("in.target", 2).Floats("out.loss", [], 1), "target"),
        Named("no learning rate", new CaseBuilder("optimizer", "sgd").Floats("in.param", [1], 1).Floats("grad.0", [1], 1).Floats("out.param.0", [1], 1),
            "attrs.lr is missing"),
        Named("gradient of another shape", new CaseBuilder("optimizer", "sgd").Meta("attrs", """{"lr":0.1}""").Floats("in.param", [1], 1)
            .Floats("grad.0", [2], 1, 2).Floats("out.param.0", [1], 1), "grad.0"),
        Named("plateau without metrics", new CaseBuilder("schedule", "plateau").Meta("attrs", """{"lr":0.1,"epochs":1}""").Floats("out.lr", [1], 1),
            "in.metrics is missing"),
    ];

    [TestCaseSource(nameof(Malformed))]
    public void What_contradicts_itself_is_bad_data_and_says_where(object builder, string says)
    {
        var error = Assert.Throws<DataException>(() => Run((CaseBuilder)builder));
        Assert.That(error!.Message, Does.Contain(says).And.Contain("made"));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Data));
    }

    [Test]
    public void An_optimizer_that_is_wrong_in_its_last_step_fails()
    {
        var steps = new CaseBuilder("optimizer", "sgd").Meta("attrs", """{"lr":0.5,"momentum":0.5}""").Floats("in.param", [1], 1).Floats("grad.0", [1], 1)
            .Floats("grad.1", [1], 1).Floats("out.param.0", [1], 0.5);
        Assert.That(Run(steps.Floats("out.param.1", [1], -0.2)).ToString(), Does.StartWith("fail").And.Contain("out.param.1[0]  expected -0.2, got -0.25"));
    }

    private static CaseOutcome Run(CaseBuilder builder)
    {
        using var engine = new Engine(new ReferenceBackend());
        return CaseReplay.Run(engine, builder.Parse());
    }

    private static TestCaseData Named(string name, CaseBuilder builder, string says) => new TestCaseData(builder, says).SetArgDisplayNames(name);
}
