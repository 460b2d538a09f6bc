using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Values nobody wrote, on their way through registers, lanes and the stack. A watched register has one bit for every byte of every lane: a set bit is a
/// byte that is defined, or that the register does not have.
/// </content>
internal sealed unsafe partial class ObserverState
{
    private const byte Defined = 0xFF;

    private readonly uint[] _loadedBytes = new uint[32]; // of the running load, by lane

    private ref Vector256<byte> BytesOf(Warp w, int register) =>
        ref MemoryMarshal.Cast<byte, Vector256<byte>>(_defined.AsSpan())[w.Index * _registers + register];

    /// <summary>A lane mask as bytes.</summary>
    private static Vector256<byte> Spread(uint mask)
    {
        if (mask == Lanes.All)
            return Vector256<byte>.AllBitsSet;
        var bytes = Vector128.Create(mask).AsByte();
        var bits = Vector256.Create(0x8040_2010_0804_0201).AsByte();
        var spread = Vector256.Create(
            Vector128.Shuffle(bytes, Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)),
            Vector128.Shuffle(bytes, Vector128.Create((byte)2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)));
        return Vector256.Equals(spread & bits, bits);
    }

    /// <summary>Lanes in which some of the first bytes of a register are not defined.</summary>
    private uint MissingLanes(Warp w, int register, byte bytes) =>
        ~Vector256.Equals(BytesOf(w, register) | Vector256.Create((byte)~bytes), Vector256<byte>.AllBitsSet).ExtractMostSignificantBits();

    private void SetDefined(Warp w, int register, uint mask, Vector256<byte> defined)
    {
        ref var bytes = ref BytesOf(w, register);
        bytes = Vector256.ConditionalSelect(Spread(mask), defined, bytes);
    }

    /// <summary>A register is about to be used.</summary>
    public void CheckDefined(Op* o, Warp w, uint mask) => ReportUndefined(o->N, w, o->Instruction, MissingLanes(w, o->N, Defined) & mask);

    private void ReportUndefined(int register, Warp w, int instruction, uint missing)
    {
        if (missing == 0 || !Executor.Launch.IsNew(FindingKind.UninitialisedRegister, Executor.LineOf(instruction)))
            return;
        string problem = Executor.Program.Carried.Contains(register) ? "depends on what was never written" : "is read before it was written";
        Executor.Report(
            FindingKind.UninitialisedRegister, w, instruction, BitOperations.TrailingZeroCount(missing),
            $"register {Executor.Program.RegisterName(register)} {problem}");
    }

    /// <summary>A register was written.</summary>
    public void MarkDefined(Op* o, Warp w, uint mask) => BytesOf(w, o->N) |= Spread(mask);

    /// <summary>
    /// A register got an element of a load: it is defined where the memory was. <see cref="Op.A"/> is the element, <see cref="Op.B"/> its bytes,
    /// <see cref="Op.C"/> 1 when it is extended by its sign.
    /// </summary>
    public void MarkLoaded(Op* o, Warp w, uint mask)
    {
        Span<byte> lanes = stackalloc byte[32];
        int kept = (1 << o->B) - 1;
        for (int lane = 0; lane < 32; lane++)
        {
            int bytes = (int)(_loadedBytes[lane] >> (o->A * o->B)) & kept;
            bool upper = o->C == 0 || (bytes >> (o->B - 1) & 1) != 0;
            lanes[lane] = (byte)(upper ? bytes | ~kept : bytes);
        }
        SetDefined(w, o->N, mask, Vector256.Create<byte>(lanes));
    }

    /// <summary>What a load from the stack finds, for <see cref="MarkLoaded"/>.</summary>
    private void Load(int lane, ReadOnlySpan<byte> written)
    {
        uint bits = ~0u;
        for (int i = 0; i < written.Length; i++)
            bits &= ~(written[i] == 0 ? 1u << i : 0);
        _loadedBytes[lane] = bits;
    }

    /// <summary>Bytes written to the stack are defined where those of the stored registers are.</summary>
    private void Store(Warp w, int lane, Span<byte> written, AccessInfo info)
    {
        written.Fill(1);
        for (int element = 0; element < info.Stored.Length; element++)
        {
            if (info.Stored[element] < 0)
                continue;
            byte bits = BytesOf(w, info.Stored[element])[lane];
            for (int i = 0; bits != Defined && i < info.ElementBytes; i++)
                written[element * info.ElementBytes + i] = (byte)(bits >> i & 1);
        }
    }

    /// <summary>What other threads or the host see must be defined.</summary>
    private void CheckStored(Op* o, Warp w, uint mask, AccessInfo info)
    {
        foreach (int register in info.Stored)
        {
            if (register >= 0)
                ReportUndefined(register, w, o->Instruction, MissingLanes(w, register, (byte)((1 << info.ElementBytes) - 1)) & mask);
        }
    }

    /// <summary>Results are defined where what they depend on is.</summary>
    public void Carry(Op* o, Warp w, uint mask)
    {
        var flow = Executor.Program.Flows[o->N];
        foreach (int register in flow.To)
        {
            var defined = Vector256<byte>.AllBitsSet;
            foreach (var part in flow.Parts)
            {
                if (part.To == register)
                    defined &= part.Of(BytesOf(w, part.From));
            }
            SetDefined(w, register, mask, defined);
        }
    }

    /// <summary>A shuffled value is defined where that of the lane it comes from is.</summary>
    public void CarryShuffled(Op* o, Warp w, byte* r, uint mask)
    {
        var flow = Executor.Program.Flows[o->N];
        Span<byte> defined = stackalloc byte[32];
        defined.Fill(Defined);
        foreach (var part in flow.Parts)
        {
            var source = BytesOf(w, part.From);
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                int from = WarpHandlers.SourceLane((ShuffleMode)o->Immediate, lane, ((uint*)(r + o->B))[lane], ((uint*)(r + o->C))[lane], out bool inside);
                defined[lane] = source[inside ? from : lane];
            }
        }
        foreach (int register in flow.To)
            SetDefined(w, register, mask, flow.Parts.Any(part => part.To == register) ? Vector256.Create<byte>(defined) : Vector256<byte>.AllBitsSet);
    }
}
