using System.Runtime.InteropServices;

namespace NativeEngine.Core;

/// <summary>
/// A view of device memory with a logical <see cref="Shape"/>, element strides and, when gradients are wanted, its place in
/// the recorded graph. Users never dispose tensors: see <see cref="StepScope"/>.
/// </summary>
public sealed partial class Tensor
{
    private readonly long[] _strides;

    internal Tensor(Storage storage, DType dtype, Shape shape, long[] strides, long offset)
    {
        Storage = storage;
        DType = dtype;
        Shape = shape;
        _strides = strides;
        Offset = offset;
        IsDense = AreDense(shape, strides);
    }

    internal Storage Storage { get; }

    /// <summary>The engine that made this tensor.</summary>
    public Engine Engine => Storage.Engine;

    /// <summary>The device memory; throws when it was freed.</summary>
    public DeviceBuffer Buffer => Storage.Buffer;

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Logical extents.</summary>
    public Shape Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Distance in elements between neighbours along each dimension; 0 where a view repeats.</summary>
    public ReadOnlySpan<long> Strides => _strides;

    /// <summary>Index of the first element in the buffer.</summary>
    public long Offset { get; }

    /// <summary>True when the elements lie without gaps in the engine's memory order (<see cref="Core.Shape.DenseStrides"/>).</summary>
    public bool IsDense { get; }

    /// <summary>True once the memory was returned to the pool.</summary>
    public bool IsFreed => Storage.IsFreed;

    /// <summary>How often the memory was changed in place.</summary>
    public int Version => Storage.Version;

    /// <summary>Makes the tensor outlive its step; returns it.</summary>
    public Tensor Keep()
    {
        Storage.Keep();
        return this;
    }

    /// <summary>Notes a change in place, so that backward can refuse stale values.</summary>
    public void MarkChanged() => Storage.Version++;

    /// <summary>True when <paramref name="other"/> is a view of the same memory; false for null.</summary>
    public bool SharesMemory(Tensor? other) => other is not null && other.Storage == Storage;

    /// <summary>A view on the same memory with other extents and strides; not recorded.</summary>
    internal Tensor View(Shape shape, long[] strides, long offset) => new(Storage, DType, shape, strides, offset);

    /// <summary>
    /// The same memory as a view of <paramref name="shape"/>: where an extent is 1 (or missing in front) it repeats with
    /// stride 0. Not recorded; backends get broadcast operands this way.
    /// </summary>
    internal Tensor ExpandView(string op, Shape shape)
    {
        if (Shape == shape)
            return this;
        var strides = new long[shape.Rank];
        int lead = shape.Rank - Shape.Rank;
        if (lead < 0)
            throw new ShapeException(op, $"{Shape} cannot be expanded to {shape}");
        for (int i = 0; i < Shape.Rank; i++)
        {
            if (Shape[i] != shape[lead + i] && Shape[i] != 1)
                throw new ShapeException(op, $"{Shape} cannot be expanded to {shape}: extent {Shape[i]} is neither {shape[lead + i]} nor 1");
            strides[lead + i] = Shape[i] == shape[lead + i] ? _strides[i] : 0;
        }

        return View(shape, strides, Offset);
    }

    /// <summary>
    /// A copy of the elements on the host in logical row-major order ([N, C, H, W] order for images), converted to <typeparamref name="T"/>.
    /// Waits for the device.
    /// </summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        var dense = IsDense ? this : Engine.DenseCopy(this);
        if (HostConvert.Holds<T>(DType))
        {
            var values = new T[Count];
            Engine.Backend.Download(dense, MemoryMarshal.AsBytes(values.AsSpan()));
            return HostConvert.ToRowMajor(values, Shape);
        }

        var bytes = new byte[Count * DType.Size()];
        Engine.Backend.Download(dense, bytes);
        return HostConvert.ToRowMajor(HostConvert.FromBytes<T>(bytes, DType), Shape);
    }

    /// <summary>
    /// Queues a copy of the elements as they are now to the host and returns at once; the tensor may be freed or changed by what is queued afterwards.
    /// </summary>
    public PendingValues BeginRead()
    {
        var dense = IsDense ? this : Engine.DenseCopy(this);
        return new PendingValues(Engine.Backend.BeginDownload(dense), DType, Shape);
    }

    /// <summary>The value of a tensor with one element. Waits for the device.</summary>
    public double Item() => Count == 1
        ? ToArray<double>()[0]
        : throw new ShapeException("item", $"tensor {Shape} has {Count} elements, expected 1");

    /// <summary>Overwrites the elements with host values given in logical row-major order. A change in place.</summary>
    public void CopyFrom<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        if (values.Length != Count)
            throw new ShapeException("copy_from", $"tensor {Shape} has {Count} elements, got {values.Length} values");
        if (!IsDense)
            throw new ShapeException("copy_from", $"tensor {Shape} is a strided view; only a dense tensor can be filled from the host");
        MarkChanged();
        var physical = HostConvert.ToDense(values, Shape);
        Engine.Backend.Upload(this, HostConvert.ToBytes(physical, DType));
    }

    /// <summary>
    /// Overwrites the run of elements that starts at row-major position <paramref name="first"/>, so that a tensor can be filled
    /// without a second copy of it on the host. Not for image tensors, whose memory is not row-major. A change in place.
    /// </summary>
    public void CopyFrom<T>(ReadOnlySpan<T> values, long first) where T : unmanaged
    {
        if (!IsDense || !Shape.IsRowMajor)
            throw new ShapeException("copy_from", $"tensor {Shape} does not lie in row-major order; it can only be filled as a whole");
        if (first < 0 || first + values.Length > Count)
            throw new ShapeException("copy_from", $"tensor {Shape} has {Count} elements, got {values.Length} values from position {first}");
        MarkChanged();
        Engine.Backend.Upload(View([values.Length], [1], Offset + first), HostConvert.ToBytes(values, DType));
    }

    /// <summary>True when <see cref="CopyFrom{T}(ReadOnlySpan{T}, long)"/> can fill parts of it.</summary>
    public bool IsRowMajor => IsDense && Shape.IsRowMajor;

    /// <summary>Short description: type, shape and device.</summary>
    public override string ToString() => $"{DType} {Shape} on {Engine.Backend.Name}{(IsFreed ? " (freed)" : "")}";

    private static bool AreDense(Shape shape, long[] strides)
    {
        if (shape.Count == 0)
            return true;
        var dense = shape.DenseStrides();
        for (int i = 0; i < strides.Length; i++)
        {
            if (shape[i] != 1 && strides[i] != dense[i])
                return false;
        }

        return true;
    }
}
