using System.Collections;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Data flow over the registers of a kernel, instruction by instruction: which reads may come before any write, and how many 32-bit registers are
/// live at once.
/// </summary>
internal sealed class RegisterFlow
{
    private readonly PtxBody _body;
    private readonly int[][] _reads;
    private readonly int[][] _writes;
    private readonly List<(int First, int End)> _spans = [];
    private readonly Dictionary<int, int> _spanAt = [];

    public RegisterFlow(PtxBody body)
    {
        _body = body;
        _reads = [.. body.Instructions.Select(instruction => Reads(instruction).Select(register => register.Index).ToArray())];
        _writes = [.. body.Instructions.Select(instruction => Writes(instruction).Select(register => register.Index).ToArray())];
        CutSpans();
        if (_spans.Count > 0)
            FindUndefinedReads();
    }

    /// <summary>Registers that may be read before they are written, by index.</summary>
    public HashSet<int> MaybeUndefined { get; } = [];

    /// <summary>Registers an instruction reads.</summary>
    public static IEnumerable<PtxRegister> Reads(PtxInstruction instruction)
    {
        if (instruction.Guard is { } guard)
            yield return guard.Register;
        if (instruction.Operands is [CallOperand call])
        {
            foreach (var register in RegistersOf(call.Callee).Concat((call.Arguments ?? []).SelectMany(RegistersOf)))
                yield return register;
        }
        for (int i = 0; i < instruction.Operands.Count; i++)
        {
            if (instruction.Form.Operands[i].IsDestination)
                continue;
            foreach (var register in RegistersOf(instruction.Operands[i]))
                yield return register;
        }
    }

    /// <summary>Registers an instruction writes.</summary>
    public static IEnumerable<PtxRegister> Writes(PtxInstruction instruction)
    {
        if (instruction.Operands is [CallOperand { Results: { } results }])
        {
            foreach (var register in results.SelectMany(RegistersOf))
                yield return register;
        }
        for (int i = 0; i < instruction.Operands.Count; i++)
        {
            if (!instruction.Form.Operands[i].IsDestination)
                continue;
            foreach (var register in RegistersOf(instruction.Operands[i]))
                yield return register;
        }
    }

    private static IEnumerable<PtxRegister> RegistersOf(PtxOperand? operand) => operand switch
    {
        RegisterOperand register => [register.Register],
        AddressOperand { Base: RegisterOperand register } => [register.Register],
        PairOperand pair => pair.First is null ? [pair.Second] : [pair.First, pair.Second],
        VectorOperand vector => vector.Elements.SelectMany(RegistersOf),
        _ => [],
    };

    private void CutSpans()
    {
        int count = _body.Instructions.Count;
        var leaders = new SortedSet<int> { 0 };
        for (int i = 0; i < count; i++)
        {
            if (!_body.Instructions[i].IsJump)
                continue;
            leaders.Add(i + 1);
            leaders.UnionWith(_body.Instructions[i].Jumps);
        }
        int[] starts = [.. leaders.Where(leader => leader < count)];
        for (int i = 0; i < starts.Length; i++)
        {
            _spanAt[starts[i]] = i;
            _spans.Add((starts[i], i + 1 < starts.Length ? starts[i + 1] : count));
        }
    }

    private IEnumerable<int> Successors(int span)
    {
        var last = _body.Instructions[_spans[span].End - 1];
        foreach (int jump in last.Jumps)
        {
            if (_spanAt.TryGetValue(jump, out int target))
                yield return target;
        }
        if ((!last.IsJump || last.Guard is not null) && span + 1 < _spans.Count)
            yield return span + 1;
    }

    /// <summary>
    /// Definite assignment, forwards: a register is defined at the start of a span when it is at the end of every predecessor. A guarded write
    /// defines nothing.
    /// </summary>
    private void FindUndefinedReads()
    {
        var defined = new BitArray?[_spans.Count];
        defined[0] = new BitArray(_body.Registers.Count);
        foreach (var parameter in _body.Parameters)
        {
            if (parameter.Register is { } given)
                defined[0]![given.Index] = true;
        }
        var work = new Queue<int>([0]);
        while (work.TryDequeue(out int span))
        {
            var state = new BitArray(defined[span]!);
            Walk(span, state);
            foreach (int next in Successors(span))
            {
                if (defined[next] is not { } known)
                {
                    defined[next] = new BitArray(state);
                }
                else
                {
                    var before = new BitArray(known);
                    if (!before.Xor(known.And(state)).HasAnySet())
                        continue;
                }
                work.Enqueue(next);
            }
        }
    }

    private void Walk(int span, BitArray defined)
    {
        for (int i = _spans[span].First; i < _spans[span].End; i++)
        {
            foreach (int register in _reads[i])
            {
                if (!defined[register])
                    MaybeUndefined.Add(register);
            }
            if (_body.Instructions[i].Guard is not null)
                continue;
            foreach (int register in _writes[i])
                defined[register] = true;
        }
    }

    /// <summary>Registers that may be read after each of some instructions, by its number.</summary>
    public Dictionary<int, List<PtxRegister>> LiveAcross(IReadOnlyCollection<int> calls)
    {
        var result = new Dictionary<int, List<PtxRegister>>();
        if (calls.Count == 0)
            return result;
        var liveIn = LiveIn();
        for (int span = 0; span < _spans.Count; span++)
        {
            var live = LiveOut(span, liveIn);
            for (int i = _spans[span].End - 1; i >= _spans[span].First; i--)
            {
                if (calls.Contains(i))
                    result[i] = [.. _body.Registers.Where(register => live[register.Index])];
                Step(i, live);
            }
        }
        return result;
    }

    /// <summary>Most 32-bit registers live at once (64-bit ones count twice, predicates not at all): liveness, backwards.</summary>
    public int MeasureLiveRegisters()
    {
        var liveIn = LiveIn();
        int most = 0;
        for (int span = 0; span < _spans.Count; span++)
            most = Math.Max(most, Backwards(span, LiveOut(span, liveIn)));
        return most;
    }

    private BitArray[] LiveIn()
    {
        var liveIn = new BitArray[_spans.Count];
        for (int i = 0; i < liveIn.Length; i++)
            liveIn[i] = new BitArray(_body.Registers.Count);
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int span = _spans.Count - 1; span >= 0; span--)
            {
                var live = LiveOut(span, liveIn);
                Backwards(span, live);
                changed |= new BitArray(live).Xor(liveIn[span]).HasAnySet();
                liveIn[span] = live;
            }
        }
        return liveIn;
    }

    private BitArray LiveOut(int span, BitArray[] liveIn)
    {
        var live = new BitArray(_body.Registers.Count);
        foreach (int next in Successors(span))
            live.Or(liveIn[next]);
        return live;
    }

    private int Backwards(int span, BitArray live)
    {
        int most = 0;
        for (int i = _spans[span].End - 1; i >= _spans[span].First; i--)
        {
            Step(i, live);
            int words = 0;
            for (int r = 0; r < live.Length; r++)
            {
                if (live[r])
                    words += (_body.Registers[r].Type.Size() + 3) / 4;
            }
            most = Math.Max(most, words);
        }
        return most;
    }

    /// <summary>Liveness in front of an instruction from that behind it.</summary>
    private void Step(int instruction, BitArray live)
    {
        if (_body.Instructions[instruction].Guard is null)
        {
            foreach (int register in _writes[instruction])
                live[register] = false;
        }
        foreach (int register in _reads[instruction])
            live[register] = true;
    }
}
