namespace NativeEngine.Core;

/// <summary>
/// The sizes of one 2-D convolution: input [N, C, H, W], filter [K, C/Groups, R, S], output [N, K, P, Q] with
/// P = ⌊(H + 2·PadH - DilationH·(R-1) - 1) / StrideH⌋ + 1 and Q alike. Output (p, q) reads input row p·StrideH - PadH + r·DilationH.
/// Group g maps input channels [g·C/Groups, …) to output channels [g·K/Groups, …).
/// </summary>
/// <param name="N">Images.</param>
/// <param name="C">Input channels.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="K">Output channels.</param>
/// <param name="R">Filter height.</param>
/// <param name="S">Filter width.</param>
/// <param name="StrideH">Input rows from one output row to the next.</param>
/// <param name="StrideW">Input columns from one output column to the next.</param>
/// <param name="PadH">Zero rows above and below.</param>
/// <param name="PadW">Zero columns left and right.</param>
/// <param name="DilationH">Input rows between neighbouring filter rows.</param>
/// <param name="DilationW">Input columns between neighbouring filter columns.</param>
/// <param name="Groups">Independent channel groups.</param>
/// <param name="P">Output height.</param>
/// <param name="Q">Output width.</param>
public readonly record struct ConvSizes(int N, int C, int H, int W, int K, int R, int S, int StrideH, int StrideW, int PadH, int PadW, int DilationH,
    int DilationW, int Groups, int P, int Q)
{
    /// <summary>Backends add two such numbers in 32 bits. A longer step, dilation or window than this has no second position.</summary>
    private const int LargestExtent = 1 << 30;

    /// <summary>Multiply-adds of one pass.</summary>
    public long Macs => (long)N * P * Q * K * (C / Groups) * R * S;

    /// <summary>[N, C, H, W]</summary>
    public Shape Input => [N, C, H, W];

    /// <summary>[K, C/Groups, R, S]</summary>
    public Shape Filter => [K, C / Groups, R, S];

    /// <summary>[N, K, P, Q]</summary>
    public Shape Output => [N, K, P, Q];

    /// <summary>Input, filter, and what differs from the plainest convolution: <c>[8,64,56,56] * [64,64,3,3] stride 2 pad 1 groups 4</c>.</summary>
    public override string ToString()
    {
        static string Pair(string name, int h, int w, int plain) => h == plain && w == plain ? "" : h == w ? $" {name} {h}" : $" {name} {h}x{w}";
        string groups = Groups > 1 ? $" groups {Groups}" : "";
        return $"{Input} * {Filter}{Pair("stride", StrideH, StrideW, 1)}{Pair("pad", PadH, PadW, 0)}{Pair("dilation", DilationH, DilationW, 1)}{groups}";
    }

    /// <summary>Checks the arguments of a convolution and computes its output size.</summary>
    public static ConvSizes Create(Shape input, Shape filter, (int H, int W) stride, (int H, int W) padding, (int H, int W) dilation, int groups)
    {
        const string op = "conv2d";
        Check.That(input.Rank == 4, op, $"input {input}: expects [N, C, H, W]");
        Check.That(filter.Rank == 4, op, $"weight {filter}: expects [K, C/groups, R, S]");
        Check.That(stride.H > 0 && stride.W > 0, op, $"stride {stride}: expects positive steps");
        Check.That(dilation.H > 0 && dilation.W > 0, op, $"dilation {dilation}: expects positive steps");
        Check.That(padding.H >= 0 && padding.W >= 0, op, $"padding {padding}: expects no negative borders");
        Check.That(groups > 0 && input[1] % groups == 0 && filter[0] % groups == 0, op,
            $"groups {groups}: expects a divisor of {input[1]} input and {filter[0]} output channels");
        Check.That(input[1] == filter[1] * groups, op,
            $"weight {filter}: expects {filter[1] * groups} input channels{(groups > 1 ? $" in {groups} groups" : "")}, input {input} has {input[1]}");
        Check.That(filter[2] > 0 && filter[3] > 0, op, $"weight {filter}: expects a window of at least 1x1");
        Check.That(filter[0] > 0 && filter[1] > 0, op, $"weight {filter}: expects at least 1 input and 1 output channel");
        Check.That(input[2] + 2L * padding.H <= LargestExtent && input[3] + 2L * padding.W <= LargestExtent, op,
            $"padding {padding}: expects input {input} with its borders to be at most {LargestExtent} pixels high and wide");
        int p = Extent(input[2], padding.H, filter[2], dilation.H, stride.H), q = Extent(input[3], padding.W, filter[3], dilation.W, stride.W);
        Check.That(p > 0 && q > 0, op, $"weight {filter}: the window (dilation {dilation}) is larger than input {input} with padding {padding}");
        Check.That((double)input[0] * input[2] * input[3] <= int.MaxValue && (double)input[0] * p * q <= int.MaxValue, op,
            $"input {input}, output [{input[0]},{filter[0]},{p},{q}]: expects at most {int.MaxValue} pixels in all images");
        return new(input[0], input[1], input[2], input[3], filter[0], filter[2], filter[3], Math.Min(stride.H, LargestExtent),
            Math.Min(stride.W, LargestExtent), padding.H, padding.W, dilation.H, dilation.W, groups, p, q);
    }

    private static int Extent(int size, int pad, int window, int dilation, int stride)
    {
        long reach = size + 2L * pad - (long)dilation * (window - 1) - 1;
        return reach < 0 ? 0 : (int)(reach / stride) + 1;
    }
}
