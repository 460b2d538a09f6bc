using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// The last, incomplete vector of an array: through a mask where the hardware has one, else through a small buffer, so that an
/// element's value never depends on where in the array it lies.
/// </summary>
internal static unsafe class LaneTail
{
    private const int MaxWidth = 16;

    /// <summary>The first <paramref name="count"/> lanes from memory, the others <paramref name="filler"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* source, nint count, float filler = 0) where V : struct, ILanes<V>
    {
        if (typeof(V) == typeof(Lanes512) && Avx512F.IsSupported)
            return Unsafe.BitCast<Vector512<float>, V>(Avx512F.MaskLoad(source, First512(count), Vector512.Create(filler)));
        if (typeof(V) == typeof(Lanes256) && Avx.IsSupported)
        {
            Vector256<float> mask = First256(count);
            return Unsafe.BitCast<Vector256<float>, V>(Vector256.ConditionalSelect(mask, Avx.MaskLoad(source, mask), Vector256.Create(filler)));
        }
        return LoadThroughBuffer<V>(source, count, filler);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(V x, float* target, nint count) where V : struct, ILanes<V>
    {
        if (typeof(V) == typeof(Lanes512) && Avx512F.IsSupported)
            Avx512F.MaskStore(target, First512(count), Unsafe.BitCast<V, Vector512<float>>(x));
        else if (typeof(V) == typeof(Lanes256) && Avx.IsSupported)
            Avx.MaskStore(target, First256(count), Unsafe.BitCast<V, Vector256<float>>(x));
        else
            StoreThroughBuffer(x, target, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First512(nint count) => Vector512.GreaterThan(Vector512.Create((int)count), Vector512<int>.Indices).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First256(nint count) => Vector256.GreaterThan(Vector256.Create((int)count), Vector256<int>.Indices).AsSingle();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V LoadThroughBuffer<V>(float* source, nint count, float filler) where V : struct, ILanes<V>
    {
        float* buffer = stackalloc float[MaxWidth];
        for (nint i = 0; i < V.Width; i++)
            buffer[i] = i < count ? source[i] : filler;
        return V.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreThroughBuffer<V>(V x, float* target, nint count) where V : struct, ILanes<V>
    {
        float* buffer = stackalloc float[MaxWidth];
        V.Store(x, buffer);
        for (nint i = 0; i < count; i++)
            target[i] = buffer[i];
    }
}
