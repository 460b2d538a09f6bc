using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>Shapes that the convolution tests share.</summary>
internal static class ConvCases
{
    public static ConvSizes Make(int n, int c, int h, int w, int k, int r, int s, int stride = 1, int pad = 0, int dilation = 1, int groups = 1) =>
        ConvSizes.Create([n, c, h, w], [k, c / groups, r, s], (stride, stride), (pad, pad), (dilation, dilation), groups);

    /// <summary>Windows, strides, borders, dilations, groups, odd channels, 1x1 images, empty batches.</summary>
    public static IEnumerable<ConvSizes> All()
    {
        yield return Make(2, 3, 8, 9, 5, 3, 3, pad: 1);
        yield return Make(1, 1, 1, 1, 1, 1, 1);
        yield return Make(3, 7, 1, 1, 9, 1, 1);
        yield return Make(1, 5, 1, 1, 4, 3, 3, pad: 1);
        yield return Make(0, 3, 8, 8, 5, 3, 3, pad: 1);
        yield return Make(2, 1, 28, 28, 6, 5, 5, pad: 2);
        yield return Make(2, 6, 14, 14, 16, 5, 5);
        yield return Make(1, 3, 19, 17, 8, 7, 7, stride: 2, pad: 3);
        yield return Make(2, 4, 9, 7, 6, 3, 3, stride: 2, pad: 1);
        yield return Make(2, 4, 9, 7, 6, 1, 1, stride: 2);
        yield return Make(1, 5, 11, 12, 7, 2, 2, stride: 3);
        yield return Make(1, 3, 7, 8, 4, 1, 1, stride: 3, pad: 1);
        yield return Make(1, 4, 13, 12, 5, 3, 3, pad: 2, dilation: 2);
        yield return Make(1, 4, 15, 14, 5, 3, 3, stride: 2, pad: 3, dilation: 3);
        yield return Make(2, 8, 6, 7, 12, 3, 3, pad: 1, groups: 4);
        yield return Make(1, 6, 8, 8, 6, 3, 3, pad: 1, groups: 2);
        yield return Make(2, 10, 9, 8, 10, 3, 3, pad: 1, groups: 10);
        yield return Make(2, 19, 9, 8, 19, 5, 5, stride: 2, pad: 2, groups: 19);
        yield return Make(1, 6, 7, 7, 12, 3, 3, pad: 1, groups: 6);
        yield return Make(2, 16, 9, 11, 16, 3, 3, pad: 1, groups: 4);
        yield return Make(1, 28, 8, 9, 28, 3, 3, stride: 2, pad: 1, groups: 7);
        yield return Make(2, 40, 7, 10, 40, 3, 3, pad: 1, groups: 5);
        yield return Make(1, 48, 9, 8, 48, 5, 5, stride: 2, pad: 2, groups: 3);
        yield return Make(1, 24, 7, 7, 24, 1, 1, groups: 6);
        yield return Make(1, 12, 9, 9, 12, 3, 3, pad: 2, dilation: 2, groups: 3);
        yield return Make(1, 32, 5, 6, 64, 3, 3, pad: 1, groups: 8);
        yield return Make(0, 16, 5, 5, 16, 3, 3, pad: 1, groups: 4);
        yield return Make(1, 33, 6, 5, 65, 3, 3, pad: 1);
        yield return Make(2, 64, 8, 8, 32, 3, 3, pad: 1);
        yield return Make(1, 300, 4, 4, 40, 1, 1);
        yield return Make(1, 8, 1, 1, 9, 3, 3, pad: 1);
        yield return Make(2, 11, 5, 9, 19, 3, 3);
        yield return Make(1, 16, 6, 6, 33, 3, 3, pad: 2);
        yield return Make(5, 10, 30, 29, 8, 3, 3, pad: 1);
        yield return Make(1, 270, 5, 4, 35, 3, 3, pad: 1);
        yield return Make(0, 16, 8, 8, 16, 3, 3, pad: 1);
        yield return Make(1, 20, 2, 9, 30, 1, 5, pad: 2);
        yield return Make(2, 16, 17, 18, 24, 3, 3, stride: 2, pad: 1);
        yield return Make(1, 70, 16, 15, 41, 3, 3, stride: 2, pad: 1);
        yield return Make(5, 8, 62, 57, 9, 3, 3, stride: 2, pad: 1);
        yield return Make(2, 8, 1, 2, 8, 3, 3, stride: 2, pad: 1);
        yield return Make(1, 9, 13, 12, 8, 3, 3, stride: 2);
        yield return ConvSizes.Create([2, 5, 10, 9], [7, 5, 3, 2], (2, 1), (0, 1), (1, 2), 1);
    }
}
