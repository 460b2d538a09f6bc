using System.Numerics;
using System.Text;

namespace NativeEngine.SoftGpu;

/// <summary>Functions of the device's system library: printing and failing assertions.</summary>
internal static unsafe class SystemHandlers
{
    private const int LongestText = 1 << 16;

    /// <summary><c>vprintf(format, arguments)</c>: lane after lane; the result is the number of arguments, -1 without a format.</summary>
    public static void Print(Op* o, Warp w, byte* r, uint mask)
    {
        var call = w.Executor.Program.SystemCalls[o->N];
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong format = Argument(call, 0, w, lane);
            int count = -1;
            if (format != 0)
            {
                var text = new List<byte>();
                var arguments = new PrintArguments(o, w, lane, call.Arguments.Length > 1 ? Argument(call, 1, w, lane) : 0);
                count = PrintFormat.Append(text, ReadText(o, w, lane, format), arguments);
                w.Executor.Launch.Print(w.Executor.BlockIndex, text);
            }
            if (call.Results.Length > 0)
                StoreResult(call.Results[0], w, lane, (uint)count);
        }
    }

    /// <summary><c>__assertfail(message, file, line, function, charSize)</c>: the launch ends with the sentence that CUDA prints.</summary>
    public static void AssertFail(Op* o, Warp w, byte* r, uint mask)
    {
        var call = w.Executor.Program.SystemCalls[o->N];
        int lane = BitOperations.TrailingZeroCount(mask);
        string Text(int argument)
        {
            ulong address = argument < call.Arguments.Length ? Argument(call, argument, w, lane) : 0;
            return address == 0 ? "" : Encoding.UTF8.GetString(ReadText(o, w, lane, address));
        }
        uint line = call.Arguments.Length > 2 ? (uint)Argument(call, 2, w, lane) : 0;
        var block = w.Executor.BlockPosition;
        var thread = w.Executor.Launch.Block.At(w.Index * 32 + lane);
        int others = BitOperations.PopCount(mask) - 1;
        throw new MachineFault(
            FindingKind.Assertion, o->Instruction, lane,
            $"{Text(1)}:{line}: {Text(3)}: block: [{block.X},{block.Y},{block.Z}], thread: [{thread.X},{thread.Y},{thread.Z}] Assertion `{Text(0)}` failed"
            + (others > 0 ? $" (and for {others} more threads of the warp)" : ""));
    }

    private static ulong FrameOf(Warp w, int lane) => w.Executor.Program.FrameSlot is >= 0 and var slot ? ((ulong*)(w.Registers + slot))[lane] : 0;

    private static ulong Argument(SystemCall call, int index, Warp w, int lane)
    {
        var value = call.Arguments[index];
        if (value.CallerOffset < 0)
            return BlockExecutor.LaneOf(w.Registers + value.Slot, value.SlotBytes, lane);
        ulong bits = 0;
        byte* from = w.Local + (ulong)lane * w.LocalBytes + FrameOf(w, lane) + value.CallerOffset;
        Buffer.MemoryCopy(from, &bits, 8, Math.Min(8, value.Bytes));
        return bits;
    }

    private static void StoreResult(PassedValue result, Warp w, int lane, uint value)
    {
        if (result.CallerOffset >= 0)
        {
            ulong offset = FrameOf(w, lane) + (ulong)result.CallerOffset;
            ulong bits = value;
            Buffer.MemoryCopy(&bits, w.Local + (ulong)lane * w.LocalBytes + offset, result.Bytes, Math.Min(8, result.Bytes));
            w.Executor.State?.MarkLocal(w, lane, offset, result.Bytes);
        }
        else if (result.SlotBytes == 8)
        {
            ((ulong*)(w.Registers + result.Slot))[lane] = value;
        }
        else
        {
            ((uint*)(w.Registers + result.Slot))[lane] = value;
        }
    }

    /// <summary>The bytes of a text up to its final zero, from any memory a generic address can name.</summary>
    public static byte[] ReadText(Op* o, Warp w, int lane, ulong address)
    {
        var text = new List<byte>();
        while (text.Count < LongestText && *w.Executor.HostPointer(o, w, lane, address + (ulong)text.Count, 1) is var next and not 0)
            text.Add(next);
        return [.. text];
    }
}

/// <summary>The arguments of one lane's print, one after the other at their natural alignment.</summary>
internal sealed unsafe class PrintArguments(Op* operation, Warp warp, int lane, ulong address)
{
    private ulong _at = address;

    /// <summary>Arguments taken.</summary>
    public int Count { get; private set; }

    /// <summary>The next argument of 4 or 8 bytes.</summary>
    public ulong Next(int bytes)
    {
        _at = (_at + (ulong)bytes - 1) & ~((ulong)bytes - 1);
        byte* from = warp.Executor.HostPointer(operation, warp, lane, _at, bytes);
        _at += (ulong)bytes;
        Count++;
        return bytes == 8 ? *(ulong*)from : *(uint*)from;
    }

    /// <summary>The text at an address.</summary>
    public byte[] TextAt(ulong text) => SystemHandlers.ReadText(operation, warp, lane, text);
}
