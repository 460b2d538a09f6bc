namespace NativeEngine.Core.Tests;

/// <summary>A wrong argument is refused in one sentence that names the op, the argument, what is expected and what was got.</summary>
public sealed class ErrorMessageTests : ReferenceFixture
{
    private static readonly (string Name, Func<Engine, object> Call, string[] Says)[] Cases =
    [
        ("conv2d channels", e => e.Zeros([8, 4, 32, 32]).Conv2d(e.Zeros([64, 3, 7, 7])),
            ["[conv2d]", "weight [64,3,7,7]", "expects 3 input channels", "input [8,4,32,32] has 4"]),
        ("conv2d groups", e => e.Zeros([1, 4, 5, 5]).Conv2d(e.Zeros([6, 1, 3, 3]), groups: 4), ["[conv2d]", "groups 4", "4 input and 6 output"]),
        ("conv2d window", e => e.Zeros([1, 1, 2, 2]).Conv2d(e.Zeros([1, 1, 3, 3])), ["[conv2d]", "weight [1,1,3,3]", "larger than input [1,1,2,2]"]),
        ("conv2d stride", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([1, 1, 3, 3]), stride: (0, 1)), ["[conv2d]", "stride", "positive"]),
        ("conv2d bias", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([2, 1, 3, 3]), e.Zeros([3])), ["[conv2d]", "bias [3]", "expects [2]"]),
        ("conv2d without channels", e => e.Zeros([2, 0, 5, 5]).Conv2d(e.Zeros([3, 0, 3, 3])),
            ["[conv2d]", "weight [3,0,3,3]", "at least 1 input and 1 output channel"]),
        ("conv2d without filters", e => e.Zeros([2, 3, 5, 5]).Conv2d(e.Zeros([0, 3, 3, 3])),
            ["[conv2d]", "weight [0,3,3,3]", "at least 1 input and 1 output channel"]),
        ("conv2d dilation beyond 32 bits", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([1, 1, 3, 3]), dilation: (2_000_000_000, 1)),
            ["[conv2d]", "dilation (2000000000, 1)", "larger than input"]),
        ("conv2d border beyond 32 bits", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([1, 1, 3, 3]), padding: (1, 2_000_000_000)),
            ["[conv2d]", "padding (1, 2000000000)", "at most 1073741824"]),
        ("conv2d pixels beyond 32 bits", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([1, 1, 1, 1]), padding: (100_000, 100_000)),
            ["[conv2d]", "output [1,1,200005,200005]", "2147483647 pixels"]),
        ("conv2d weight type", e => e.Zeros([1, 1, 5, 5]).Conv2d(e.Zeros([1, 1, 3, 3], DType.Int32)), ["[conv2d]", "weight [1,1,3,3]", "float", "Int32"]),
        ("linear bias type", e => e.Zeros([2, 3]).Linear(e.Zeros([5, 3]), e.Zeros([5], DType.Int32)), ["[linear]", "bias [5]", "float", "Int32"]),
        ("batch norm weight type", e => e.Zeros([2, 3]).BatchNorm(e.Zeros([3], DType.Int64), null, null, null, true),
            ["[batch_norm]", "weight [3]", "float", "Int64"]),
        ("layer norm weight type", e => e.Zeros([2, 3]).LayerNorm(e.Zeros([3], DType.Int32)), ["[layer_norm]", "weight [3]", "float", "Int32"]),
        ("group norm bias type", e => e.Zeros([2, 4, 3, 3]).GroupNorm(2, null, e.Zeros([4], DType.UInt8)), ["[group_norm]", "bias [4]", "float", "UInt8"]),
        ("cross entropy weight type", e => e.Zeros([2, 3]).CrossEntropy(e.From([1, 2], [2]), e.Zeros([3], DType.Int32)),
            ["[cross_entropy]", "weight [3]", "float", "Int32"]),
        ("the device's own float type", e => e.Zeros([2]).Cast(DType.Float32).Relu(), ["[relu]", "input [2]", "Float64", "is Float32"]),
        ("assign types", e => e.Zeros([2]).Assign(e.From([1, 2], [2])), ["[assign]", "Float64", "Int32", "equal types"]),
        ("add in place types", e => e.Zeros([2]).AddInPlace(e.From([1, 2], [2])), ["[add_]", "Float64", "Int32", "equal types"]),
        ("matmul inner", e => e.Zeros([2, 3]).MatMul(e.Zeros([4, 5])), ["[matmul]", "[2,3]", "[4,5]"]),
        ("matmul batch", e => e.Zeros([2, 3, 4]).MatMul(e.Zeros([3, 4, 5])), ["[matmul]", "batches 2 and 3"]),
        ("linear inputs", e => e.Zeros([2, 3]).Linear(e.Zeros([5, 4])), ["[linear]", "weight [5,4]", "input [2,3] has 3"]),
        ("batch norm of one value", e => e.Zeros([1, 3]).BatchNorm(null, null, null, null, true),
            ["[batch_norm]", "input [1,3]", "more than 1 value per channel"]),
        ("batch norm weight", e => e.Zeros([2, 3]).BatchNorm(e.Zeros([4]), null, null, null, true), ["[batch_norm]", "weight [4]", "expects [3]"]),
        ("batch norm statistics", e => e.Zeros([2, 3]).BatchNorm(null, null, null, null, false), ["[batch_norm]", "running_mean"]),
        ("layer norm weight", e => e.Zeros([2, 3]).LayerNorm(e.Zeros([4])), ["[layer_norm]", "weight [4]", "expects [3]"]),
        ("group norm groups", e => e.Zeros([2, 3, 4, 4]).GroupNorm(2), ["[group_norm]", "groups 2", "3 channels"]),
        ("pool padding", e => e.Zeros([1, 1, 5, 5]).MaxPool2d((2, 2), padding: (2, 2)), ["[max_pool2d]", "padding", "at most half"]),
        ("pool padding beyond 32 bits", e => e.Zeros([1, 1, 5, 5]).MaxPool2d((2, 2), padding: (1_500_000_000, 0)), ["[max_pool2d]", "padding", "at most half"]),
        ("pool of nothing", e => e.Zeros([1, 1, 0, 5]).AvgPool2d((2, 2), padding: (1, 1)), ["[avg_pool2d]", "input [1,1,0,5]", "at least 1x1"]),
        ("adaptive pool", e => e.Zeros([1, 1, 5, 5]).AdaptiveAvgPool2d((0, 1)), ["[adaptive_avg_pool2d]", "output size"]),
        ("cross entropy target", e => e.Zeros([2, 3]).CrossEntropy(e.From([1, 2, 0], [3])), ["[cross_entropy]", "target [3]", "input [2,3]"]),
        ("cross entropy type", e => e.Zeros([2, 3]).CrossEntropy(e.Zeros([2])), ["[cross_entropy]", "target", "expects Int32"]),
        ("cross entropy smoothing", e => e.Zeros([2, 3]).CrossEntropy(e.From([1, 2], [2]), smoothing: 1.5), ["[cross_entropy]", "label_smoothing 1.5", "0..1"]),
        ("mse shapes", e => e.Zeros([2, 3]).MseLoss(e.Zeros([3, 2])), ["[mse_loss]", "input [2,3]", "target [3,2]"]),
        ("smooth l1 beta", e => e.Zeros([2]).SmoothL1Loss(e.Zeros([2]), beta: 0), ["[smooth_l1_loss]", "beta 0"]),
        ("broadcast", e => e.Zeros([2, 3]) + e.Zeros([4]), ["[add]", "[2,3] and [4]"]),
        ("dropout", e => e.Zeros([2]).Dropout(1.5, new PhiloxKey(1, 2, 3)), ["[dropout]", "p = 1.5", "0..1"]),
        ("clamp", e => e.Zeros([2]).Clamp(1, 0), ["[clamp]", "low"]),
        ("top k", e => e.Zeros([2, 3]).TopK(4), ["[topk]", "k = 4", "0..3"]),
        ("arg max of nothing", e => e.Zeros([2, 0]).ArgMax(), ["[argmax]", "[2,0] is empty"]),
        ("concat", e => Memory.Concat(0, e.Zeros([2, 3]), e.Zeros([2, 4])), ["[cat]", "[2,4]", "[2,3]"]),
        ("narrow", e => e.Zeros([2, 3]).Narrow(1, 2, 2), ["[narrow]", "2..4", "0..3"]),
        ("permute", e => e.Zeros([2, 3]).Permute(0, 0), ["[permute]", "[0,0]", "each axis once"]),
        ("gather", e => e.Zeros([2, 3]).GatherRows(e.Zeros([2])), ["[gather_rows]", "index", "Int32"]),
        ("gather rows that do not exist", e => e.Zeros([4, 2]).GatherRows(e.From([0, 4], [2])), ["[gather_rows]", "index 4 at position 1", "0..3"]),
        ("integers", e => e.From([1, 2], [2]).Relu(), ["[relu]", "float", "Int32"]),
        ("optimizer", e => Update(e), ["[optimizer]", "parameter [2]", "gradient [3]"]),
    ];

    private static IEnumerable<TestCaseData> Named => Cases.Select(c => new TestCaseData(c.Call, c.Says).SetArgDisplayNames(c.Name));

    [TestCaseSource(nameof(Named))]
    public void Names_op_argument_expected_and_got(Func<Engine, object> call, string[] says)
    {
        var error = Assert.Throws<ShapeException>(() => call(Engine));
        foreach (string part in says)
            Assert.That(error!.Message, Does.Contain(part));
        Assert.That(error!.Message, Does.StartWith($"[{error.Op}]"));
    }

    [Test]
    public void A_label_outside_the_classes_is_bad_data()
    {
        var error = Assert.Throws<DataException>(() => Engine.Zeros([2, 3]).CrossEntropy(Engine.From([0, 3], [2])));
        Assert.That(error!.Message, Does.Contain("target[1] = 3").And.Contain("0..2"));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Data));
    }

    [Test]
    public void Tensors_of_two_devices_do_not_mix()
    {
        using var other = new Engine(new NativeEngine.Verify.ReferenceBackend());
        Assert.That(() => Engine.Zeros([2]) + other.Zeros([2]), Throws.TypeOf<ShapeException>().With.Message.Contain("different devices"));
    }

    private static Engine Update(Engine engine)
    {
        Optim.Step(engine, new OptimizerArgs(OptimizerRule.Sgd, 0.1, 1), [new OptimizerSlot(engine.Zeros([2]), engine.Zeros([3]), null, null, null, 0, 1)]);
        return engine;
    }
}
