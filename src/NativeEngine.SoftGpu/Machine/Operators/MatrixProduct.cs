using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// One decoded warp matrix product. Products of the short types are exact in double; they are added there and the sum is rounded once to the result's
/// type, which is at least as exact as any tensor core (whose order and intermediate roundings are not defined). Integers are exact.
/// </summary>
internal sealed unsafe class MatrixProduct
{
    private readonly MatrixShape _shape;
    private readonly MatrixLayout _d, _a, _b, _c;
    private readonly int[] _slotsD, _slotsA, _slotsB, _slotsC;
    private readonly bool _saturates;
    private readonly bool? _bitsXor;

    /// <param name="instruction">The instruction: its modifiers say the shape, the types and the orders of A and B.</param>
    /// <param name="slots">Register slots of D, A, B and C.</param>
    public MatrixProduct(PtxInstruction instruction, int[][] slots)
    {
        _shape = MatrixShape.Of(instruction.Modifiers);
        string[] orders = [.. instruction.Modifiers.Where(word => word is "row" or "col")];
        _d = new MatrixLayout(_shape, 'D', true);
        _a = new MatrixLayout(_shape, 'A', orders[0] == "row");
        _b = new MatrixLayout(_shape, 'B', orders[1] == "row");
        _c = new MatrixLayout(_shape, 'C', true);
        (_slotsD, _slotsA, _slotsB, _slotsC) = (slots[0], slots[1], slots[2], slots[3]);
        _saturates = instruction.Has("satfinite");
        _bitsXor = _shape.A.Name == "b1" ? instruction.Has("xor") : null;
    }

    /// <summary><see cref="Op.N"/> names the product in the program.</summary>
    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        WarpMatrices.WantWholeWarp(o, w, mask);
        w.Executor.Program.Matrices[o->N].Multiply(r);
    }

    private void Multiply(byte* r)
    {
        int m = _shape.M, n = _shape.N, k = _shape.K;
        var a = new double[_shape.Products * m * k];
        var b = new double[_shape.Products * k * n];
        var c = new double[_shape.Products * m * n];
        Gather(r, _a, _slotsA, _shape.A, a);
        Gather(r, _b, _slotsB, _shape.B, b);
        Gather(r, _c, _slotsC, _shape.C, c);
        for (int row = 0; row < _shape.Products * m; row++)
        {
            var right = b.AsSpan(row / m * k * n, k * n);
            for (int column = 0; column < n; column++)
            {
                double sum = c[row * n + column];
                for (int i = 0; i < k; i++)
                    sum = _bitsXor is { } xor ? sum + Bit(a[row * k + i], right[i * n + column], xor)
                        : Math.FusedMultiplyAdd(a[row * k + i], right[i * n + column], sum);
                c[row * n + column] = sum;
            }
        }
        Scatter(r, c);
    }

    private static int Bit(double a, double b, bool xor) => xor ? (int)a ^ (int)b : (int)a & (int)b;

    private static void Gather(byte* r, MatrixLayout layout, int[] slots, MatrixType type, double[] to)
    {
        uint keep = type.Bits < 32 ? (1u << type.Bits) - 1 : uint.MaxValue;
        for (int i = 0; i < layout.Registers * layout.PerRegister; i++)
        {
            byte* register = r + slots[i / layout.PerRegister];
            int shift = i % layout.PerRegister * type.Bits;
            for (int lane = 0; lane < 32; lane++)
                to[layout[i, lane]] = type.Bits == 64 ? ((double*)register)[lane] : Decode(((uint*)register)[lane] >> shift & keep, type.Name);
        }
    }

    private static double Decode(uint bits, string type) => type switch
    {
        "f16" => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        "bf16" => BitConverter.UInt32BitsToSingle(bits << 16),
        // The low bits of a tf32 operand are not looked at.
        "tf32" => BitConverter.UInt32BitsToSingle(bits & 0xFFFF_E000),
        "f32" => BitConverter.UInt32BitsToSingle(bits),
        "e4m3" => ShortFormat.E4M3.Decode(bits),
        "e5m2" => ShortFormat.E5M2.Decode(bits),
        "s8" => (sbyte)bits,
        "s4" => (int)(bits << 28) >> 28,
        "s32" => (int)bits,
        _ => bits,
    };

    private void Scatter(byte* r, double[] from)
    {
        // Two halves of a register are written one after the other.
        for (int i = 0; i < _d.Registers * _d.PerRegister; i++)
        {
            byte* register = r + _slotsD[i / _d.PerRegister];
            int half = i % _d.PerRegister;
            for (int lane = 0; lane < 32; lane++)
            {
                double value = from[_d[i, lane]];
                switch (_shape.D.Name)
                {
                    case "f64":
                        ((ulong*)register)[lane] = Float64.ToBits(value);
                        break;
                    case "f16":
                        ((ushort*)register)[2 * lane + half] = double.IsNaN(value) ? (ushort)ShortFormat.F16.NaN : BitConverter.HalfToUInt16Bits((Half)value);
                        break;
                    case "s32":
                        ((int*)register)[lane] = _saturates ? (int)Math.Clamp(value, int.MinValue, int.MaxValue) : unchecked((int)(long)value);
                        break;
                    default:
                        ((uint*)register)[lane] = Float32.ToBits((float)value);
                        break;
                }
            }
        }
    }
}
