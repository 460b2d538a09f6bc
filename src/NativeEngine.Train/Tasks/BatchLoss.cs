using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>The loss of a batch and what is followed of it.</summary>
/// <param name="Loss">One value, recorded for backward: the mean over the batch's images.</param>
/// <param name="Sums">Gives sums over the batch's images under their names; called later, and may wait for the device.</param>
public sealed record BatchLoss(Tensor Loss, IReadOnlyList<(string Name, Func<double[]> Take)> Sums);
