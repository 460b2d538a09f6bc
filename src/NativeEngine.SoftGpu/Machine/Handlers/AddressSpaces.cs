using System.Runtime.CompilerServices;

namespace NativeEngine.SoftGpu;

/// <summary>
/// An address space as the memory operations see it: a window of valid addresses that is cheap to test, how a valid address becomes a host pointer,
/// and what happens outside the window.
/// </summary>
internal unsafe interface ISpace
{
    /// <summary>Window of addresses that need no further check.</summary>
    static abstract void Window(Op* o, Warp w, out ulong start, out ulong end);

    /// <summary>Host address of offset 0 of the space.</summary>
    static abstract byte* Base(Warp w);

    /// <summary>Finds another valid window that holds the access, or raises the fault of the lane.</summary>
    static abstract void Miss(Op* o, Warp w, ulong address, int size, int lane, bool write, out ulong start, out ulong end);
}

internal unsafe struct GlobalSpace : ISpace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Window(Op* o, Warp w, out ulong start, out ulong end)
    {
        var range = w.Ranges + o->Hit;
        start = range->Start;
        end = range->End;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Base(Warp w) => null;

    public static void Miss(Op* o, Warp w, ulong address, int size, int lane, bool write, out ulong start, out ulong end) =>
        w.Executor.FindRange(o, address, size, lane, write, out start, out end);
}

internal unsafe struct SharedSpace : ISpace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Window(Op* o, Warp w, out ulong start, out ulong end)
    {
        start = 0;
        end = w.SharedBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Base(Warp w) => w.Shared;

    public static void Miss(Op* o, Warp w, ulong address, int size, int lane, bool write, out ulong start, out ulong end) =>
        throw new MachineFault(
            FindingKind.OutOfBounds, o->Instruction, lane,
                $"{AccessText.Of(write, size)} at shared address {(long)address}, the block has {w.SharedBytes} bytes of shared memory");
}

internal unsafe struct ParamSpace : ISpace
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Window(Op* o, Warp w, out ulong start, out ulong end)
    {
        start = 0;
        end = w.ParameterBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Base(Warp w) => w.Parameters;

    public static void Miss(Op* o, Warp w, ulong address, int size, int lane, bool write, out ulong start, out ulong end) =>
        throw new MachineFault(
            FindingKind.OutOfBounds, o->Instruction, lane,
                $"{AccessText.Of(write, size)} at parameter offset {(long)address}, the kernel has {w.ParameterBytes} bytes of parameters");
}

internal static class AccessText
{
    public static string Of(bool write, int size) => $"{(write ? "write" : "read")} of {size} bytes";
}
