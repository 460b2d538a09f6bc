namespace NativeEngine.Cpu.Norm;

/// <summary>Where the moments of the columns of a result go: μ and Σ(y - μ)²; or nowhere.</summary>
internal readonly unsafe struct MomentTarget(float* mean, float* squares)
{
    public float* Mean => mean;

    public float* Squares => squares;

    public bool IsWanted => mean != null;

    /// <summary>Two rows of <paramref name="columns"/>, or nowhere for null.</summary>
    public static MomentTarget Of(float* moments, int columns) => moments == null ? default : new(moments, moments + columns);

    /// <summary>The columns from <paramref name="column"/> on.</summary>
    public MomentTarget From(int column) => IsWanted ? new(mean + column, squares + column) : default;
}
