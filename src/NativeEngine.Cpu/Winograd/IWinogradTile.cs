using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// Winograd's minimal filtering (Lavin and Gray, 2015, arXiv:1509.09308) along one dimension, for one line of pixels and one vector of
/// channels: y = Aᵀ[(G g) ⊙ (Bᵀ d)]. <see cref="TileTransform{TTile}"/> applies it to the rows and then the columns of a tile.
/// </summary>
internal interface IWinogradTile
{
    /// <summary>Input pixels that a line reads.</summary>
    static abstract int Window { get; }

    /// <summary>Input pixels from one tile to the next.</summary>
    static abstract int Step { get; }

    /// <summary>Output pixels that a line gives.</summary>
    static abstract int Outputs { get; }

    /// <summary>Products along a line.</summary>
    static abstract int Positions { get; }

    /// <summary>Different transformed filter values along a line: position i multiplies with value min(i, Filters - 1).</summary>
    static abstract int Filters { get; }

    /// <summary>Bᵀ d: Window pixels to Positions values.</summary>
    static abstract void Input<V, TSource, TTarget>(TSource d, TTarget v)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>;

    /// <summary>Aᵀ m: Positions products to Outputs pixels.</summary>
    static abstract void Output<V, TSource, TTarget>(TSource m, TTarget y)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>;

    /// <summary>G g: 3 taps to Filters values.</summary>
    static abstract void Filter<V, TSource, TTarget>(TSource g, TTarget u)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>;
}

/// <summary>A tile that computes filter gradients too: dg = Gᵀ[(Bᵀ d) ⊙ (A dy)], summed over the positions that share a filter value.</summary>
internal interface IWinogradGradientTile : IWinogradTile
{
    /// <summary>A dy: Outputs pixels to Positions values.</summary>
    static abstract void OutputGradient<V, TSource, TTarget>(TSource dy, TTarget m)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>;

    /// <summary>Gᵀ u: Filters values to 3 taps.</summary>
    static abstract void FilterGradient<V, TSource, TTarget>(TSource u, TTarget g)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>;
}
