using NativeEngine.Core;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Train.Tests;

/// <summary>An operation of one's own runs where the engine runs.</summary>
internal sealed class CustomOpDeviceTests
{
    private static readonly float[] Values = [-2, -0.5f, 0.25f, 3];

    [Test]
    public void On_the_cpu()
    {
        using var engine = Lab.Engine();
        Check(engine);
    }

    [Test]
    public void On_the_software_gpu()
    {
        var gpu = new SoftDevice();
        using (var engine = new Engine(gpu.CreateBackend()))
            Check(engine);
        Assert.That(gpu.Findings, Is.Empty);
    }

    private static void Check(Engine engine)
    {
        using var step = engine.BeginStep();
        Tensor x = Leaf(engine), same = Leaf(engine);
        var y = Op.Custom("swish", [x], (inputs, keep) =>
        {
            var gate = inputs[0].Sigmoid();
            keep.Add(inputs[0]);
            keep.Add(gate);
            return inputs[0] * gate;
        }, (dy, kept) => [dy * (kept[1] + (kept[0] * kept[1] * kept[1].Affine(-1, 1)))]);
        var silu = same.Silu();
        Assert.That(y.ToArray<float>(), Is.EqualTo(silu.ToArray<float>()).Within(1e-6));
        ((y * y) + x + (silu * silu) + same).Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(same.Grad!.ToArray<float>()).Within(1e-5));
    }

    private static Tensor Leaf(Engine engine)
    {
        var x = engine.From(Values, [Values.Length]);
        x.RequiresGrad = true;
        return x;
    }
}
