using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>Value and derivative of an element-wise loss of input x and target t; w is the positive weight, 1 when there is none.</summary>
internal interface IElementLoss
{
    /// <summary>The loss and its derivative by x.</summary>
    static abstract (V Value, V Gradient) Apply<V>(V x, V t, V w, V beta) where V : struct, ILanes<V>;
}

/// <summary>(x - t)².</summary>
internal readonly struct SquaredError : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Value, V Gradient) Apply<V>(V x, V t, V w, V beta) where V : struct, ILanes<V>
    {
        V d = x - t;
        return (d * d, d + d);
    }
}

/// <summary>|x - t|, derivative 0 at 0.</summary>
internal readonly struct AbsoluteError : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Value, V Gradient) Apply<V>(V x, V t, V w, V beta) where V : struct, ILanes<V>
    {
        V d = x - t;
        return (V.Abs(d), LaneMath.Sign(d));
    }
}

/// <summary>d²/(2·beta) for |d| &lt; beta, else |d| - beta/2.</summary>
internal readonly struct SmoothAbsoluteError : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Value, V Gradient) Apply<V>(V x, V t, V w, V beta) where V : struct, ILanes<V>
    {
        V d = x - t, magnitude = V.Abs(d), near = V.Greater(beta, magnitude), half = V.Create(0.5f);
        return (V.Select(near, half * d * d / beta, magnitude - half * beta), V.Select(near, d / beta, LaneMath.Sign(d)));
    }
}

/// <summary>(1 - t)·x + (1 + (w - 1)·t)·(ln(1 + e^-|x|) + max(-x, 0)), PyTorch's form with a positive weight w.</summary>
internal readonly struct BinaryCrossEntropy : IElementLoss
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Value, V Gradient) Apply<V>(V x, V t, V w, V beta) where V : struct, ILanes<V>
    {
        V one = V.Create(1f), factor = V.MultiplyAdd(w - one, t, one);
        V softplus = LaneMath.Log1P(LaneMath.Exp(-V.Abs(x))) + V.Max(-x, V.Create(0f)); // ln(1 + e^-x)
        return (V.MultiplyAdd(one - t, x, factor * softplus), (one - t) - factor * LaneMath.Sigmoid(-x));
    }
}

/// <summary>One pass over the elements: the value of each or their sum per chunk, and the gradient.</summary>
internal readonly unsafe struct ElementLossLoop<TLoss>(Partition parts, float* x, float* t, float* weight, float beta, float scale, float* each, float* dx,
    double* sums) : ILaneBody
    where TLoss : struct, IElementLoss
{
    /// <summary>Vectors summed in single precision before the sum moves on to double.</summary>
    private const int Block = 64;

    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        nint i = (nint)parts.Start(chunk), end = (nint)parts.End(chunk);
        V bound = V.Create(beta), factor = V.Create(scale), one = V.Create(1f);
        double total = 0;
        while (i <= end - V.Width)
        {
            V sum = V.Create(0f);
            for (int n = 0; n < Block && i <= end - V.Width; n++, i += V.Width)
            {
                var (value, gradient) = TLoss.Apply(V.Load(x + i), V.Load(t + i), weight == null ? one : V.Load(weight + i), bound);
                sum += value;
                if (each != null)
                    V.Store(value, each + i);
                if (dx != null)
                    V.Store(gradient * factor, dx + i);
            }

            total += V.Sum(sum);
        }

        if (i < end)
        {
            nint rest = end - i;
            var (value, gradient) = TLoss.Apply(
                LaneTail.Load<V>(x + i, rest), LaneTail.Load<V>(t + i, rest), weight == null ? one : LaneTail.Load<V>(weight + i, rest, 1), bound);
            float* values = stackalloc float[16];
            V.Store(value, values);
            for (nint k = 0; k < rest; k++)
                total += values[k];
            if (each != null)
                LaneTail.Store(value, each + i, rest);
            if (dx != null)
                LaneTail.Store(gradient * factor, dx + i, rest);
        }

        sums[chunk] = total;
    }
}
