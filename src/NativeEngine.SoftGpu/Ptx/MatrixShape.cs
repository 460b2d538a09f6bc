using System.Globalization;

namespace NativeEngine.SoftGpu;

/// <summary>An element type of warp matrix products: its name, its bits, and the type of the registers that hold it.</summary>
internal sealed record MatrixType(string Name, int Bits, PtxType Register)
{
    private static readonly Dictionary<string, MatrixType> ByName = new MatrixType[]
    {
        new("f16", 16, PtxType.F16x2), new("bf16", 16, PtxType.BF16x2), new("tf32", 32, PtxType.B32), new("f32", 32, PtxType.F32), new("f64", 64, PtxType.F64),
        new("e4m3", 8, PtxType.B32), new("e5m2", 8, PtxType.B32), new("s8", 8, PtxType.B32), new("u8", 8, PtxType.B32), new("s4", 4, PtxType.B32),
        new("u4", 4, PtxType.B32), new("b1", 1, PtxType.B32), new("s32", 32, PtxType.S32),
    }.ToDictionary(type => type.Name);

    /// <summary>Elements in one register of one lane.</summary>
    public int PerRegister => Register.Size() * 8 / Bits;

    public bool IsInteger => Name[0] is 's' or 'u' or 'b' && Name != "bf16";

    public static MatrixType? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>The matrices of one product: D = A B + C with A of M x K, B of K x N and C, D of M x N elements, spread over the registers of a warp.</summary>
/// <param name="M">Rows of A and D.</param>
/// <param name="N">Columns of B and D.</param>
/// <param name="K">Columns of A, rows of B.</param>
/// <param name="D">Type of the result.</param>
/// <param name="A">Type of the left factor.</param>
/// <param name="B">Type of the right factor.</param>
/// <param name="C">Type of the addend.</param>
internal sealed record MatrixShape(int M, int N, int K, MatrixType D, MatrixType A, MatrixType B, MatrixType C)
{
    /// <summary>The one product of halves that a warp does four times at once, eight lanes each.</summary>
    public int Products => M == 8 && K == 4 && A.Bits == 16 ? 4 : 1;

    /// <summary>Reads the shape, such as <c>m16n8k8</c>, and the types of D, A, B and C among an instruction's modifiers.</summary>
    public static MatrixShape Of(IEnumerable<string> modifiers)
    {
        string[] all = [.. modifiers];
        string shape = all.First(word => word[0] == 'm' && word.Length > 4 && char.IsAsciiDigit(word[1]));
        int[] sizes = [.. shape.Split('m', 'n', 'k').Skip(1).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        MatrixType[] types = [.. all.Select(MatrixType.Find).OfType<MatrixType>()];
        return new MatrixShape(sizes[0], sizes[1], sizes[2], types[0], types[1], types[2], types[3]);
    }

    /// <summary>Registers of each lane, and their type, of a fragment operand: see <see cref="OperandPattern.Matrix"/>.</summary>
    public static (int Count, PtxType Type) RegistersOf(char matrix, IEnumerable<string> modifiers) =>
        matrix == 'M' ? (modifiers.Contains("x4") ? 4 : modifiers.Contains("x2") ? 2 : 1, PtxType.B32) : Of(modifiers).Registers(matrix);

    /// <summary>Registers of each lane, and their type, for matrix 'A', 'B', 'C' or 'D'.</summary>
    public (int Count, PtxType Type) Registers(char matrix)
    {
        var type = TypeOf(matrix);
        int elements = Products * matrix switch { 'A' => M * K, 'B' => K * N, _ => M * N };
        return (elements / (32 * type.PerRegister), type.Register);
    }

    public MatrixType TypeOf(char matrix) => matrix switch { 'A' => A, 'B' => B, 'C' => C, _ => D };
}
