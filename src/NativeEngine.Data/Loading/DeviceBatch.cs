using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A batch on the device, of the current step.</summary>
/// <param name="Images">[N, C, H, W], normalised; [N, F] of a <see cref="FeatureDataset"/>.</param>
/// <param name="Labels">Int32 [N]</param>
public sealed record DeviceBatch(Tensor Images, Tensor Labels);
