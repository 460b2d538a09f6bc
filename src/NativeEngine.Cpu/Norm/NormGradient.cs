using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// With g = the dy that passes the gate: dx[r, c] (+)= a[c] g + b[c] (x - mean[c]) + k[c] and dResidual (+)= g.
/// dx and dResidual may be null.
/// </summary>
internal readonly unsafe struct NormGradient<TGate>(
    float* x, GateData gate, float* dy, float* dx, bool addDx, float* dResidual, bool addResidual, int rows, nint stride, float* mean, float* a, float* b,
        float* k) : IColumnKernel
    where TGate : struct, INormGate
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        float* input = x, gradient = dy, output = gate.Output, scale = gate.Scale, shift = gate.Shift, target = dx, residual = dResidual;
        float* m = mean, slope = a, tilt = b, level = k;
        bool add = addDx, addToResidual = addResidual;
        nint row = 0;
        for (int r = 0; r < rows; r++, row += stride)
        {
            for (nint c = start; c < end; c += V.Width)
            {
                nint at = row + c;
                V centred = V.Load(input + at) - V.Load(m + c);
                V g = TGate.Pass(V.Load(gradient + at), TGate.ReadsOutput ? V.Load(output + at) : default, centred,
                    TGate.ReadsScale ? V.Load(scale + c) : default, TGate.ReadsScale ? V.Load(shift + c) : default);
                if (target != null)
                {
                    V value = V.MultiplyAdd(g, V.Load(slope + c), V.MultiplyAdd(centred, V.Load(tilt + c), V.Load(level + c)));
                    V.Store(add ? (V.Load(target + at) + value) : value, target + at);
                }
                if (residual != null) V.Store(addToResidual ? (V.Load(residual + at) + g) : g, residual + at);
            }
        }
    }
}
