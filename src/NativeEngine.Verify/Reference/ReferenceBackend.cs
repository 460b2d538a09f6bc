using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>
/// The backend that says what every op means: double precision, plain loops, no cleverness, one thread. Every other backend
/// is compared with it, and it with finite differences and PyTorch. Fresh memory is NaN and a freed buffer cannot be read,
/// so an op that relies on what it was not given fails.
/// </summary>
public sealed partial class ReferenceBackend : IBackend
{
    private readonly HashSet<ReferenceBuffer> _live = new(ReferenceEqualityComparer.Instance);
    private long _liveBytes, _peakBytes, _allocations;

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public DType FloatType => DType.Float64;

    /// <inheritdoc/>
    public MemoryReport Memory => new(_live.Count, _liveBytes, _peakBytes, _liveBytes, _allocations);

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes)
    {
        if (bytes > Array.MaxLength)
            throw new DeviceMemoryException($"reference: {bytes} bytes wanted, one buffer holds at most {Array.MaxLength}");
        var buffer = new ReferenceBuffer(bytes);
        _live.Add(buffer);
        _allocations++;
        _liveBytes += bytes;
        _peakBytes = Math.Max(_peakBytes, _liveBytes);
        return buffer;
    }

    /// <inheritdoc/>
    public void Free(DeviceBuffer buffer)
    {
        var own = (ReferenceBuffer)buffer;
        if (!_live.Remove(own))
            throw new InvalidOperationException("reference backend: a buffer was freed twice or belongs to another backend");
        own.Release();
        _liveBytes -= own.Bytes;
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every method computes before it returns.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _live)
            buffer.Release();
        _live.Clear();
        _liveBytes = 0;
    }

    /// <summary>The gradient to add to: zeroed first when it is to be overwritten.</summary>
    private static Grid Start(GradTarget target)
    {
        var grid = new Grid(target.Tensor!);
        if (!target.Accumulate)
        {
            foreach (var i in Grid.Indices(grid.Shape))
                grid[i] = 0;
        }

        return grid;
    }

    /// <summary><paramref name="wide"/> with every index put to 0 where <paramref name="narrow"/> has extent 1.</summary>
    private static int[] Project(int[] wide, Shape narrow)
    {
        var result = new int[wide.Length];
        for (int i = 0; i < wide.Length; i++)
            result[i] = narrow[i] == 1 ? 0 : wide[i];
        return result;
    }

    /// <summary>True when <paramref name="candidate"/> takes the place of <paramref name="best"/> as the maximum: larger, or the first NaN.</summary>
    private static bool Beats(double candidate, double best) => candidate > best || (double.IsNaN(candidate) && !double.IsNaN(best));
}
