using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// The transforms of Winograd's minimal filtering F(m x m, 3 x 3) (Lavin and Gray, 2015, arXiv:1509.09308) for one tile and one vector
/// of channels: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and for the filter gradient Gᵀ[(Bᵀ d B) ⊙ (A dY Aᵀ)]G.
/// </summary>
/// <remarks>
/// Pixels are reached through a table of pointers, row by row, so that borders cost nothing; positions of the transformed tile lie
/// a fixed stride apart. <c>work</c> holds Inputs² vectors.
/// </remarks>
internal unsafe interface IWinogradTile
{
    /// <summary>Side of the output tile, m.</summary>
    static abstract int Outputs { get; }

    /// <summary>Side of the input tile, m + 2.</summary>
    static abstract int Inputs { get; }

    /// <summary>Bᵀ d B of the pixels d.</summary>
    static abstract void Input<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>;

    /// <summary>Aᵀ M A + bias, stored to or added to the pixels.</summary>
    static abstract void Output<V>(float* positions, nint stride, float** pixels, nint channel, V bias, bool add, float* work) where V : struct, ILanes<V>;

    /// <summary>A dY Aᵀ of the pixels dY of an output tile.</summary>
    static abstract void OutputGradient<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>;

    /// <summary>G g Gᵀ of a 3 x 3 filter whose taps lie <paramref name="tapStride"/> apart.</summary>
    static abstract void Filter<V>(float* taps, nint tapStride, float* positions, nint stride, float* work) where V : struct, ILanes<V>;

    /// <summary>Gᵀ M G, stored to or added to the taps.</summary>
    static abstract void FilterGradient<V>(float* positions, nint stride, float* taps, nint tapStride, bool add, float* work) where V : struct, ILanes<V>;
}
