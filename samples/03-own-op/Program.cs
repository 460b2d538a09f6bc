using NativeEngine;
using NativeEngine.Core;
using NativeEngine.Verify;

// An operation with a backward of one's own: mish(x) = x·tanh(softplus(x)), which keeps x alone. It runs on every device.
static Tensor Mish(Tensor x) => Op.Custom("mish", [x], (inputs, keep) =>
{
    keep.Add(inputs[0]);
    return inputs[0] * Gate(inputs[0]);
}, (dy, kept) =>
{
    // With t = tanh(softplus(x)): y' = t + x·(1 - t²)·sigmoid(x).
    var t = Gate(kept[0]);
    return [dy * (t + (kept[0] * (t * t).Affine(-1, 1) * kept[0].Sigmoid()))];
});

static Tensor Gate(Tensor x) => x.Exp().Affine(1, 1).Log().Tanh();

using var engine = Engine.Open("auto");
using var soft = Engine.Open("soft"); // the kernels of a GPU, without one
bool passed = true;
foreach (var device in new[] { engine, soft })
{
    foreach (var result in GradientCheck.Run(x => Mish(x[0]), [[4, 5]], device))
    {
        Console.WriteLine($"{(result.Passed ? "pass" : $"FAIL{result.Worst} {result.Detail}")} {result.Name}, largest error {result.MaxError:0.0e+00}");
        passed &= result.Passed;
    }
}

return passed ? 0 : 1;
