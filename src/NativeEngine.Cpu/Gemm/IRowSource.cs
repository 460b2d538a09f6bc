namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// The left operand of a product, as rows that can be copied out: a matrix, or the rows of a convolution that exist only implicitly
/// (one row per output pixel, one column per kernel tap and channel).
/// </summary>
internal unsafe interface IRowSource
{
    /// <summary>Writes rows [row, row + rows) x columns [column, column + columns) to <paramref name="target"/>, rows <paramref name="stride"/> floats
    /// apart.</summary>
    void Pack(int row, int rows, int column, int columns, float* target, nint stride);
}
