using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A batch on the device, of the current step.</summary>
/// <param name="Images">[N, C, H, W], normalised; [N, F] of a <see cref="FeatureDataset"/>.</param>
/// <param name="Targets">What its <see cref="TargetBatch"/> sent.</param>
/// <param name="Host">The targets on the host; they stay valid.</param>
public sealed record DeviceBatch(Tensor Images, IReadOnlyList<Tensor> Targets, TargetBatch Host);
