using System.Text.Json.Serialization;

namespace NativeEngine.Train;

/// <summary>What an evaluation measured.</summary>
/// <param name="Loss">Mean cross-entropy, without label smoothing.</param>
/// <param name="Top1">Share of images whose class was the first guess, in percent.</param>
/// <param name="Top5">Share of images whose class was among the first five guesses, in percent.</param>
/// <param name="Images">Images evaluated.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record EvalResult(double Loss, double Top1, double Top5, int Images, double Seconds)
{
    /// <summary>Share of images whose nearest other image, by the embeddings, is of the same class, in percent; null where it was not asked for.</summary>
    public double? Recall1 { get; init; }

    /// <summary><see cref="Recall1"/> as it stands in a line of results, with a space in front; empty where there is none.</summary>
    [JsonIgnore]
    public string RecallText => Recall1 is { } recall ? FormattableString.Invariant($" recall@1 {recall:F2}") : "";
}
