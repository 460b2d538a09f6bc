using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.Cpu.Simd;

/// <summary>Widest vectors that this process may use; the .NET settings <c>DOTNET_Enable*=0</c> lower it.</summary>
public enum SimdLevel
{
    /// <summary>One float at a time.</summary>
    Scalar,

    /// <summary>4 floats (SSE, ARM NEON).</summary>
    Vector128,

    /// <summary>8 floats (AVX2).</summary>
    Vector256,

    /// <summary>16 floats (AVX-512).</summary>
    Vector512,
}

/// <summary>Answers which vectors the hardware and the runtime settings allow.</summary>
public static class SimdLevels
{
    /// <summary>The widest level. The conditions are constants for the JIT, so asking costs nothing.</summary>
    public static SimdLevel Widest =>
        Avx512F.IsSupported && System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? SimdLevel.Vector512
        : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated && Fma.IsSupported ? SimdLevel.Vector256
        : System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? SimdLevel.Vector128
        : SimdLevel.Scalar;

    /// <summary>Name for people, such as "AVX-512".</summary>
    public static string Name(this SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => "AVX-512",
        SimdLevel.Vector256 => "AVX2",
        SimdLevel.Vector128 => Sse.IsSupported ? "SSE" : "128-bit vectors",
        _ => "scalar",
    };
}
