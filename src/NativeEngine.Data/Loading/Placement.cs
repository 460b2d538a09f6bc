namespace NativeEngine.Data;

/// <summary>How one image enters a batch, see <see cref="Core.IBackend.ImageBatch"/>.</summary>
/// <param name="Down">Rows the source window moves down.</param>
/// <param name="Right">Columns the source window moves right.</param>
/// <param name="Flip">Mirrored left to right.</param>
public readonly record struct Placement(int Down, int Right, bool Flip);
