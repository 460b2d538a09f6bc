namespace NativeEngine.Core;

/// <summary>Sizes of <see cref="IBackend.ImageBatch"/>.</summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Stored height.</param>
/// <param name="W">Stored width.</param>
/// <param name="OutH">Batch height; output row h reads stored row h + down - (OutH - H)/2.</param>
/// <param name="OutW">Batch width, alike.</param>
/// <param name="Fill">Normalised value outside the image.</param>
public readonly record struct ImageBatchSizes(int N, int C, int H, int W, int OutH, int OutW, double Fill);
