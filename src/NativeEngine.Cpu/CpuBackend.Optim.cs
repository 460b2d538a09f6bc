using System.Buffers;
using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm)
    {
        var spans = ArrayPool<FloatSpan>.Shared.Rent(grads.Count);
        try
        {
            for (int i = 0; i < grads.Count; i++)
                spans[i] = new FloatSpan(Floats(grads[i]), grads[i].Count);
            var (squares, bad) = SquareSum(spans, grads.Count);
            Floats(norm)[0] = (float)Math.Sqrt(squares);
            Floats(norm)[1] = (float)bad;
        }
        finally
        {
            ArrayPool<FloatSpan>.Shared.Return(spans);
        }
    }

    /// <inheritdoc/>
    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm)
    {
        if (norm is not null && Floats(norm)[1] > 0 && args.Rule != OptimizerRule.SamAscend)
            return;
        float gradScale = norm is not null && args.ClipNorm > 0 ? Math.Min(1, (float)(args.ClipNorm / (*Floats(norm) + 1e-6))) : 1;
        switch (args.Rule)
        {
            case OptimizerRule.Sgd:
                Update<SgdUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Adam or OptimizerRule.AdamW:
                Update<AdamUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Moments:
                Update<MomentsUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.AdaBound:
                Update<AdaBoundUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.RmsProp:
                Update<RmsPropUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Adagrad:
                Update<AdagradUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Adadelta:
                Update<AdadeltaUpdate>(args, slots, gradScale);
                break;
            case OptimizerRule.Lamb:
                Lamb(args, slots, gradScale);
                break;
            case OptimizerRule.SamAscend:
                Update<SamAscentUpdate>(args, slots, (float)(args.Rho / (*Floats(norm!) + 1e-12)));
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
                (table[i], spans[i]) = (Pointers(slots[i], args.LearningRate), new FloatSpan(Floats(slots[i].Param), slots[i].Param.Count));
            Update<TRule>(args, table, spans, slots.Count, gradScale);
        }
        finally
        {
            ArrayPool<SlotPointers>.Shared.Return(table);
            ArrayPool<FloatSpan>.Shared.Return(spans);
        }
    }

    private void Update<TRule>(in OptimizerArgs args, SlotPointers[] table, FloatSpan[] spans, int count, float gradScale) where TRule : struct, IUpdateRule =>
        Run(SlotChunks.Number(spans.AsSpan(0, count)), new UpdateLoop<TRule>(table, spans, count, args, gradScale));

    /// <summary>Directions of all parameters, then per parameter the norms of p and u, then the descent.</summary>
    private void Lamb(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, float gradScale)
    {
        Update<LambDirection>(args, slots, gradScale);
        var table = new SlotPointers[slots.Count];
        var spans = new FloatSpan[slots.Count];
        var one = new FloatSpan[1];
        for (int i = 0; i < slots.Count; i++)
        {
            long count = slots[i].Param.Count;
            table[i] = Pointers(slots[i], args.LearningRate);
            one[0] = spans[i] = new FloatSpan(table[i].Param, count);
            double normP = Math.Sqrt(SquareSum(one, 1).Squares);
            one[0] = new FloatSpan(table[i].State3, count);
            double normU = Math.Sqrt(SquareSum(one, 1).Squares);
            if (normP > 0 && normU > 0)
                table[i].LearningRate *= normP / normU;
        }

        Update<LambDescent>(args, table, spans, slots.Count, 1);
    }

    private static SlotPointers Pointers(OptimizerSlot slot, double learningRate) => new()
    {
        Param = Floats(slot.Param),
        Grad = Floats(slot.Grad),
        State1 = FloatsOrNull(slot.State1),
        State2 = FloatsOrNull(slot.State2),
        State3 = FloatsOrNull(slot.State3),
        WeightDecay = slot.WeightDecay,
        LearningRate = learningRate * slot.LrScale,
    };

    private (double Squares, double Bad) SquareSum(FloatSpan[] spans, int count)
    {
        int chunks = SlotChunks.Number(spans.AsSpan(0, count));
        NativeBlock partial = _context.Memory.Rent((long)chunks * 2 * sizeof(double));
        try
        {
            double* sums = (double*)partial.Pointer;
            Run(chunks, new SquareSumLoop(spans, count, sums));
            double squares = 0, bad = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                squares += sums[2 * chunk];
                bad += sums[2 * chunk + 1];
            }

            return (squares, bad);
        }
        finally
        {
            _context.Memory.Return(partial);
        }
    }
}
