using System.Text;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>mma.sync against plain matrix products in double, through the fragments of <see cref="MatrixFragments"/>.</summary>
[TestFixture]
internal sealed class MatrixProductTests
{
    private static readonly Dictionary<string, int> Bits = new()
    {
        ["f16"] = 16, ["bf16"] = 16, ["tf32"] = 32, ["f32"] = 32, ["f64"] = 64, ["e4m3"] = 8, ["e5m2"] = 8, ["s8"] = 8, ["u8"] = 8, ["s4"] = 4, ["u4"] = 4,
        ["b1"] = 1, ["s32"] = 32,
    };

    private static uint Tf32(double x) => BitConverter.SingleToUInt32Bits((float)x) & 0xFFFF_E000;

    private static ulong Encode(double x, string type) => type switch
    {
        "f16" => BitConverter.HalfToUInt16Bits((Half)x),
        "bf16" => BitConverter.SingleToUInt32Bits((float)x) >> 16,
        "tf32" => Tf32(x) | 0x1ABC,
        "f32" => BitConverter.SingleToUInt32Bits((float)x),
        "f64" => BitConverter.DoubleToUInt64Bits(x),
        "s32" => (uint)(int)x,
        "s8" or "u8" => (byte)(int)x,
        "s4" or "u4" => (ulong)(int)x & 15,
        "e4m3" or "e5m2" => (byte)Enumerable.Range(0, 256).First(code => Decode8(code, type) == x),
        _ => (ulong)x,
    };

    private static double Decode8(int code, string type) => type == "e4m3"
        ? (code >> 7 == 0 ? 1 : -1) * ((code >> 3 & 15) == 0 ? (code & 7) / 512.0 : (1 + (code & 7) / 8.0) * Math.Pow(2, (code >> 3 & 15) - 7))
        : (code >> 7 == 0 ? 1 : -1) * ((code >> 2 & 31) == 0 ? (code & 3) / 65536.0 : (1 + (code & 3) / 4.0) * Math.Pow(2, (code >> 2 & 31) - 15));

    private static double Decode(ulong bits, string type) => type switch
    {
        "f16" => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        "f32" => BitConverter.UInt32BitsToSingle((uint)bits),
        "s32" => (int)bits,
        _ => BitConverter.UInt64BitsToDouble(bits),
    };

