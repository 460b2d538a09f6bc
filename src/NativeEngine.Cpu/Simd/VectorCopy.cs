using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.Cpu.Simd;

/// <summary>Short copies and fills of floats without a call: rows of a convolution are often a few dozen floats long.</summary>
internal static unsafe class VectorCopy
{
    /// <summary>target[i] = source[i] for i in 0 .. count-1. Reads and writes nothing beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* target, float* source, nint count)
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 64 <= count; i += 64)
            {
                Vector512<float> a = Vector512.Load(source + i), b = Vector512.Load(source + i + 16);
                Vector512<float> c = Vector512.Load(source + i + 32), d = Vector512.Load(source + i + 48);
                a.Store(target + i);
                b.Store(target + i + 16);
                c.Store(target + i + 32);
                d.Store(target + i + 48);
            }
            for (; i + 16 <= count; i += 16) Vector512.Load(source + i).Store(target + i);
        }
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= count; i += 8) Vector256.Load(source + i).Store(target + i);
        }
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i + 4 <= count; i += 4) Vector128.Load(source + i).Store(target + i);
        }
        for (; i < count; i++) target[i] = source[i];
    }

    /// <summary>target[i] += source[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* target, float* source, nint count)
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 16 <= count; i += 16) (Vector512.Load(target + i) + Vector512.Load(source + i)).Store(target + i);
        }
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= count; i += 8) (Vector256.Load(target + i) + Vector256.Load(source + i)).Store(target + i);
        }
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i + 4 <= count; i += 4) (Vector128.Load(target + i) + Vector128.Load(source + i)).Store(target + i);
        }
        for (; i < count; i++) target[i] += source[i];
    }

    /// <summary>target[i] = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Zero(float* target, nint count)
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 16 <= count; i += 16) Vector512<float>.Zero.Store(target + i);
        }
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= count; i += 8) Vector256<float>.Zero.Store(target + i);
        }
        for (; i < count; i++) target[i] = 0;
    }
}
