using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm)
    {
        double squares = 0, bad = 0;
        foreach (var grad in grads)
        {
            var gs = new Grid(grad);
            for (long i = 0; i < grad.Count; i++)
            {
                if (double.IsFinite(gs.At(i)))
                    squares += gs.At(i) * gs.At(i);
                else
                    bad++;
            }
        }

        var norms = new Grid(norm);
        (norms[0], norms[1]) = (Math.Sqrt(squares), bad);
    }

    /// <inheritdoc/>
    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm)
    {
        double clip = norm is not null && args.ClipNorm > 0 ? Math.Min(1, args.ClipNorm / (new Grid(norm)[0] + 1e-6)) : 1;
        foreach (var slot in slots)
        {
            Grid ps = new(slot.Param), gs = new(slot.Grad);
            for (long i = 0; i < slot.Param.Count; i++)
            {
                double p = ps.At(i), g = gs.At(i) * clip, lr = args.LearningRate * slot.LrScale;
                ps.Set(i, args.Rule switch
                {
                    OptimizerRule.Sgd => Sgd(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.Adam => Adam(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.AdamW => Adam(args, slot, i, p - lr * slot.WeightDecay * p, g, lr),
                    _ => throw Unknown(args.Rule),
                });
            }
        }
    }

    private static double Sgd(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        if (args.Momentum == 0)
            return p - lr * g;
        var vs = new Grid(slot.State1!);
        double v = args.Step == 1 ? g : args.Momentum * vs.At(i) + (1 - args.Dampening) * g;
        vs.Set(i, v);
        return p - lr * (args.Nesterov ? g + args.Momentum * v : v);
    }

    private static double Adam(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        Grid ms = new(slot.State1!), vs = new(slot.State2!);
        double m = args.Beta1 * ms.At(i) + (1 - args.Beta1) * g, v = args.Beta2 * vs.At(i) + (1 - args.Beta2) * g * g;
        ms.Set(i, m);
        vs.Set(i, v);
        if (args.AmsGrad)
        {
            var largest = new Grid(slot.State3!);
            v = Math.Max(largest.At(i), v);
            largest.Set(i, v);
        }

        double scale = 1 - Math.Pow(args.Beta1, args.Step), root = Math.Sqrt(1 - Math.Pow(args.Beta2, args.Step));
        return p - lr / scale * m / (Math.Sqrt(v) / root + args.Eps);
    }
}
