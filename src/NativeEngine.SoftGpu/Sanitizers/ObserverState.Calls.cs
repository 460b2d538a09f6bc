namespace NativeEngine.SoftGpu;

/// <content>Calls: what is known of a frame and of registers follows what is passed.</content>
internal sealed unsafe partial class ObserverState
{
    /// <summary>A block starts: nothing in local memory was written. Frames of functions are cleared when they are entered.</summary>
    private void ClearLocal()
    {
        var program = Executor.Program;
        if (program.FrameSlot < 0 || _localWritten.Length == 0)
        {
            Array.Clear(_localWritten);
            return;
        }
        int own = Math.Min(program.Entry.Calls.FrameBytesOf(program.Entry), Executor.Launch.LocalBytes);
        for (int start = 0; start < _localWritten.Length; start += Executor.Launch.LocalBytes)
            Array.Clear(_localWritten, start, own);
    }

    private Span<byte> LocalFlags(Warp w, int lane, ulong offset, int bytes) =>
        _checksInitialised ? _localWritten.AsSpan((int)((w.Index * 32 + lane) * (long)w.LocalBytes + (long)offset), bytes) : [];

    /// <summary>A lane enters a function: its frame is new, except for register results, which are written when it returns.</summary>
    public void EnterFrame(Warp w, int lane, ulong frame, Callee callee)
    {
        LocalFlags(w, lane, frame, callee.FrameBytes).Clear();
        if (callee.HasRegisterResults)
            LocalFlags(w, lane, frame, callee.ResultBytes).Fill(1);
    }

    /// <summary>Bytes of local memory were copied: what was not written before is not written now.</summary>
    public void PassFlags(Warp w, int lane, ulong from, ulong to, int bytes) => LocalFlags(w, lane, from, bytes).CopyTo(LocalFlags(w, lane, to, bytes));

    /// <summary>Bytes of local memory were written.</summary>
    public void MarkLocal(Warp w, int lane, ulong offset, int bytes) => LocalFlags(w, lane, offset, bytes).Fill(1);

    /// <summary>Which bytes of a lane's register are defined.</summary>
    public byte DefinedBytes(Warp w, int register, int lane) => _defined[(w.Index * _registers + register) * 32 + lane];

    public void SetDefined(Warp w, int register, int lane, byte bytes) => _defined[(w.Index * _registers + register) * 32 + lane] = bytes;

    public void ForgetDefined(Warp w, int register, uint mask) => BytesOf(w, register) &= ~Spread(mask);
}
