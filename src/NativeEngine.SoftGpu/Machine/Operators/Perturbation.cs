using System.Numerics;

namespace NativeEngine.SoftGpu;

internal enum ApproximationError
{
    /// <summary>2^-22 relative.</summary>
    Exponential,

    /// <summary>2^-22 absolute.</summary>
    Logarithm,

    /// <summary>2^-22.9 relative.</summary>
    ReciprocalRoot,

    /// <summary>2^-23 relative.</summary>
    LastBit,

    /// <summary>2^-20.5 absolute.</summary>
    Angle,

    /// <summary>2^-11 relative.</summary>
    HyperbolicTangent,

    /// <summary>Two units in the last place.</summary>
    Quotient,
}

/// <summary>Adds pseudo-random errors, not larger than the PTX manual allows, to approximate results: a hash of seed and bits, so they are the same in every
/// run.</summary>
internal static unsafe class Perturbation
{
    public static ApproximationError KindOf(PtxInstruction instruction) => instruction.Opcode switch
    {
        "ex2" => ApproximationError.Exponential,
        "lg2" => ApproximationError.Logarithm,
        "rsqrt" => ApproximationError.ReciprocalRoot,
        "sin" or "cos" => ApproximationError.Angle,
        "tanh" => ApproximationError.HyperbolicTangent,
        "div" => ApproximationError.Quotient,
        _ => ApproximationError.LastBit,
    };

    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        var values = (float*)(r + o->D);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            values[lane] = Apply(values[lane], (ApproximationError)o->N, w.Executor.Launch.Options.ApproximationSeed);
        }
    }

    /// <summary>The value with an error of the kind's size; zeros, infinities, NaN and exact ones of sin and cos keep their class.</summary>
    public static float Apply(float value, ApproximationError kind, ulong seed)
    {
        if (value == 0 || !float.IsFinite(value))
            return value;
        ulong hash = ScheduleRandom.Mix(seed ^ BitConverter.SingleToUInt32Bits(value) ^ (ulong)kind << 40);
        double unit = (double)(hash >> 11) / (1UL << 52) - 1;
        double error = kind switch
        {
            ApproximationError.Exponential => Math.Abs(value) * Math.ScaleB(1, -22),
            ApproximationError.Logarithm => Math.ScaleB(1, -22),
            ApproximationError.ReciprocalRoot => Math.Abs(value) * Math.Pow(2, -22.9),
            ApproximationError.Angle => Math.Pow(2, -20.5),
            ApproximationError.HyperbolicTangent => Math.Abs(value) * Math.ScaleB(1, -11),
            ApproximationError.Quotient => 2.5 * (MathF.BitIncrement(Math.Abs(value)) - Math.Abs(value)),
            _ => Math.Abs(value) * Math.ScaleB(1, -23),
        };
        // The value is rounded once already and will be again: both halves of a unit in the last place come off the bound.
        double rounding = MathF.BitIncrement(Math.Abs(value)) - Math.Abs(value);
        return (float)(value + unit * Math.Max(0, error - rounding));
    }
}
