namespace NativeEngine.Train;

/// <summary>What one forward and backward pass measured.</summary>
/// <param name="Loss">Mean loss of the batch.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="Images">Images in the batch.</param>
internal readonly record struct BatchResult(double Loss, int Correct, int Images);
