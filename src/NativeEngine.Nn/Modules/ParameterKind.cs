namespace NativeEngine.Nn;

/// <summary>What a parameter does in its layer; decides whether weight decay applies to it.</summary>
public enum ParameterKind
{
    /// <summary>A matrix or filter bank.</summary>
    Weight,

    /// <summary>The additive term of a linear or convolution layer.</summary>
    Bias,

    /// <summary>Scale or shift of a normalisation layer.</summary>
    Norm,
}
