using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Moves between 32 neighbouring vectors of two or four 32-bit elements in memory and as many registers: 4x4 transposes of 128-bit rows.
/// </summary>
internal static unsafe class Transposes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Low(Vector128<uint> a, Vector128<uint> b) =>
        Vector128.Shuffle(a, Vector128.Create(0u, 0, 1, 1)) & Vector128.Create(uint.MaxValue, 0, uint.MaxValue, 0)
        | (Vector128.Shuffle(b, Vector128.Create(0u, 0, 1, 1)) & Vector128.Create(0, uint.MaxValue, 0, uint.MaxValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> InterleaveLow(Vector128<uint> a, Vector128<uint> b)
    {
        if (System.Runtime.Intrinsics.X86.Sse2.IsSupported)
            return System.Runtime.Intrinsics.X86.Sse2.UnpackLow(a, b);
        if (System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported)
            return System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipLow(a, b);
        return Low(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> InterleaveHigh(Vector128<uint> a, Vector128<uint> b)
    {
        if (System.Runtime.Intrinsics.X86.Sse2.IsSupported)
            return System.Runtime.Intrinsics.X86.Sse2.UnpackHigh(a, b);
        if (System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported)
            return System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipHigh(a, b);
        return Low(Vector128.Shuffle(a, Vector128.Create(2u, 3, 2, 3)), Vector128.Shuffle(b, Vector128.Create(2u, 3, 2, 3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> HalvesLow(Vector128<uint> a, Vector128<uint> b) => Vector128.Create(a.GetLower(), b.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> HalvesHigh(Vector128<uint> a, Vector128<uint> b) => Vector128.Create(a.GetUpper(), b.GetUpper());

    public static void LoadFour(byte* memory, byte* x, byte* y, byte* z, byte* u)
    {
        for (int lane = 0; lane < 32; lane += 4)
        {
            var row = (uint*)(memory + 16 * lane);
            var a = Vector128.Load(row);
            var b = Vector128.Load(row + 4);
            var c = Vector128.Load(row + 8);
            var d = Vector128.Load(row + 12);
            var abLow = InterleaveLow(a, b);
            var abHigh = InterleaveHigh(a, b);
            var cdLow = InterleaveLow(c, d);
            var cdHigh = InterleaveHigh(c, d);
            HalvesLow(abLow, cdLow).Store((uint*)x + lane);
            HalvesHigh(abLow, cdLow).Store((uint*)y + lane);
            HalvesLow(abHigh, cdHigh).Store((uint*)z + lane);
            HalvesHigh(abHigh, cdHigh).Store((uint*)u + lane);
        }
    }

    public static void StoreFour(byte* memory, byte* x, byte* y, byte* z, byte* u)
    {
        for (int lane = 0; lane < 32; lane += 4)
        {
            var a = Vector128.Load((uint*)x + lane);
            var b = Vector128.Load((uint*)y + lane);
            var c = Vector128.Load((uint*)z + lane);
            var d = Vector128.Load((uint*)u + lane);
            var row = (uint*)(memory + 16 * lane);
            var abLow = InterleaveLow(a, b);
            var abHigh = InterleaveHigh(a, b);
            var cdLow = InterleaveLow(c, d);
            var cdHigh = InterleaveHigh(c, d);
            HalvesLow(abLow, cdLow).Store(row);
            HalvesHigh(abLow, cdLow).Store(row + 4);
            HalvesLow(abHigh, cdHigh).Store(row + 8);
            HalvesHigh(abHigh, cdHigh).Store(row + 12);
        }
    }

    public static void LoadTwo(byte* memory, byte* x, byte* y)
    {
        for (int lane = 0; lane < 32; lane += 4)
        {
            var row = (uint*)(memory + 8 * lane);
            var a = Vector128.Shuffle(Vector128.Load(row), Vector128.Create(0u, 2, 1, 3));
            var b = Vector128.Shuffle(Vector128.Load(row + 4), Vector128.Create(0u, 2, 1, 3));
            HalvesLow(a, b).Store((uint*)x + lane);
            HalvesHigh(a, b).Store((uint*)y + lane);
        }
    }

    public static void StoreTwo(byte* memory, byte* x, byte* y)
    {
        for (int lane = 0; lane < 32; lane += 4)
        {
            var a = Vector128.Load((uint*)x + lane);
            var b = Vector128.Load((uint*)y + lane);
            var row = (uint*)(memory + 8 * lane);
            InterleaveLow(a, b).Store(row);
            InterleaveHigh(a, b).Store(row + 4);
        }
    }
}
