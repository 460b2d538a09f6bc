using System.Runtime.CompilerServices;

namespace NativeEngine.SoftGpu;

/// <summary>The direction of a memory operation: the handlers are written once for loads and stores.</summary>
internal unsafe interface ITransfer
{
    static abstract bool Writes { get; }

    static abstract void Move<TElement>(byte* memory, byte* register, int lane) where TElement : struct, IElement;

    /// <summary>32 neighbours at once.</summary>
    static abstract void MoveAll<TElement>(byte* memory, byte* register) where TElement : struct, IElement;

    /// <summary>32 neighbouring vectors of <see cref="Op.N"/> 32-bit elements at once.</summary>
    static abstract void Transpose(Op* o, byte* memory, byte* r);
}

internal unsafe struct LoadTransfer : ITransfer
{
    public static bool Writes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<TElement>(byte* memory, byte* register, int lane) where TElement : struct, IElement => TElement.Load(memory, register, lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MoveAll<TElement>(byte* memory, byte* register) where TElement : struct, IElement => TElement.LoadAll(memory, register);

    public static void Transpose(Op* o, byte* memory, byte* r)
    {
        if (o->N == 4)
            Transposes.LoadFour(memory, r + o->D, r + o->D1, r + o->D2, r + o->D3);
        else
            Transposes.LoadTwo(memory, r + o->D, r + o->D1);
    }
}

internal unsafe struct StoreTransfer : ITransfer
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<TElement>(byte* memory, byte* register, int lane) where TElement : struct, IElement => TElement.Store(memory, register, lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MoveAll<TElement>(byte* memory, byte* register) where TElement : struct, IElement => TElement.StoreAll(memory, register);

    public static void Transpose(Op* o, byte* memory, byte* r)
    {
        if (o->N == 4)
            Transposes.StoreFour(memory, r + o->D, r + o->D1, r + o->D2, r + o->D3);
        else
            Transposes.StoreTwo(memory, r + o->D, r + o->D1);
    }
}
