using System.Buffers;
using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm)
    {
        var spans = ArrayPool<FloatSpan>.Shared.Rent(grads.Count);
        for (int i = 0; i < grads.Count; i++)
            spans[i] = new FloatSpan(Floats(grads[i]), grads[i].Count);
        int chunks = SlotChunks.Number(spans.AsSpan(0, grads.Count));
        NativeBlock partial = _context.Memory.Rent((long)chunks * 2 * sizeof(double));
        try
        {
            double* sums = (double*)partial.Pointer;
            Run(chunks, new SquareSumLoop(spans, grads.Count, sums));
            double squares = 0, bad = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                squares += sums[2 * chunk];
                bad += sums[2 * chunk + 1];
            }

            Floats(norm)[0] = (float)Math.Sqrt(squares);
            Floats(norm)[1] = (float)bad;
        }
        finally
        {
            _context.Memory.Return(partial);
            ArrayPool<FloatSpan>.Shared.Return(spans);
        }
    }

    /// <inheritdoc/>
    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm)
    {
        float gradScale = norm is not null && args.ClipNorm > 0 ? Math.Min(1, (float)(args.ClipNorm / (*Floats(norm) + 1e-6))) : 1;
        switch (args.Rule)
        {
            case OptimizerRule.Sgd:
                Update<SgdUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Adam:
                Update<AdamUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.AdamW:
                Update<AdamWUpdate>(args, slots, gradScale);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(args), args.Rule, "unknown optimizer rule");
        }
    }

    private void Update<TRule>(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, float gradScale) where TRule : struct, IUpdateRule
    {
        var table = ArrayPool<SlotPointers>.Shared.Rent(slots.Count);
        var spans = ArrayPool<FloatSpan>.Shared.Rent(slots.Count);
        try
        {
            for (int i = 0; i < slots.Count; i++)
            {
                var slot = slots[i];
                table[i] = new SlotPointers
                {
                    Param = Floats(slot.Param),
                    Grad = Floats(slot.Grad),
                    State1 = FloatsOrNull(slot.State1),
                    State2 = FloatsOrNull(slot.State2),
                    State3 = FloatsOrNull(slot.State3),
                    WeightDecay = slot.WeightDecay,
                    LearningRate = args.LearningRate * slot.LrScale,
                };
                spans[i] = new FloatSpan(table[i].Param, slot.Param.Count);
            }

            int chunks = SlotChunks.Number(spans.AsSpan(0, slots.Count));
            Run(chunks, new UpdateLoop<TRule>(table, spans, slots.Count, args, gradScale));
        }
        finally
        {
            ArrayPool<SlotPointers>.Shared.Return(table);
            ArrayPool<FloatSpan>.Shared.Return(spans);
        }
    }
}
