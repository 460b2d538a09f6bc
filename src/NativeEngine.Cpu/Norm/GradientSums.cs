using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>Column sums over a block of rows, held in registers: sum0[c] = Σ g and sum1[c] = Σ g (x - mean), where g is the dy that passes the gate.</summary>
internal readonly unsafe struct GradientSums<TGate>(float* x, GateData gate, float* dy, float* mean, int rows, nint stride, float* sum0, float* sum1)
    : IColumnKernel
    where TGate : struct, INormGate
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        nint c = start;
        for (; c + 2 * V.Width <= end; c += 2 * V.Width) Two<V>(c);
        for (; c < end; c += V.Width) One<V>(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Two<V>(nint c) where V : struct, ILanes<V>
    {
        nint d = c + V.Width;
        V m0 = V.Load(mean + c), m1 = V.Load(mean + d), scale0 = default, scale1 = default, shift0 = default, shift1 = default;
        if (TGate.ReadsScale)
            (scale0, scale1, shift0, shift1) = (V.Load(gate.Scale + c), V.Load(gate.Scale + d), V.Load(gate.Shift + c), V.Load(gate.Shift + d));
        V s0 = default, s1 = default, q0 = default, q1 = default;
        float* input = x + c, gradient = dy + c, output = TGate.ReadsOutput ? gate.Output + c : null;
        for (int r = 0; r < rows; r++, input += stride, gradient += stride, output += stride)
        {
            V x0 = V.Load(input) - m0, x1 = V.Load(input + V.Width) - m1;
            V g0 = TGate.Pass(V.Load(gradient), TGate.ReadsOutput ? V.Load(output) : default, x0, scale0, shift0);
            V g1 = TGate.Pass(V.Load(gradient + V.Width), TGate.ReadsOutput ? V.Load(output + V.Width) : default, x1, scale1, shift1);
            s0 = s0 + g0;
            s1 = s1 + g1;
            q0 = V.MultiplyAdd(g0, x0, q0);
            q1 = V.MultiplyAdd(g1, x1, q1);
        }
        V.Store(s0, sum0 + c);
        V.Store(s1, sum0 + d);
        V.Store(q0, sum1 + c);
        V.Store(q1, sum1 + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void One<V>(nint c) where V : struct, ILanes<V>
    {
        V m = V.Load(mean + c), scale = TGate.ReadsScale ? V.Load(gate.Scale + c) : default, shift = TGate.ReadsScale ? V.Load(gate.Shift + c) : default;
        V s = default, q = default;
        float* input = x + c, gradient = dy + c, output = TGate.ReadsOutput ? gate.Output + c : null;
        for (int r = 0; r < rows; r++, input += stride, gradient += stride, output += stride)
        {
            V centred = V.Load(input) - m, g = TGate.Pass(V.Load(gradient), TGate.ReadsOutput ? V.Load(output) : default, centred, scale, shift);
            s = s + g;
            q = V.MultiplyAdd(g, centred, q);
        }
        V.Store(s, sum0 + c);
        V.Store(q, sum1 + c);
    }
}
