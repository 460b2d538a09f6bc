using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.Cpu.Simd;

/// <summary>Copies of transposed blocks.</summary>
internal static unsafe class Transpose
{
    /// <summary>target[c * targetStride + r] = source[r * sourceStride + c] for r in 0 .. rows-1, c in 0 .. columns-1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* source, nint sourceStride, int rows, int columns, float* target, nint targetStride)
    {
        int r = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; r + 4 <= rows; r += 4)
            {
                float* s = source + r * sourceStride;
                float* t = target + r;
                int c = 0;
                for (; c + 4 <= columns; c += 4, s += 4, t += 4 * targetStride)
                {
                    // 4x4: interleave rows 0,2 and 1,3, then interleave the results.
                    Vector128<float> r0 = Vector128.Load(s), r1 = Vector128.Load(s + sourceStride);
                    Vector128<float> r2 = Vector128.Load(s + 2 * sourceStride), r3 = Vector128.Load(s + 3 * sourceStride);
                    Vector128<float> a = UnpackLow(r0, r2), b = UnpackHigh(r0, r2), d = UnpackLow(r1, r3), e = UnpackHigh(r1, r3);
                    UnpackLow(a, d).Store(t);
                    UnpackHigh(a, d).Store(t + targetStride);
                    UnpackLow(b, e).Store(t + 2 * targetStride);
                    UnpackHigh(b, e).Store(t + 3 * targetStride);
                }
                for (; c < columns; c++, s++, t += targetStride)
                {
                    t[0] = s[0];
                    t[1] = s[sourceStride];
                    t[2] = s[2 * sourceStride];
                    t[3] = s[3 * sourceStride];
                }
            }
        }
        for (; r < rows; r++)
        {
            float* s = source + r * sourceStride;
            float* t = target + r;
            for (int c = 0; c < columns; c++, t += targetStride) *t = s[c];
        }
    }

    /// <summary>x0 y0 x1 y1</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackLow(Vector128<float> x, Vector128<float> y) =>
        System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(x, y)
        : System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported ? System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipLow(x, y)
        : Vector128.Create(x[0], y[0], x[1], y[1]);

    /// <summary>x2 y2 x3 y3</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UnpackHigh(Vector128<float> x, Vector128<float> y) =>
        System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.UnpackHigh(x, y)
        : System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported ? System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipHigh(x, y)
        : Vector128.Create(x[2], y[2], x[3], y[3]);
}
