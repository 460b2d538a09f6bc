using NativeEngine.Core;

namespace NativeEngine.Cpu.Pooling;

/// <summary>The columns of the windows of one output row, computed once per operation.</summary>
internal sealed class PoolWindows
{
    public PoolWindows(in PoolSizes s)
    {
        Start = new int[s.Q];
        Width = new int[s.Q];
        Divisor = new int[s.Q];
        for (int q = 0; q < s.Q; q++)
        {
            (int start, int end, Divisor[q]) = s.Columns(q);
            (Start[q], Width[q]) = (start, end - start);
        }
        bool exact = s.Mode != PoolMode.AdaptiveAverage && s.R == s.StrideH && s.S == s.StrideW && s is { PadH: 0, PadW: 0 };
        Tile = exact && s.H == s.P * s.R && s.W == s.Q * s.S;
    }

    /// <summary>First input column of each window.</summary>
    public int[] Start { get; }

    /// <summary>Input columns of each window.</summary>
    public int[] Width { get; }

    /// <summary>This dimension's share of the divisor of a mean.</summary>
    public int[] Divisor { get; }

    /// <summary>Each input pixel lies in exactly one window.</summary>
    public bool Tile { get; }
}