    /// <summary>A value the type holds exactly.</summary>
    private static double Draw(string type, Random random) => type switch
    {
        "f16" => (double)(Half)(random.NextDouble() * 4 - 2),
        "bf16" => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)(random.NextDouble() * 4 - 2)) & 0xFFFF_0000),
        "tf32" => BitConverter.UInt32BitsToSingle(Tf32(random.NextDouble() * 4 - 2)),
        "f32" => (float)(random.NextDouble() * 4 - 2),
        "f64" => random.NextDouble() * 4 - 2,
        "s32" => random.Next(-100000, 100000),
        "s8" => random.Next(-128, 128),
        "u8" => random.Next(256),
        "s4" => random.Next(-8, 8),
        "u4" => random.Next(16),
        "b1" => random.Next(2),
        _ => Decode8(random.Next(2) * 128 + random.Next(64), type),
    };

    private static readonly string[] Cases =
    [
        "m16n8k8.row.col.f32.f16.f16.f32", "m16n8k8.row.col.f16.f16.f16.f16", "m16n8k16.row.col.f32.f16.f16.f32", "m16n8k16.row.col.f16.f16.f16.f16",
        "m16n8k8.row.col.f32.bf16.bf16.f32", "m16n8k16.row.col.f32.bf16.bf16.f32", "m16n8k4.row.col.f32.tf32.tf32.f32", "m16n8k8.row.col.f32.tf32.tf32.f32",
        "m8n8k4.row.col.f64.f64.f64.f64", "m16n8k4.row.col.f64.f64.f64.f64", "m16n8k8.row.col.f64.f64.f64.f64", "m16n8k16.row.col.f64.f64.f64.f64",
        "m8n8k16.row.col.s32.s8.u8.s32", "m8n8k16.row.col.satfinite.s32.u8.s8.s32", "m16n8k16.row.col.s32.s8.s8.s32", "m16n8k32.row.col.s32.u8.u8.s32",
        "m8n8k32.row.col.s32.s4.u4.s32", "m16n8k32.row.col.s32.u4.s4.s32", "m16n8k64.row.col.s32.s4.s4.s32", "m8n8k128.row.col.s32.b1.b1.s32.xor.popc",
        "m16n8k128.row.col.s32.b1.b1.s32.and.popc", "m16n8k256.row.col.s32.b1.b1.s32.xor.popc", "m16n8k32.row.col.f32.e4m3.e5m2.f32",
        "m16n8k16.row.col.f16.e5m2.e4m3.f16", "m16n8k16.row.col.f32.e4m3.e4m3.f32",
    ];

    [TestCaseSource(nameof(Cases))]
    public void Products_equal_the_plain_ones(string form)
    {
        string[] words = form.Split('.');
        string[] types = [.. words.Where(Bits.ContainsKey)];
        int[] sizes = [.. words[0].Split('m', 'n', 'k').Skip(1).Select(int.Parse)];
        var (m, n, k) = (sizes[0], sizes[1], sizes[2]);
        var random = new Random(form.Length + m * k);
        double[,] a = Fill(m, k, types[1], random), b = Fill(k, n, types[2], random), c = Fill(m, n, types[3], random);
        int bits = Bits[types[1]];
        var lanes = new List<ulong>[32];
        for (int lane = 0; lane < 32; lane++)
        {
            lanes[lane] = [];
            lanes[lane].AddRange(Fragment(MatrixFragments.Of(words[0], bits, 'A'), a, types[1], lane));
            lanes[lane].AddRange(Fragment(MatrixFragments.Of(words[0], bits, 'B'), b, types[2], lane));
            lanes[lane].AddRange(Fragment(MatrixFragments.Of(words[0], bits, 'C'), c, types[3], lane));
        }
        int[] counts = [Count(m * n, types[0]), Count(m * k, types[1]), Count(k * n, types[2]), Count(m * n, types[3])];
        ulong[][] results = Run("mma.sync.aligned." + form, types, counts, lanes);
        var place = MatrixFragments.Of(words[0], bits, 'C');
        int per = PerRegister(types[0]);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < counts[0] * per; i++)
            {
                ulong register = results[lane][i / per];
                double got = Decode(per == 1 ? register : register >> (16 * (i % per)) & 0xFFFF, types[0]);
                var (row, column) = place(lane, i);
                double wanted = c[row, column], size = Math.Abs(wanted);
                for (int j = 0; j < k; j++)
                {
                    double product = words.Contains("xor") ? (int)a[row, j] ^ (int)b[j, column] : a[row, j] * b[j, column];
                    wanted += product;
                    size += Math.Abs(product);
                }
                double unit = types[0] switch { "f16" => Math.Pow(2, -11), "f32" => Math.Pow(2, -24), "f64" => 1e-15, _ => 0 };
                Assert.That(got, Is.EqualTo(wanted).Within(1.001 * unit * (types[0] == "f64" ? size : Math.Abs(wanted)) + 1e-9 * (unit > 0 ? 1 : 0)),
                    $"{form}: row {row} column {column}");
            }
        }
    }

    /// <summary>Four products at once, eight lanes each: the lanes 4q .. 4q+3 and 16 later.</summary>
    [TestCase("row", "col", "f32", "f32")]
    [TestCase("col", "row", "f32", "f32")]
    [TestCase("row", "row", "f32", "f16")]
    [TestCase("col", "col", "f16", "f16")]
    public void The_product_of_quads(string orderA, string orderB, string typeD, string typeC)
    {
        var random = new Random(8);
        var (a, b, c) = (new double[4][,], new double[4][,], new double[4][,]);
        for (int q = 0; q < 4; q++)
            (a[q], b[q], c[q]) = (Fill(8, 4, "f16", random), Fill(4, 8, "f16", random), Fill(8, 8, typeC, random));
        (int, int) PlaceA(int lane, int i) => orderA == "row" ? (lane < 16 ? lane % 4 : lane % 4 + 4, i) : (lane < 16 ? i % 4 : i % 4 + 4, lane % 4);
        (int, int) PlaceB(int lane, int i) => orderB == "row" ? (lane % 4, lane < 16 ? i : i + 4) : (i, lane < 16 ? lane % 4 : lane % 4 + 4);
        (int, int) PlaceC(int lane, int i, string type)
        {
            if (type == "f16")
                return (lane < 16 ? lane % 4 : lane % 4 + 4, i);
            int x = (lane & 0b1) + (i & 0b10);
            return (lane < 16 ? x : x + 4, (i & 0b100) + (lane & 0b10) + (i & 0b1));
        }
        var lanes = new List<ulong>[32];
        for (int lane = 0; lane < 32; lane++)
        {
            int q = lane / 4 % 4;
            lanes[lane] = [.. Fragment(PlaceA, a[q], "f16", lane, 4), .. Fragment(PlaceB, b[q], "f16", lane, 4),
                .. Fragment((l, i) => PlaceC(l, i, typeC), c[q], typeC, lane, 8)];
        }
        int Registers(string type) => type == "f16" ? 4 : 8;
        ulong[][] results = Run($"mma.sync.aligned.m8n8k4.{orderA}.{orderB}.{typeD}.f16.f16.{typeC}", [typeD, "f16", "f16", typeC],
            [Registers(typeD), 2, 2, Registers(typeC)], lanes);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < 8; i++)
            {
                var (row, column) = PlaceC(lane, i, typeD);
                int q = lane / 4 % 4;
                double wanted = c[q][row, column];
                for (int j = 0; j < 4; j++)
                    wanted += a[q][row, j] * b[q][j, column];
                double got = typeD == "f16" ? Decode(results[lane][i / 2] >> (16 * (i % 2)) & 0xFFFF, "f16") : Decode(results[lane][i], "f32");
                Assert.That(got, Is.EqualTo(wanted).Within(Math.Abs(wanted) * Math.Pow(2, typeD == "f16" ? -11 : -24) * 1.001 + 1e-9),
                    $"product {q} row {row} column {column}");
            }
        }
    }

    [Test]
    public void Integer_sums_wrap_or_saturate()
    {
        foreach (bool saturates in new[] { false, true })
        {
            var lanes = Enumerable.Range(0, 32).Select(_ => new List<ulong> { 0x7F7F7F7F, 0x7F7F7F7F, 0x7FFF_FFFF, 0x8000_0000 }).ToArray();
            ulong[][] results = Run($"mma.sync.aligned.m8n8k16.row.col.{(saturates ? "satfinite." : "")}s32.s8.s8.s32", ["s32", "s8", "s8", "s32"],
                [2, 1, 1, 2], lanes);
            uint sum = 16 * 127 * 127;
            Assert.That(results.Select(lane => (uint)lane[0]), Is.All.EqualTo(saturates ? 0x7FFF_FFFF : unchecked(0x7FFF_FFFF + sum)));
            Assert.That(results.Select(lane => (uint)lane[1]), Is.All.EqualTo(0x8000_0000 + sum));
        }
    }

    [Test]
    public void A_part_of_a_warp_cannot_multiply()
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel("mov.u32 %r1, 0;\nmma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r2, %r3}, {%r1}, {%r1}, {%r1, "
            + "%r1};\nret;"))["k"];
        var fault = rig.Launch(function, new Dim3(1), new Dim3(16), null, 0ul).Fault!;
        Assert.That(fault.Kind, Is.EqualTo(FindingKind.WarpSync));
        Assert.That(fault.Message, Does.Contain("16 of 32 lanes"));
    }

    [Test]
    public void Products_count_in_a_class_of_their_own()
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel("mov.u32 %r1, 0;\nmma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r2, %r3}, %r1, %r1, {%r1, "
            + "%r1};\nret;"))["k"];
        var counters = rig.Launch(function, new Dim3(1), new Dim3(64), new LaunchOptions { Observers = ObserverSet.Counters }, 0ul).Counters;
        Assert.That(counters.Of(InstructionClass.Matrix), Is.EqualTo(64));
    }

    private static int PerRegister(string type) => type is "f64" ? 1 : 32 / Bits[type];

    private static int Count(int elements, string type) => elements / 32 / PerRegister(type);

    private static double[,] Fill(int rows, int columns, string type, Random random)
    {
        var matrix = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                matrix[i, j] = Draw(type, random);
        }
        return matrix;
    }

    /// <summary>The registers of a lane: elements from the low bits up.</summary>
    private static ulong[] Fragment(MatrixFragments.Place place, double[,] matrix, string type, int lane, int elements = 0)
    {
        int per = PerRegister(type), count = elements > 0 ? elements / per : Count(matrix.Length, type);
        var registers = new ulong[count];
        for (int i = 0; i < count * per; i++)
        {
            var (row, column) = place(lane, i);
            registers[i / per] |= Encode(matrix[row, column], type) << (i % per * (64 / per > 32 ? 32 : Bits[type]));
        }
        return registers;
    }

    /// <summary>Loads registers from memory, one 64-bit word each, runs one instruction, and stores the registers of D.</summary>
    private static ulong[][] Run(string instruction, string[] types, int[] counts, List<ulong>[] lanes)
    {
        string[] kinds = [.. types.Select(type => type switch { "f64" => "f64", "f32" => "f32", _ => "b32" })];
        var text = new StringBuilder();
        string[] names = ["d", "a", "b", "c"];
        for (int k = 0; k < 4; k++)
            text.Append($".reg .{kinds[k]} {names[k]}<{counts[k]}>;\n");
        text.Append("mov.u32 %r1, %tid.x;\n").Append($"mul.wide.u32 %rd5, %r1, {lanes[0].Count * 8};\nadd.s64 %rd5, %rd5, %rd1;\nmul.wide.u32 %rd6, %r1, "
            + $"{counts[0] * 8};\nadd.s64 %rd6, %rd6, %rd2;\n");
        int word = 0;
        for (int k = 1; k < 4; k++)
        {
            for (int i = 0; i < counts[k]; i++, word++)
                text.Append($"ld.global.{(kinds[k] == "f64" ? "f64" : kinds[k])} {names[k]}{i}, [%rd5+{8 * word}];\n");
        }
        string Braces(int k) => "{" + string.Join(", ", Enumerable.Range(0, counts[k]).Select(i => names[k] + i)) + "}";
        text.Append($"{instruction} {Braces(0)}, {Braces(1)}, {Braces(2)}, {Braces(3)};\n");
        for (int i = 0; i < counts[0]; i++)
            text.Append($"st.global.{kinds[0]} [%rd6+{8 * i}], d{i};\n");
        using var rig = new GpuRig(track: true);
        var function = rig.Load(PtxSnippet.Kernel(text + "ret;", 2))["k"];
        ulong input = rig.Upload(lanes.SelectMany(lane => lane).ToArray()), output = rig.Upload(new ulong[32 * counts[0]]);
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(32), LaunchOptions.Sanitized, input, output).Findings, Is.Empty);
        return [.. rig.Download<ulong>(output, 32 * counts[0]).Chunk(counts[0])];
    }
}
