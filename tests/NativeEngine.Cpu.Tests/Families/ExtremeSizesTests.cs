using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>Steps, borders and distances of taps far beyond the image, up to the end of 32 bits.</summary>
public sealed class ExtremeSizesTests
{
    private const int Huge = int.MaxValue;

    [TestCase(1, 1, 3, Huge, 2, 1)]
    [TestCase(16, 16, 3, Huge, 2, 1)]
    [TestCase(16, 1, 3, Huge, 2, 1)]
    [TestCase(16, 16, 2, 1, 600, 1000)]
    [TestCase(16, 1, 2, 1, 600, 1000)]
    [TestCase(2, 2, 2, 700, 700, 3)]
    public void Convolutions(int channels, int perGroup, int window, int stride, int border, int dilation)
    {
        using var pair = new Pair();
        pair.Check("conv2d", 1e-5, e =>
        {
            Tensor x = Random(e, 1, 1, channels, 3, 2), w = Random(e, 2, channels, perGroup, window, window);
            return WithGradients(x, w, x.Conv2d(w, null, (stride, stride), (border, border), (dilation, dilation), channels / perGroup));
        });
    }

    [TestCase(2, Huge, 0, true)]
    [TestCase(2, Huge, 1, false)]
    [TestCase(4, 1 << 30, 2, true)]
    public void Pooling(int window, int stride, int border, bool ceil)
    {
        using var pair = new Pair();
        pair.Check("max_pool2d", 0, e =>
        {
            var x = Random(e, 1, 2, 3, 4, 5);
            return WithGradients(x, x, x.MaxPool2d((window, window), (stride, stride), (border, border), ceil));
        });
        pair.Check("avg_pool2d", 1e-6, e =>
        {
            var x = Random(e, 1, 2, 3, 4, 5);
            return WithGradients(x, x, x.AvgPool2d((window, window), (stride, stride), (border, border), ceil));
        });
    }

    private static Tensor Random(Engine e, uint stream, params int[] shape)
    {
        var x = e.From(Pair.Numbers(stream, Shape.Create(shape).Count), Shape.Create(shape));
        x.RequiresGrad = true;
        return x;
    }

    private static Tensor[] WithGradients(Tensor a, Tensor b, Tensor y)
    {
        y.Backward(keepGraph: true);
        return [y, a.Grad!, b.Grad!];
    }
}
