namespace NativeEngine.Train;

/// <summary>What <see cref="TrainOptions.ClipGrad"/> limits.</summary>
public enum ClipMode
{
    /// <summary>The norm of all gradients together.</summary>
    Norm,

    /// <summary>Each gradient.</summary>
    Value,

    /// <summary>The ratio of gradient to weight norm, per output unit (Brock et al. 2021).</summary>
    Agc,
}
