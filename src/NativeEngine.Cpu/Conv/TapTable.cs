namespace NativeEngine.Cpu.Conv;

/// <summary>
/// The taps of a convolution as the gather sees them: row (a, b) of the implicit matrix reads, for tap t, the pixel
/// (a * StepH + Dy[t], b * StepW + Dx[t]). Filter[t] is the tap's place r * S + s in the filter.
/// </summary>
internal sealed class TapTable(int[] dy, int[] dx, int[] filter)
{
    public readonly int[] Dy = dy;
    public readonly int[] Dx = dx;
    public readonly int[] Filter = filter;

    public int Count => Dy.Length;
}
