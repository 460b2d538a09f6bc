namespace NativeEngine.Data;

/// <summary>
/// Which source positions form each target position along one side, and with which weights, in whole numbers that sum to about 2^<see cref="Bits"/>: Pillow's
/// arithmetic (src/libImaging/Resample.c). With scale = sources / targets and stretch = max(1, scale), target i reads the kernel around (i + 1/2) scale,
/// widened by stretch.
/// </summary>
internal readonly struct ResampleWeights
{
    /// <summary>Bits behind the point of a weight: 32 less 8 of a pixel and 2 that a sum may need.</summary>
    public const int Bits = 22;

    private readonly int[] _weights;
    private readonly (int From, int Count)[] _windows;
    private readonly int _most;

    /// <param name="sources">Positions there are.</param>
    /// <param name="targets">Positions wanted.</param>
    /// <param name="first">First target that is needed.</param>
    /// <param name="count">Targets that are needed.</param>
    /// <param name="kernel">Not nearest.</param>
    public ResampleWeights(int sources, int targets, int first, int count, Interpolation kernel)
    {
        double scale = (double)sources / targets, stretch = Math.Max(scale, 1), support = kernel.Radius * stretch, narrow = 1 / stretch;
        _most = (int)Math.Ceiling(support) * 2 + 1;
        _weights = new int[count * _most];
        _windows = new (int, int)[count];
        var exact = new double[_most];
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale, sum = 0;
            int from = Math.Max(0, (int)(centre - support + 0.5)), number = Math.Min(sources, (int)(centre + support + 0.5)) - from;
            for (int k = 0; k < number; k++)
                sum += exact[k] = kernel.Kernel((k + from - centre + 0.5) * narrow);
            for (int k = 0; k < number; k++)
            {
                double share = sum == 0 ? exact[k] : exact[k] / sum;
                _weights[i * _most + k] = (int)((share < 0 ? -0.5 : 0.5) + share * (1 << Bits));
            }

            _windows[i] = (from, number);
        }
    }

    /// <summary>Source positions that any target needs.</summary>
    public (int From, int End) Range => (_windows[0].From, _windows[^1].From + _windows[^1].Count);

    /// <summary>First source position of a target, and the weights from there on.</summary>
    public int Window(int target, out ReadOnlySpan<int> weights)
    {
        weights = _weights.AsSpan(target * _most, _windows[target].Count);
        return _windows[target].From;
    }
}
