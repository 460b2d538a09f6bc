using NativeEngine.Core;

namespace NativeEngine.Cpu.Conv;

/// <summary>What a convolution of given sizes needs besides its tensors, made once per shape: its tables of taps.</summary>
internal sealed class ConvPlan
{
    public ConvPlan(in ConvSizes s)
    {
        Sizes = s;
        Forward = ForwardTaps(s);
        Classes = BackwardClasses(s);
    }

    public ConvSizes Sizes { get; }

    /// <summary>Taps of the forward pass and of the filter gradient, in filter order.</summary>
    public TapTable Forward { get; }

    /// <summary>Classes of input pixels that see the same taps; one class for stride 1.</summary>
    public IReadOnlyList<ParityClass> Classes { get; }

    /// <summary>The product is the image itself: no window, no steps, no borders.</summary>
    public bool IsPointwise => Sizes is { R: 1, S: 1, StrideH: 1, StrideW: 1, PadH: 0, PadW: 0 };

    /// <summary>One filter plane per channel, one output per filter.</summary>
    public bool IsDepthwise => Sizes.Groups > 1 && Sizes.Groups == Sizes.C && Sizes.K == Sizes.C;

    private static TapTable ForwardTaps(in ConvSizes s)
    {
        int[] dy = new int[s.R * s.S], dx = new int[s.R * s.S], filter = new int[s.R * s.S];
        for (int t = 0; t < filter.Length; t++)
        {
            dy[t] = t / s.S * s.DilationH - s.PadH;
            dx[t] = t % s.S * s.DilationW - s.PadW;
            filter[t] = t;
        }
        return new TapTable(dy, dx, filter);
    }

    /// <summary>
    /// Input row h = a * StrideH + offset receives from output row p = (h + PadH - r * DilationH) / StrideH for each r that divides:
    /// a fixed set of taps per offset, with p = a + (offset + PadH - r * DilationH) / StrideH.
    /// </summary>
    private static List<ParityClass> BackwardClasses(in ConvSizes s)
    {
        var classes = new List<ParityClass>();
        for (int offsetH = 0; offsetH < Math.Min(s.StrideH, s.H); offsetH++)
        {
            for (int offsetW = 0; offsetW < Math.Min(s.StrideW, s.W); offsetW++)
            {
                var dy = new List<int>();
                var dx = new List<int>();
                var filter = new List<int>();
                // Falling filter index is rising image position: neighbours in memory stay neighbours in the table.
                for (int t = s.R * s.S - 1; t >= 0; t--)
                {
                    int h = offsetH + s.PadH - t / s.S * s.DilationH, w = offsetW + s.PadW - t % s.S * s.DilationW;
                    if (h % s.StrideH != 0 || w % s.StrideW != 0) continue;
                    dy.Add(h / s.StrideH);
                    dx.Add(w / s.StrideW);
                    filter.Add(t);
                }
                int gridH = (s.H - offsetH + s.StrideH - 1) / s.StrideH, gridW = (s.W - offsetW + s.StrideW - 1) / s.StrideW;
                classes.Add(new ParityClass(offsetH, offsetW, gridH, gridW, new TapTable([.. dy], [.. dx], [.. filter])));
            }
        }
        return classes;
    }
}
