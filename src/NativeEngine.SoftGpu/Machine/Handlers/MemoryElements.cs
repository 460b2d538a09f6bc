using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>One memory element: its size in bytes, and how it moves between memory and a register lane, singly and for 32 neighbours at once.</summary>
internal unsafe interface IElement
{
    static abstract int Size { get; }

    static abstract void Load(byte* memory, byte* register, int lane);

    static abstract void Store(byte* memory, byte* register, int lane);

    static abstract void LoadAll(byte* memory, byte* register);

    static abstract void StoreAll(byte* memory, byte* register);
}

/// <summary>An element as wide as a lane: 32 or 64 bits.</summary>
internal unsafe struct Element<T> : IElement where T : unmanaged
{
    public static int Size => sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* memory, byte* register, int lane) => ((T*)register)[lane] = *(T*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* memory, byte* register, int lane) => *(T*)memory = ((T*)register)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadAll(byte* memory, byte* register)
    {
        for (int part = 0; part < Lanes.Parts<T>(); part++)
            Lanes.Load<T>(memory, part).Store((T*)(register + 64 * part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAll(byte* memory, byte* register) => LoadAll(register, memory);
}

/// <summary>Decides how a narrow memory element fills a 32-bit lane.</summary>
internal interface IExtension
{
    static abstract bool Signed { get; }

    /// <summary>Bits of the lane that are kept: 16-bit registers drop what sign extension puts above them.</summary>
    static abstract uint Keep { get; }
}

internal struct ZeroExtended : IExtension
{
    public static bool Signed => false;

    public static uint Keep => 0xFFFF_FFFF;
}

internal struct SignExtended : IExtension
{
    public static bool Signed => true;

    public static uint Keep => 0xFFFF_FFFF;
}

internal struct SignExtendedTo16 : IExtension
{
    public static bool Signed => true;

    public static uint Keep => 0xFFFF;
}

internal unsafe struct Element16<T> : IElement where T : struct, IExtension
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* memory, byte* register, int lane) =>
        ((uint*)register)[lane] = (T.Signed ? (uint)*(short*)memory : *(ushort*)memory) & T.Keep;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* memory, byte* register, int lane) => *(ushort*)memory = (ushort)((uint*)register)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadAll(byte* memory, byte* register)
    {
        for (int half = 0; half < 2; half++)
        {
            var narrow = Vector256.Load((ushort*)memory + 16 * half);
            var wide = T.Signed
                ? Vector512.Create(Vector256.WidenLower(narrow.AsInt16()), Vector256.WidenUpper(narrow.AsInt16())).AsUInt32() & Vector512.Create(T.Keep)
                : Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow));
            wide.Store((uint*)(register + 64 * half));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAll(byte* memory, byte* register) =>
        Vector512.Narrow(Lanes.Load<uint>(register, 0), Lanes.Load<uint>(register, 1)).Store((ushort*)memory);
}

internal unsafe struct Element8<T> : IElement where T : struct, IExtension
{
    public static int Size => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* memory, byte* register, int lane) =>
        ((uint*)register)[lane] = (T.Signed ? (uint)*(sbyte*)memory : *memory) & T.Keep;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* memory, byte* register, int lane) => *memory = (byte)((uint*)register)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadAll(byte* memory, byte* register)
    {
        if (T.Signed)
        {
            for (int lane = 0; lane < 32; lane++)
                Load(memory + lane, register, lane);
            return;
        }
        var bytes = Vector256.Load(memory);
        var low = Vector256.WidenLower(bytes);
        var high = Vector256.WidenUpper(bytes);
        Vector512.Create(Vector256.WidenLower(low), Vector256.WidenUpper(low)).Store((uint*)register);
        Vector512.Create(Vector256.WidenLower(high), Vector256.WidenUpper(high)).Store((uint*)(register + 64));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAll(byte* memory, byte* register)
    {
        var words = Vector512.Narrow(Lanes.Load<uint>(register, 0), Lanes.Load<uint>(register, 1));
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(memory);
    }
}
