using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    private (int Images, long HeldBefore) _lastBatch;

    /// <inheritdoc/>
    public MemoryReport Memory => _pool.Report;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes)
    {
        MakeCurrent();
        return _pool.Rent(bytes);
    }

    /// <inheritdoc/>
    public DeviceBuffer AllocatePersistent(long bytes)
    {
        MakeCurrent();
        return _pool.RentApart(bytes);
    }

    /// <inheritdoc/>
    public void EndStep()
    {
        if (Api.cuCtxSetCurrent(_context) == Native.CuResult.Success) // a step that failed ends here too, and its error is the one to see
            _pool.EndStep();
    }

    /// <inheritdoc/>
    public void Free(DeviceBuffer buffer)
    {
        if (_disposed)
            return;
        MakeCurrent();
        _pool.Return((CudaBuffer)buffer);
    }

    /// <inheritdoc/>
    public void Upload(Tensor y, ReadOnlySpan<byte> source)
    {
        MakeCurrent();
        _staging.Upload(Address(y), source);
    }

    /// <inheritdoc/>
    public void Download(Tensor x, Span<byte> target)
    {
        MakeCurrent();
        BreakCapture("the step reads a value back to the host");
        _staging.Download(Address(x), target);
    }

    /// <inheritdoc/>
    public IReadback BeginDownload(Tensor x)
    {
        MakeCurrent();
        return _readbacks.Begin(Address(x), checked((int)(x.Count * x.DType.Size())));
    }

    /// <inheritdoc/>
    public bool RunsBehind => true;

    /// <inheritdoc/>
    public void Fill(Tensor y, double value)
    {
        if (y.Count == 0)
            return;
        MakeCurrent();
        switch (y.DType)
        {
            case DType.Float32:
                Fill32(y, BitConverter.SingleToUInt32Bits((float)value));
                break;
            case DType.Int32:
                Fill32(y, (uint)(int)value);
                break;
            case DType.UInt8:
                if (y.IsDense)
                    _driver.Check(Api.cuMemsetD8Async(Address(y), (byte)value, (nuint)y.Count, _stream), "cuMemsetD8Async");
                else
                    Launch(MemoryKernels.FillStrided8, LaunchShape.Elements(y.Count), new(Address(y), WalkOver(y, y), y.Count, (byte)value));
                break;
            case DType.Int64:
                Launch(MemoryKernels.FillStrided64, LaunchShape.Elements(y.Count), new(Address(y), WalkOver(y, y), y.Count, (long)value));
                break;
            default:
                throw Unsupported("fill", y.DType);
        }
    }

    /// <inheritdoc/>
    public void Cast(Tensor x, Tensor y)
    {
        if (x.DType == y.DType)
        {
            Copy(x, y, GradMode.Overwrite);
            return;
        }
        switch (x.DType, y.DType)
        {
            case (DType.Float32, DType.Int32):
                Cast(MemoryKernels.CastFloatToInt32, x, y);
                break;
            case (DType.Float32, DType.Int64):
                Cast(MemoryKernels.CastFloatToInt64, x, y);
                break;
            case (DType.Float32, DType.UInt8):
                Cast(MemoryKernels.CastFloatToByte, x, y);
                break;
            case (DType.Int32, DType.Float32):
                Cast(MemoryKernels.CastInt32ToFloat, x, y);
                break;
            case (DType.Int32, DType.Int64):
                Cast(MemoryKernels.CastInt32ToInt64, x, y);
                break;
            case (DType.Int32, DType.UInt8):
                Cast(MemoryKernels.CastInt32ToByte, x, y);
                break;
            case (DType.Int64, DType.Float32):
                Cast(MemoryKernels.CastInt64ToFloat, x, y);
                break;
            case (DType.Int64, DType.Int32):
                Cast(MemoryKernels.CastInt64ToInt32, x, y);
                break;
            case (DType.Int64, DType.UInt8):
                Cast(MemoryKernels.CastInt64ToByte, x, y);
                break;
            case (DType.UInt8, DType.Float32):
                Cast(MemoryKernels.CastByteToFloat, x, y);
                break;
            case (DType.UInt8, DType.Int32):
                Cast(MemoryKernels.CastByteToInt32, x, y);
                break;
            case (DType.UInt8, DType.Int64):
                Cast(MemoryKernels.CastByteToInt64, x, y);
                break;
            default:
                throw Unsupported("cast", x.DType == DType.Float64 ? x.DType : y.DType);
        }
    }

    /// <inheritdoc/>
    public void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1)
    {
        if (y.Count == 0)
            return;
        MakeCurrent();
        bool plain = mode == GradMode.Overwrite && scale == 1, dense = x.IsDense && y.IsDense;
        if (plain && dense)
        {
            _driver.Check(Api.cuMemcpyDtoDAsync(Address(y), Address(x), (nuint)(y.Count * y.DType.Size()), _stream), "cuMemcpyDtoDAsync");
            return;
        }
        if (!plain)
        {
            if (y.DType != DType.Float32)
                throw Unsupported("scaled copy", y.DType);
            int accumulate = mode == GradMode.Accumulate ? 1 : 0;
            if (dense)
                Launch(MemoryKernels.Scale, LaunchShape.Elements(y.Count, 4), new(Address(x), Address(y), y.Count, (float)scale, accumulate));
            else
                Launch(MemoryKernels.ScaleStrided, LaunchShape.Elements(y.Count),
                    new(Address(x), Address(y), WalkOver(y, x, y), y.Count, (float)scale, accumulate));
            return;
        }
        switch (y.DType.Size())
        {
            case 1:
                Launch(MemoryKernels.CopyStrided8, LaunchShape.Elements(y.Count), new(Address(x), Address(y), WalkOver(y, x, y), y.Count));
                break;
            case 4:
                Launch(MemoryKernels.CopyStrided32, LaunchShape.Elements(y.Count), new(Address(x), Address(y), WalkOver(y, x, y), y.Count));
                break;
            default:
                Launch(MemoryKernels.CopyStrided64, LaunchShape.Elements(y.Count), new(Address(x), Address(y), WalkOver(y, x, y), y.Count));
                break;
        }
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor x, Tensor index, Tensor y)
    {
        if (y.Count == 0)
            return;
        long rows = x.Shape[0], n = index.Count, width = y.Count / n;
        var shape = LaunchShape.Elements(y.Count);
        switch (y.DType.Size())
        {
            case 1:
                Launch(MemoryKernels.GatherRows8, shape, new(Address(x), Address(index), Address(y), rows, n, width));
                break;
            case 4:
                Launch(MemoryKernels.GatherRows32, shape, new(Address(x), Address(index), Address(y), rows, n, width));
                break;
            default:
                Launch(MemoryKernels.GatherRows64, shape, new(Address(x), Address(index), Address(y), rows, n, width));
                break;
        }
    }

    /// <inheritdoc/>
    public void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        var target = dx.Tensor!;
        if (!dx.Accumulate)
            Fill(target, 0);
        if (dy.Count == 0)
            return;
        Launch(MemoryKernels.GatherRowsBackward, LaunchShape.Rows(index.Count, Kernel.MaxBlock),
            new(Address(index), Address(dy), Address(target), target.Shape[0], index.Count, dy.Count / index.Count));
    }

    /// <inheritdoc/>
    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y)
    {
        _lastBatch = (s.N, _pool.LiveBytes);
        Launch(MemoryKernels.ImageBatch, LaunchShape.Elements(y.Count), new(Address(pixels), Address(place), Address(mean), Address(std), Address(y), s));
    }

    private void Fill32(Tensor y, uint bits)
    {
        if (y.IsDense)
            _driver.Check(Api.cuMemsetD32Async(Address(y), bits, (nuint)y.Count, _stream), "cuMemsetD32Async");
        else
            Launch(MemoryKernels.FillStrided32, LaunchShape.Elements(y.Count), new(Address(y), WalkOver(y, y), y.Count, bits));
    }

    private void Cast<TFrom, TTo>(Kernel<MemoryKernels.CastArguments<TFrom, TTo>> kernel, Tensor x, Tensor y) where TFrom : unmanaged where TTo : unmanaged =>
        Launch(kernel, LaunchShape.Elements(y.Count), new(Address(x), Address(y), y.Count));

    private DeviceException Unsupported(string op, DType type) => new($"device {Name}: {op} of {type} tensors is not supported; use float32.");

    /// <summary>
    /// What an out-of-memory error adds: how large a batch would fit, if what the step holds grows with the batch. Only known when the
    /// batch was made on the device; an upper bound, because the step was not finished.
    /// </summary>
    private string AdviseBatch(long asked)
    {
        var (images, before) = _lastBatch;
        long room = DeviceInfo.MemoryBytes - before, needed = _pool.LiveBytes - before + asked;
        if (images <= 1 || needed <= 0 || room <= 0)
            return " Use a smaller batch or a smaller model.";
        return $" With a batch of {images} this step needs more; a batch of at most {Math.Clamp((long)((double)images * room / needed), 1, images - 1)} "
            + "would fit.";
    }

    /// <summary>Dimensions of a shape, outermost in memory first.</summary>
    private static ReadOnlySpan<int> MemoryOrder(int rank) => rank == 4 ? [0, 2, 3, 1] : [0, 1, 2, 3, 4, 5];

    /// <summary>A walk over <paramref name="like"/>'s extents in its memory order.</summary>
    private static KernelWalk WalkOver(Tensor like, Tensor a, Tensor? b = null, Tensor? c = null)
    {
        int rank = like.Shape.Rank;
        Span<int> extents = stackalloc int[rank];
        Span<long> sa = stackalloc long[rank], sb = stackalloc long[rank], sc = stackalloc long[rank];
        var order = MemoryOrder(rank);
        for (int i = 0; i < rank; i++)
        {
            int axis = order[i];
            extents[i] = like.Shape[axis];
            sa[i] = a.Strides[axis];
            sb[i] = b?.Strides[axis] ?? 0;
            sc[i] = c?.Strides[axis] ?? 0;
        }
        return KernelWalk.Create(extents, sa, sb, sc);
    }
}
