using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.Cpu.Simd;

/// <summary>A kernel over a range of columns, written once for all vector widths.</summary>
internal interface IColumnKernel
{
    /// <summary>Does columns [start, end); end - start is a multiple of the width.</summary>
    void Run<V>(nint start, nint end) where V : struct, ILanes<V>;
}

/// <summary>Runs a kernel over [0, count): the widest vectors first, then narrower ones for the tail.</summary>
internal static class VectorLoop
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(in TKernel kernel, nint count) where TKernel : struct, IColumnKernel
    {
        nint at = 0;
        if (Vector512.IsHardwareAccelerated && count >= 16)
        {
            kernel.Run<Lanes512>(0, count & ~15);
            at = count & ~15;
        }
        if (Vector256.IsHardwareAccelerated && count - at >= 8)
        {
            nint end = at + ((count - at) & ~7);
            kernel.Run<Lanes256>(at, end);
            at = end;
        }
        if (Vector128.IsHardwareAccelerated && count - at >= 4)
        {
            nint end = at + ((count - at) & ~3);
            kernel.Run<Lanes128>(at, end);
            at = end;
        }
        if (at < count) kernel.Run<Lanes1>(at, count);
    }
}
