using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        switch (op)
        {
            case ClassLossOp.CrossEntropy:
                ClassLoss<CrossEntropyLoss>(op, s, x, target, weight, loss, dx);
                break;
            case ClassLossOp.Nll:
                ClassLoss<LogProbabilityLoss>(op, s, x, target, weight, loss, dx);
                break;
            case ClassLossOp.Focal:
                ClassLoss<FocalLoss>(op, s, x, target, weight, loss, dx);
                break;
            case ClassLossOp.Squared:
                ClassLoss<SquaredLoss>(op, s, x, target, weight, loss, dx);
                break;
            case ClassLossOp.SoftmaxInverse:
                ClassLoss<SoftmaxInverseLoss>(op, s, x, target, weight, loss, dx);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(op), op, "unknown class loss");
        }
    }

    /// <inheritdoc/>
    public void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        switch (op)
        {
            case ElementLossOp.Mse:
                ElementLoss<SquaredError>(reduction, beta, x, target, weight, loss, dx);
                break;
            case ElementLossOp.L1:
                ElementLoss<AbsoluteError>(reduction, beta, x, target, weight, loss, dx);
                break;
            case ElementLossOp.SmoothL1:
                ElementLoss<SmoothAbsoluteError>(reduction, beta, x, target, weight, loss, dx);
                break;
            case ElementLossOp.BceWithLogits:
                ElementLoss<BinaryCrossEntropy>(reduction, beta, x, target, weight, loss, dx);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(op), op, "unknown element loss");
        }
    }

    private void ClassLoss<TLoss>(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
        where TLoss : struct, IClassLoss
    {
        float* classWeight = FloatsOrNull(weight);
        double weightSum = CheckTargets(op.SnakeName(), s, Ints(target), classWeight);
        double scale = s.Reduction == Reduction.Mean ? s.Scale / weightSum : s.Scale;
        double spread = 0;
        if (s.Smoothing > 0)
        {
            for (int k = 0; k < s.Classes; k++)
                spread += classWeight == null ? 1 : classWeight[k];
        }

        NativeBlock rows = _context.Memory.Rent(s.Reduction == Reduction.None ? 0 : (long)s.Rows * sizeof(float));
        try
        {
            float* each = s.Reduction == Reduction.None ? Floats(loss) : rows.Floats;
            var parts = Partition.Of(s.Rows, Math.Max(1, Grain / 4 / Math.Max(1, s.Classes)));
            Run(parts, new ClassLossLoop<TLoss>(parts, s, Floats(x), Ints(target), classWeight, spread, scale, each, FloatsOrNull(dx)));
            if (s.Reduction == Reduction.None)
                return;
            double sum = 0;
            for (int row = 0; row < s.Rows; row++)
                sum += each[row];
            *Floats(loss) = (float)(s.Reduction == Reduction.Mean ? sum / weightSum : sum);
        }
        finally
        {
            _context.Memory.Return(rows);
        }
    }

    /// <summary>Σ w[t] over the rows that count, in row order; refuses class ids that do not exist.</summary>
    private static double CheckTargets(string op, in ClassLossSizes s, int* target, float* classWeight)
    {
        double sum = 0;
        for (int row = 0; row < s.Rows; row++)
        {
            int t = target[row];
            if (t == s.IgnoreIndex)
                continue;
            if ((uint)t >= (uint)s.Classes)
                throw new DataException($"[{op}] target {t} in row {row}: expects a class id in 0..{s.Classes - 1} or {s.IgnoreIndex} for a row to ignore");
            sum += classWeight == null ? 1 : classWeight[t];
        }

        return sum;
    }

    private void ElementLoss<TLoss>(Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
        where TLoss : struct, IElementLoss
    {
        long count = x.Count;
        var parts = Partition.Of(count, Grain, Unit);
        NativeBlock sums = _context.Memory.Rent(parts.Chunks * sizeof(double));
        try
        {
            double* partial = (double*)sums.Pointer;
            float scale = reduction == Reduction.Mean ? (float)(1.0 / count) : 1;
            float* each = reduction == Reduction.None ? Floats(loss) : null;
            Run(parts, new ElementLossLoop<TLoss>(parts, Floats(x), Floats(target), FloatsOrNull(weight), (float)beta, scale, each, FloatsOrNull(dx), partial));
            if (reduction == Reduction.None)
                return;
            double sum = 0;
            for (int chunk = 0; chunk < parts.Chunks; chunk++)
                sum += partial[chunk];
            *Floats(loss) = (float)(reduction == Reduction.Mean ? sum / count : sum);
        }
        finally
        {
            _context.Memory.Return(sums);
        }
    }
}
