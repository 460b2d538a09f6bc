using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>One float at a time: the tails, and machines without vectors.</summary>
internal readonly unsafe struct Ops1 : IVectorOps<float>
{
    public static int Width => 1;

    public static float Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Create(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, float* target) => *target = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float x, float y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float x, float y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float x, float y) => x * y;

    /// <summary>Fused exactly where the vectors are fused, so that a value does not depend on whether it falls into a tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float z) =>
        System.Runtime.Intrinsics.X86.Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? MathF.FusedMultiplyAdd(x, y, z) : x * y + z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float x, float y) => MathF.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WherePositive(float control, float value) => control > 0 ? value : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WhereSame(float x, float y, float value) => x.Equals(y) ? value : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WhereDifferent(float x, float y, float value) => x.Equals(y) ? 0 : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float value) => value;
}
