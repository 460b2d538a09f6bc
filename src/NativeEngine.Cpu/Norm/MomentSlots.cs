using NativeEngine.Cpu.Memory;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// Moments of parts of a result, each in a slot of its own, gathered by whoever writes the part while it is still in cache. Slots are merged in
/// their order, so the bits do not depend on who wrote what. A slot nobody wrote counts for nothing.
/// </summary>
internal readonly unsafe struct MomentSlots
{
    private const int PieceColumns = 256;
    private readonly int _columns;
    private readonly int _slots;
    private readonly double* _data; // counts, then [slot][2][column]

    private MomentSlots(double* data, int slots, int columns)
    {
        _data = data;
        _slots = slots;
        _columns = columns;
        for (int i = 0; i < slots; i++) data[i] = 0;
    }

    public bool IsWanted => _data != null;

    /// <summary>Memory for the slots; none when nobody wants moments.</summary>
    public static NativeBlock Rent(CpuContext context, in MomentTarget target, int slots, int columns) =>
        target.IsWanted ? context.Memory.Rent((slots + 2L * slots * columns) * sizeof(double)) : default;

    /// <summary>Slots in what <see cref="Rent"/> gave.</summary>
    public static MomentSlots In(NativeBlock block, int slots, int columns) => block.Pointer == null ? default : new((double*)block.Pointer, slots, columns);

    /// <summary>The moments of rows x columns at <paramref name="y"/>, whose first column is number <paramref name="column"/>.</summary>
    public void Gather(int slot, float* y, nint stride, int rows, int column, int columns)
    {
        float* scratch = stackalloc float[3 * PieceColumns];
        for (int at = 0; at < columns; at += PieceColumns)
        {
            double* mean = Mean(slot) + column + at;
            ColumnStatistics.Moments(y + at, stride, rows, Math.Min(PieceColumns, columns - at), mean, mean + _columns, scratch);
        }
        _data[slot] = rows;
    }

    /// <summary>The moments of <paramref name="count"/> values per column from Σ (y - origin) and Σ (y - origin)².</summary>
    public void Put(int slot, int count, float* origin, float* sum, float* square)
    {
        ColumnStatistics.Finish(origin, sum, square, count, _columns, Mean(slot), Mean(slot) + _columns);
        _data[slot] = count;
    }

    /// <summary>Merges the slots into <paramref name="target"/>.</summary>
    public void Publish(in MomentTarget target)
    {
        if (!IsWanted) return;
        double* mean = null;
        long count = 0;
        for (int slot = 0; slot < _slots; slot++)
        {
            long rows = (long)_data[slot];
            if (rows == 0) continue;
            if (mean == null) mean = Mean(slot);
            else ColumnStatistics.Merge(mean, mean + _columns, count, Mean(slot), Mean(slot) + _columns, rows, _columns);
            count += rows;
        }
        for (int c = 0; c < _columns; c++)
        {
            target.Mean[c] = mean == null ? 0 : (float)mean[c];
            target.Squares[c] = mean == null ? 0 : (float)Math.Max(0, mean[_columns + c]);
        }
    }

    private double* Mean(int slot) => _data + _slots + 2L * slot * _columns;
}
