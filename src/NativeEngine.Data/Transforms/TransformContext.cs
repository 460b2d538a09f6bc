namespace NativeEngine.Data;

/// <summary>What transforms may know.</summary>
/// <param name="Mean">Mean of each channel, in units of 0 … 1.</param>
/// <param name="Std">Standard deviation of each channel, in units of 0 … 1.</param>
/// <param name="Size">Height and width of the images that the model takes.</param>
public sealed record TransformContext(IReadOnlyList<float> Mean, IReadOnlyList<float> Std, (int Height, int Width) Size)
{
    /// <summary>The epoch, counted from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Epochs of the whole run; 0 where there is none.</summary>
    public int Epochs { get; init; }

    /// <summary>The mean colour as bytes, rounded, half to even.</summary>
    public IReadOnlyList<byte> MeanColour => field ??= [.. Mean.Select(m => (byte)Math.Clamp(Math.Round(255.0 * m), 0, 255))];
}
