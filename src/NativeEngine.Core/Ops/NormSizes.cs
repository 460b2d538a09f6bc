namespace NativeEngine.Core;

/// <summary>Batch norm over Pixels = N·H·W values per channel; x lies [Pixels, C] in memory (rank 2 or channels-last rank 4).</summary>
/// <param name="Pixels">Values per channel.</param>
/// <param name="C">Channels.</param>
/// <param name="Eps">Added to the variance.</param>
/// <param name="Momentum">Weight of the batch in the running statistics.</param>
/// <param name="Training">Batch statistics (and running ones updated) or running statistics.</param>
/// <param name="Relu">The result passes through max(·, 0).</param>
public readonly record struct BatchNormSizes(int Pixels, int C, double Eps, double Momentum, bool Training, bool Relu);

/// <summary>Layer norm of Rows rows of Columns values.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Values per row.</param>
/// <param name="Eps">Added to the variance.</param>
public readonly record struct LayerNormSizes(int Rows, int Columns, double Eps);

/// <summary>Group norm of N images with HW pixels and C channels in Groups groups.</summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels.</param>
/// <param name="Pixels">H·W.</param>
/// <param name="Groups">Groups of neighbouring channels; a divisor of C.</param>
/// <param name="Eps">Added to the variance.</param>
public readonly record struct GroupNormSizes(int N, int C, int Pixels, int Groups, double Eps);

/// <summary>Softmax along the middle of [Outer, Length, Inner] in memory order.</summary>
/// <param name="Outer">Product of the extents before the axis.</param>
/// <param name="Length">Extent of the axis.</param>
/// <param name="Inner">Product of the extents after the axis.</param>
/// <param name="Log">The logarithm of softmax.</param>
public readonly record struct SoftmaxSizes(int Outer, int Length, int Inner, bool Log);
