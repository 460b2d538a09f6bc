using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The bytes of a batch on the device, not yet images.</summary>
/// <param name="Pixels">UInt8 [N, C, H, W]; of a <see cref="FeatureDataset"/> its features [N, F]</param>
/// <param name="Places">Int32 [N, 3]: shift down, shift right, flip.</param>
/// <param name="Targets">What its <see cref="TargetBatch"/> sent.</param>
/// <param name="Host">The targets on the host; they stay valid.</param>
public sealed record SentBatch(Tensor Pixels, Tensor Places, IReadOnlyList<Tensor> Targets, TargetBatch Host);
