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
        if (norm is not null && new Grid(norm)[1] > 0 && args.Rule != OptimizerRule.SamAscend)
            return;
        double clip = norm is not null && args.ClipNorm > 0 ? Math.Min(1, args.ClipNorm / (new Grid(norm)[0] + 1e-6)) : 1;
        double ascent = args.Rule == OptimizerRule.SamAscend ? args.Rho / (new Grid(norm!)[0] + 1e-12) : 0;
        foreach (var slot in slots)
        {
            Grid ps = new(slot.Param), gs = new(slot.Grad);
            if (args.Rule == OptimizerRule.Lamb)
            {
                Lamb(args, slot, clip);
                continue;
            }

            for (long i = 0; i < slot.Param.Count; i++)
            {
                double p = ps.At(i), g = gs.At(i) * clip, lr = args.LearningRate * slot.LrScale;
                ps.Set(i, args.Rule switch
                {
                    OptimizerRule.Sgd => Sgd(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.Adam => Adam(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.AdamW => Adam(args, slot, i, p - lr * slot.WeightDecay * p, g, lr),
                    OptimizerRule.Moments => MomentStep(args, slot, i, Decayed(args, slot, p, lr), Coupled(args, slot, p, g), lr),
                    OptimizerRule.AdaBound => AdaBound(args, slot, i, Decayed(args, slot, p, lr), Coupled(args, slot, p, g), lr),
                    OptimizerRule.RmsProp => RmsProp(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.Adagrad => Adagrad(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.Adadelta => Adadelta(args, slot, i, p, g + slot.WeightDecay * p, lr),
                    OptimizerRule.SamAscend => Ascend(args, slot, i, p, gs.At(i), ascent),
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

    private static double Decayed(in OptimizerArgs args, OptimizerSlot slot, double p, double lr) => args.Decoupled ? p - lr * slot.WeightDecay * p : p;

    private static double Coupled(in OptimizerArgs args, OptimizerSlot slot, double p, double g) => args.Decoupled ? g : g + slot.WeightDecay * p;

    /// <summary>Updates both moments; the second is its maximum with amsgrad.</summary>
    private static (double M, double V) Moments(in OptimizerArgs args, OptimizerSlot slot, long i, double g)
    {
        Grid ms = new(slot.State1!), vs = new(slot.State2!);
        double m = args.Beta1 * ms.At(i) + (1 - args.Beta1) * g, v = args.Beta2 * vs.At(i) + (1 - args.Beta2) * g * g;
        ms.Set(i, m);
        vs.Set(i, v);
        if (!args.AmsGrad)
            return (m, v);
        var largest = new Grid(slot.State3!);
        largest.Set(i, Math.Max(largest.At(i), v));
        return (m, largest.At(i));
    }

    private static double MomentStep(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        var (m, v) = Moments(args, slot, i, g);
        double denominator = args.Adaptive ? args.RootFactor * Math.Sqrt(v) + args.Eps : 1;
        return p - lr * (args.GradFactor * g + args.MomentFactor * m) / denominator;
    }

    private static double AdaBound(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        var (m, v) = Moments(args, slot, i, g);
        return p - Math.Clamp(lr * args.MomentFactor / (Math.Sqrt(v) + args.Eps), args.LowerRate * lr, args.UpperRate * lr) * m;
    }

    private static double RmsProp(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        var vs = new Grid(slot.State1!);
        double v = args.Beta2 * vs.At(i) + (1 - args.Beta2) * g * g;
        vs.Set(i, v);
        if (args.Centered)
        {
            var means = new Grid(slot.State3!);
            means.Set(i, args.Beta2 * means.At(i) + (1 - args.Beta2) * g);
            v -= means.At(i) * means.At(i);
        }

        double u = g / (Math.Sqrt(v) + args.Eps);
        if (args.Momentum == 0)
            return p - lr * u;
        var buffer = new Grid(slot.State2!);
        buffer.Set(i, args.Momentum * buffer.At(i) + u);
        return p - lr * buffer.At(i);
    }

    private static double Adagrad(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        var sums = new Grid(slot.State1!);
        sums.Add(i, g * g);
        return p - lr * g / (Math.Sqrt(sums.At(i)) + args.Eps);
    }

    private static double Adadelta(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double lr)
    {
        Grid squares = new(slot.State1!), deltas = new(slot.State2!);
        squares.Set(i, args.Beta2 * squares.At(i) + (1 - args.Beta2) * g * g);
        double u = Math.Sqrt(deltas.At(i) + args.Eps) / Math.Sqrt(squares.At(i) + args.Eps) * g;
        deltas.Set(i, args.Beta2 * deltas.At(i) + (1 - args.Beta2) * u * u);
        return p - lr * u;
    }

    private static double Ascend(in OptimizerArgs args, OptimizerSlot slot, long i, double p, double g, double ascent)
    {
        new Grid(slot.State1!).Set(i, p);
        return p + ascent * g * (args.Adaptive ? p * p : 1);
    }

    private static void Lamb(in OptimizerArgs args, OptimizerSlot slot, double clip)
    {
        Grid ps = new(slot.Param), gs = new(slot.Grad), us = new(slot.State3!);
        double normP = 0, normU = 0;
        for (long i = 0; i < slot.Param.Count; i++)
        {
            var (m, v) = Moments(args, slot, i, gs.At(i) * clip);
            double u = args.MomentFactor * m / (args.RootFactor * Math.Sqrt(v) + args.Eps) + slot.WeightDecay * ps.At(i);
            us.Set(i, u);
            normP += ps.At(i) * ps.At(i);
            normU += u * u;
        }

        double trust = normP > 0 && normU > 0 ? Math.Sqrt(normP) / Math.Sqrt(normU) : 1;
        for (long i = 0; i < slot.Param.Count; i++)
            ps.Set(i, ps.At(i) - args.LearningRate * slot.LrScale * trust * us.At(i));
    }
}
