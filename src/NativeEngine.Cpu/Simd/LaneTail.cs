using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// The last, incomplete vector of an array goes through a small buffer, so that an element's value never depends on where in
/// the array it lies.
/// </summary>
internal static unsafe class LaneTail
{
    private const int MaxWidth = 16;

    /// <summary>The first <paramref name="count"/> lanes from memory, the others <paramref name="filler"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Load<V>(float* source, nint count, float filler = 0) where V : struct, ILanes<V>
    {
        float* buffer = stackalloc float[MaxWidth];
        for (nint i = 0; i < V.Width; i++)
            buffer[i] = i < count ? source[i] : filler;
        return V.Load(buffer);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<V>(V x, float* target, nint count) where V : struct, ILanes<V>
    {
        float* buffer = stackalloc float[MaxWidth];
        V.Store(x, buffer);
        for (nint i = 0; i < count; i++)
            target[i] = buffer[i];
    }
}
