using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Values nobody wrote, on their way through registers and lanes.</content>
internal sealed unsafe partial class ObserverState
{
    private uint _loadedUndefined; // lanes of the running load

    /// <summary>A register was loaded: it is defined where the memory was written.</summary>
    public void MarkLoaded(Op* o, Warp w, uint mask) => SetDefined(w, o->N, mask, ~_loadedUndefined);

    /// <summary>Results are defined in the lanes where all operands are.</summary>
    public void Carry(Op* o, Warp w, uint mask)
    {
        var flow = Executor.Program.Flows[o->N];
        uint defined = DefinedLanes(w, flow.From);
        foreach (int register in flow.To)
            SetDefined(w, register, mask, defined);
    }

    /// <summary>A shuffled value is defined where that of the lane it comes from is.</summary>
    public void CarryShuffled(Op* o, Warp w, byte* r, uint mask)
    {
        var flow = Executor.Program.Flows[o->N];
        uint source = DefinedLanes(w, flow.From), defined = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            int from = WarpHandlers.SourceLane((ShuffleMode)o->Immediate, lane, ((uint*)(r + o->B))[lane], ((uint*)(r + o->C))[lane], out bool inside);
            defined |= (source >> (inside ? from : lane) & 1) << lane;
        }
        foreach (int register in flow.To)
            SetDefined(w, register, mask, defined);
    }

    private uint DefinedLanes(Warp w, int[] registers)
    {
        uint defined = Lanes.All;
        foreach (int register in registers)
            defined &= _defined[w.Index * _registers + register];
        return defined;
    }

    private void SetDefined(Warp w, int register, uint mask, uint defined)
    {
        ref uint lanes = ref _defined[w.Index * _registers + register];
        lanes = (lanes & ~mask) | (defined & mask);
    }
}
