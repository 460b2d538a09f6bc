namespace NativeEngine.Core;

/// <summary>Kinds of pooling.</summary>
public enum PoolMode
{
    /// <summary>Largest element of the window; the first in row-major order wins a tie; padding never wins.</summary>
    Max,

    /// <summary>Mean of the window, see <see cref="PoolSizes.CountIncludePad"/>.</summary>
    Average,

    /// <summary>Mean over rows ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉ and columns alike.</summary>
    AdaptiveAverage,
}

/// <summary>The sizes of one 2-D pooling: input [N, C, H, W], output [N, C, P, Q], window R x S.</summary>
/// <param name="Mode">Maximum or mean.</param>
/// <param name="N">Images.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="R">Window height; 0 when adaptive.</param>
/// <param name="S">Window width; 0 when adaptive.</param>
/// <param name="StrideH">Input rows from one window to the next.</param>
/// <param name="StrideW">Input columns from one window to the next.</param>
/// <param name="PadH">Border rows above and below.</param>
/// <param name="PadW">Border columns left and right.</param>
/// <param name="CountIncludePad">A mean divides by the border positions too.</param>
/// <param name="P">Output height.</param>
/// <param name="Q">Output width.</param>
public readonly record struct PoolSizes(PoolMode Mode, int N, int C, int H, int W, int R, int S, int StrideH, int StrideW, int PadH, int PadW,
    bool CountIncludePad, int P, int Q)
{
    /// <summary>[N, C, H, W]</summary>
    public Shape Input => [N, C, H, W];

    /// <summary>[N, C, P, Q]</summary>
    public Shape Output => [N, C, P, Q];

    /// <summary>Checks the arguments of a windowed pooling and computes its output size by PyTorch's rules.</summary>
    public static PoolSizes Create(string op, PoolMode mode, Shape input, (int H, int W) window, (int H, int W) stride, (int H, int W) padding, bool ceilMode,
        bool countIncludePad)
    {
        Check.That(input.Rank == 4, op, $"input {input}: expects [N, C, H, W]");
        Check.That(input[2] > 0 && input[3] > 0, op, $"input {input}: expects images of at least 1x1");
        Check.That(window.H > 0 && window.W > 0, op, $"kernel size {window}: expects positive extents");
        Check.That(stride.H > 0 && stride.W > 0, op, $"stride {stride}: expects positive steps");
        Check.That(padding.H >= 0 && padding.W >= 0 && padding.H <= window.H / 2 && padding.W <= window.W / 2, op,
            $"padding {padding}: expects at most half of kernel size {window}");
        int p = Extent(input[2], window.H, stride.H, padding.H, ceilMode), q = Extent(input[3], window.W, stride.W, padding.W, ceilMode);
        Check.That(p > 0 && q > 0, op, $"kernel size {window} is larger than input {input} with padding {padding}");
        return new(mode, input[0], input[1], input[2], input[3], window.H, window.W, stride.H, stride.W, padding.H, padding.W, countIncludePad, p, q);
    }

    /// <summary>Adaptive mean pooling to P x Q.</summary>
    public static PoolSizes Adaptive(Shape input, (int H, int W) output)
    {
        const string op = "adaptive_avg_pool2d";
        Check.That(input.Rank == 4, op, $"input {input}: expects [N, C, H, W]");
        Check.That(output.H > 0 && output.W > 0, op, $"output size {output}: expects positive extents");
        Check.That(input[2] > 0 && input[3] > 0, op, $"input {input}: expects images of at least 1x1");
        return new(PoolMode.AdaptiveAverage, input[0], input[1], input[2], input[3], 0, 0, 0, 0, 0, 0, false, output.H, output.W);
    }

    /// <summary>
    /// Rows [start, end) that output row <paramref name="p"/> covers, cut at the image, and the divisor's share of this dimension:
    /// with <see cref="CountIncludePad"/> the window cut at the padded image, as PyTorch counts it.
    /// </summary>
    public (int Start, int End, int Divisor) Rows(int p) => Span(p, H, P, R, StrideH, PadH);

    /// <summary>Columns that output column <paramref name="q"/> covers; see <see cref="Rows"/>.</summary>
    public (int Start, int End, int Divisor) Columns(int q) => Span(q, W, Q, S, StrideW, PadW);

    private (int Start, int End, int Divisor) Span(int i, int size, int outputs, int window, int stride, int pad)
    {
        int start, end;
        if (Mode == PoolMode.AdaptiveAverage)
        {
            start = (int)((long)i * size / outputs);
            end = (int)(((long)(i + 1) * size + outputs - 1) / outputs);
            return (start, end, end - start);
        }

        start = i * stride - pad;
        int padded = (int)Math.Min(window, (long)size + pad - start);
        end = (int)Math.Min((long)start + window, size);
        start = Math.Max(start, 0);
        return (start, end, CountIncludePad ? padded : end - start);
    }

    private static int Extent(int size, int window, int stride, int pad, bool ceil)
    {
        long reach = size + 2L * pad - window;
        if (reach < 0 && !ceil)
            return 0;
        long extent = (long)Math.Floor((reach + (ceil ? stride - 1L : 0)) / (double)stride) + 1;
        if (ceil && (extent - 1) * stride >= (long)size + pad)
            extent--; // the last window must start inside the image or its left padding
        return (int)extent;
    }
}
