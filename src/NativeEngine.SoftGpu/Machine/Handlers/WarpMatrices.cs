using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// 8 x 8 matrices of 16-bit elements between shared memory and the registers of a warp: lane l holds elements 2 (l mod 4) and the next of row l / 4. The
/// rows of matrix j lie where lanes 8j to 8j+7 point, 16 bytes each. The registers are <see cref="Op.D"/> to D3, <see cref="Op.N"/> of them.
/// </summary>
internal static unsafe class WarpMatrices
{
    /// <summary>Faults unless all 32 lanes execute an instruction that works on the warp as a whole.</summary>
    public static void WantWholeWarp(Op* o, Warp w, uint mask)
    {
        if (mask != Lanes.All)
        {
            throw new MachineFault(
                FindingKind.WarpSync, o->Instruction, BitOperations.TrailingZeroCount(mask),
                $"a warp-wide matrix instruction is executed by {BitOperations.PopCount(mask)} of 32 lanes");
        }
    }

    /// <summary><see cref="Op.A"/> holds addresses, <see cref="Op.C"/> is 1 when they are generic, <see cref="Op.B"/> is 1 to transpose.</summary>
    public static void Load(Op* o, Warp w, byte* r, uint mask) => Move(o, w, r, mask, false);

    public static void Store(Op* o, Warp w, byte* r, uint mask) => Move(o, w, r, mask, true);

    private static void Move(Op* o, Warp w, byte* r, uint mask, bool write)
    {
        WantWholeWarp(o, w, mask);
        uint pointing = o->N == 4 ? Lanes.All : (1u << (8 * o->N)) - 1;
        ObserverHandlers.AccessAt(o, w, r, pointing, o->A, o->Immediate, o->GenericTable);
        byte** rows = stackalloc byte*[32];
        ulong* addresses = (ulong*)(r + o->A);
        for (int lane = 0; lane < 8 * o->N; lane++)
        {
            ulong address = addresses[lane] + (ulong)o->Immediate - (o->C == 1 ? Windows.Shared : 0);
            rows[lane] = SharedMemory.Lane(o, w, address, 16, lane, write);
        }
        int* slots = stackalloc int[] { o->D, o->D1, o->D2, o->D3 };
        for (int matrix = 0; matrix < o->N; matrix++)
        {
            if (slots[matrix] < 0)
                continue;
            var register = (ushort*)(r + slots[matrix]);
            for (int i = 0; i < 64; i++)
            {
                // Element i mod 2 of lane i / 2.
                int along = 2 * (i / 2 & 3) + (i & 1), across = i / 8;
                var memory = o->B == 1 ? (ushort*)rows[8 * matrix + along] + across : (ushort*)rows[8 * matrix + across] + along;
                if (write)
                    *memory = register[i];
                else
                    register[i] = *memory;
            }
        }
    }

    /// <summary>movmatrix: the transpose of the matrix in A goes to D.</summary>
    public static void Transpose(Op* o, Warp w, byte* r, uint mask)
    {
        WantWholeWarp(o, w, mask);
        ushort* source = stackalloc ushort[64];
        Buffer.MemoryCopy(r + o->A, source, Lanes.Bytes32, Lanes.Bytes32);
        for (int i = 0; i < 64; i++)
            ((ushort*)(r + o->D))[i] = source[(i & 7) * 8 + i / 8];
    }
}
