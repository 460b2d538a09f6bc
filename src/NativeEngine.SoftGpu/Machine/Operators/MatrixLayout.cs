namespace NativeEngine.SoftGpu;

/// <summary>
/// Where the elements of a matrix lie in the registers of a warp: for register r, element e in it and a lane the index row * columns + column, product
/// after product where there are four. The formulas are those of the PTX manual's figures, which follow one rule for all types: groups of four lanes
/// share a row of A (a column of B), the lanes of a group take neighbouring elements.
/// </summary>
internal sealed class MatrixLayout
{
    private readonly int[] _index;

    public MatrixLayout(MatrixShape shape, char matrix, bool rowMajor)
    {
        (Registers, _) = shape.Registers(matrix);
        PerRegister = shape.TypeOf(matrix).PerRegister;
        Rows = matrix == 'B' ? shape.K : shape.M;
        Columns = matrix == 'A' ? shape.K : shape.N;
        _index = new int[Registers * PerRegister * 32];
        for (int register = 0; register < Registers; register++)
        {
            for (int element = 0; element < PerRegister; element++)
            {
                for (int lane = 0; lane < 32; lane++)
                {
                    var (row, column) = shape.Products == 4
                        ? Quad(shape, matrix, rowMajor, register * PerRegister + element, lane)
                        : Place(shape, matrix, register, element, lane);
                    int product = shape.Products == 4 ? lane >> 2 & 3 : 0;
                    _index[(register * PerRegister + element) * 32 + lane] = (product * Rows + row) * Columns + column;
                }
            }
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Registers { get; }

    public int PerRegister { get; }

    /// <summary>Index of element <paramref name="element"/> (counted over all registers) of a lane.</summary>
    public int this[int element, int lane] => _index[element * 32 + lane];

    private static (int Row, int Column) Place(MatrixShape shape, char matrix, int register, int element, int lane)
    {
        int group = lane >> 2, inGroup = lane & 3, per = shape.TypeOf(matrix).PerRegister;
        switch (matrix)
        {
            case 'A' when shape.M == 16:
                return (group + 8 * (register & 1), inGroup * per + element + (register >> 1) * 4 * per);
            case 'A':
                return (group, inGroup * per + element + register * 4 * per);
            case 'B':
                return (inGroup * per + element + register * 4 * per, group);
            default:
                int i = register * per + element;
                return (group + 8 * (i >> 1), 2 * inGroup + (i & 1));
        }
    }

    /// <summary>m8n8k4 on halves: lanes 4q to 4q+3 and 16 later hold the operands of product q.</summary>
    private static (int Row, int Column) Quad(MatrixShape shape, char matrix, bool rowMajor, int i, int lane)
    {
        int half = lane < 16 ? 0 : 4, inGroup = lane & 3;
        return matrix switch
        {
            'A' => rowMajor ? (inGroup + half, i) : ((i & 3) + half, inGroup),
            'B' => rowMajor ? (inGroup, i + half) : (i, inGroup + half),
            _ when shape.TypeOf(matrix).Bits == 16 => (inGroup + half, i),
            _ => ((lane & 1) + (i & 2) + half, (i & 4) + (lane & 2) + (i & 1)),
        };
    }
}
