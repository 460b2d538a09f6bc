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

    /// <summary>The same element into every lane of the mask.</summary>
    static abstract void Broadcast(byte* memory, byte* register, uint mask);
}

internal unsafe struct Element32 : IElement
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* memory, byte* register, int lane) => ((uint*)register)[lane] = *(uint*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* memory, byte* register, int lane) => *(uint*)memory = ((uint*)register)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadAll(byte* memory, byte* register)
    {
        Lanes.Load32(memory).Store((uint*)register);
        Lanes.Load32(memory + 64).Store((uint*)(register + 64));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAll(byte* memory, byte* register) => LoadAll(register, memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Broadcast(byte* memory, byte* register, uint mask)
    {
        var value = Vector512.Create(*(uint*)memory);
        Lanes.Store32(register, value, value, mask);
    }
}

internal unsafe struct Element64 : IElement
{
    public static int Size => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* memory, byte* register, int lane) => ((ulong*)register)[lane] = *(ulong*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* memory, byte* register, int lane) => *(ulong*)memory = ((ulong*)register)[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadAll(byte* memory, byte* register)
    {
        for (int part = 0; part < 4; part++)
            Lanes.Load64(memory + 64 * part).Store((ulong*)(register + 64 * part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAll(byte* memory, byte* register) => LoadAll(register, memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Broadcast(byte* memory, byte* register, uint mask)
    {
        var value = Vector512.Create(*(ulong*)memory);
        for (int part = 0; part < 4; part++)
            Lanes.Store64(register, part, value, mask);
    }
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
        Vector512.Narrow(Lanes.Load32(register), Lanes.Load32(register + 64)).Store((ushort*)memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Broadcast(byte* memory, byte* register, uint mask)
    {
        uint one;
        Load(memory, (byte*)&one, 0);
        var value = Vector512.Create(one);
        Lanes.Store32(register, value, value, mask);
    }
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
        var words = Vector512.Narrow(Lanes.Load32(register), Lanes.Load32(register + 64));
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Broadcast(byte* memory, byte* register, uint mask)
    {
        uint one;
        Load(memory, (byte*)&one, 0);
        var value = Vector512.Create(one);
        Lanes.Store32(register, value, value, mask);
    }
}
