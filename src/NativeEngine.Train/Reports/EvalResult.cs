namespace NativeEngine.Train;

/// <summary>What an evaluation measured.</summary>
/// <param name="Loss">Mean cross-entropy, without label smoothing.</param>
/// <param name="Top1">Share of images whose class was the first guess, in percent.</param>
/// <param name="Top5">Share of images whose class was among the first five guesses, in percent.</param>
/// <param name="Images">Images evaluated.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record EvalResult(double Loss, double Top1, double Top5, int Images, double Seconds);
