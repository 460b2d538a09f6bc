using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/memory.cu</c>. Names with b8, b32, b64 move bits of that width, whatever they mean.</summary>
public static class MemoryKernels
{
    private const string Family = "memory";

    /// <summary>y[walk.A(i)] = value, for element type <typeparamref name="T"/> given as <typeparamref name="TValue"/>.</summary>
    public readonly record struct FillStrided<T, TValue>(InOut<T> Y, KernelWalk Walk, long N, TValue Value) where T : unmanaged where TValue : unmanaged;

    /// <summary>y[walk.B(i)] = x[walk.A(i)].</summary>
    public readonly record struct CopyStrided<T>(In<T> X, InOut<T> Y, KernelWalk Walk, long N) where T : unmanaged;

    /// <summary>y[walk.B(i)] (+)= scale·x[walk.A(i)].</summary>
    public readonly record struct ScaleStridedArguments(In<float> X, InOut<float> Y, KernelWalk Walk, long N, float Scale, int Accumulate);

    /// <summary>y[i] (+)= scale·x[i], both dense.</summary>
    public readonly record struct ScaleArguments(In<float> X, InOut<float> Y, long N, float Scale, int Accumulate);

    /// <summary>y[i] = (To)x[i].</summary>
    public readonly record struct CastArguments<TFrom, TTo>(In<TFrom> X, Out<TTo> Y, long N) where TFrom : unmanaged where TTo : unmanaged;

    /// <summary>y[i, :] = x[index[i], :]; x [rows, width], y [n, width].</summary>
    public readonly record struct GatherRows<T>(In<T> X, In<int> Index, Out<T> Y, long Rows, long N, long Width) where T : unmanaged;

    /// <summary>dx[index[i], :] += dy[i, :] in the order of i. Launch with one block per i.</summary>
    public readonly record struct GatherRowsBackwardArguments(In<int> Index, In<float> Dy, InOut<float> Dx, long Rows, long N, long Width);

    /// <summary>The image batch; see <see cref="IBackend.ImageBatch"/>.</summary>
    public readonly record struct ImageBatchArguments(In<byte> Pixels, In<int> Place, In<float> Mean, In<float> Std, Out<float> Y, ImageBatchShape S);

    /// <summary>Fills bytes.</summary>
    public static Kernel<FillStrided<byte, int>> FillStrided8 { get; } = new(Family, "fill_strided_b8");

    /// <summary>Fills 32-bit elements.</summary>
    public static Kernel<FillStrided<uint, uint>> FillStrided32 { get; } = new(Family, "fill_strided_b32");

    /// <summary>Fills 64-bit elements.</summary>
    public static Kernel<FillStrided<long, long>> FillStrided64 { get; } = new(Family, "fill_strided_b64");

    /// <summary>Copies bytes.</summary>
    public static Kernel<CopyStrided<byte>> CopyStrided8 { get; } = new(Family, "copy_strided_b8");

    /// <summary>Copies 32-bit elements.</summary>
    public static Kernel<CopyStrided<uint>> CopyStrided32 { get; } = new(Family, "copy_strided_b32");

    /// <summary>Copies 64-bit elements.</summary>
    public static Kernel<CopyStrided<long>> CopyStrided64 { get; } = new(Family, "copy_strided_b64");

    /// <summary>Scaled copy or addition with any strides.</summary>
    public static Kernel<ScaleStridedArguments> ScaleStrided { get; } = new(Family, "scale_strided_f32");

    /// <summary>Scaled copy or addition of dense data.</summary>
    public static Kernel<ScaleArguments> Scale { get; } = new(Family, "scale_f32");

    /// <summary>float to int32, toward zero.</summary>
    public static Kernel<CastArguments<float, int>> CastFloatToInt32 { get; } = new(Family, "cast_f32_s32");

    /// <summary>float to int64, toward zero.</summary>
    public static Kernel<CastArguments<float, long>> CastFloatToInt64 { get; } = new(Family, "cast_f32_s64");

    /// <summary>float to byte, toward zero.</summary>
    public static Kernel<CastArguments<float, byte>> CastFloatToByte { get; } = new(Family, "cast_f32_u8");

    /// <summary>int32 to float.</summary>
    public static Kernel<CastArguments<int, float>> CastInt32ToFloat { get; } = new(Family, "cast_s32_f32");

    /// <summary>int32 to int64.</summary>
    public static Kernel<CastArguments<int, long>> CastInt32ToInt64 { get; } = new(Family, "cast_s32_s64");

    /// <summary>int32 to byte.</summary>
    public static Kernel<CastArguments<int, byte>> CastInt32ToByte { get; } = new(Family, "cast_s32_u8");

    /// <summary>int64 to float.</summary>
    public static Kernel<CastArguments<long, float>> CastInt64ToFloat { get; } = new(Family, "cast_s64_f32");

    /// <summary>int64 to int32.</summary>
    public static Kernel<CastArguments<long, int>> CastInt64ToInt32 { get; } = new(Family, "cast_s64_s32");

    /// <summary>int64 to byte.</summary>
    public static Kernel<CastArguments<long, byte>> CastInt64ToByte { get; } = new(Family, "cast_s64_u8");

    /// <summary>byte to float.</summary>
    public static Kernel<CastArguments<byte, float>> CastByteToFloat { get; } = new(Family, "cast_u8_f32");

    /// <summary>byte to int32.</summary>
    public static Kernel<CastArguments<byte, int>> CastByteToInt32 { get; } = new(Family, "cast_u8_s32");

    /// <summary>byte to int64.</summary>
    public static Kernel<CastArguments<byte, long>> CastByteToInt64 { get; } = new(Family, "cast_u8_s64");

    /// <summary>Gathers rows of bytes.</summary>
    public static Kernel<GatherRows<byte>> GatherRows8 { get; } = new(Family, "gather_rows_fwd_b8");

    /// <summary>Gathers rows of 32-bit elements.</summary>
    public static Kernel<GatherRows<uint>> GatherRows32 { get; } = new(Family, "gather_rows_fwd_b32");

    /// <summary>Gathers rows of 64-bit elements.</summary>
    public static Kernel<GatherRows<long>> GatherRows64 { get; } = new(Family, "gather_rows_fwd_b64");

    /// <summary>Adds gradients to gathered rows.</summary>
    public static Kernel<GatherRowsBackwardArguments> GatherRowsBackward { get; } = new(Family, "gather_rows_bwd_f32", 1024);

    /// <summary>Pixels to a normalised batch.</summary>
    public static Kernel<ImageBatchArguments> ImageBatch { get; } = new(Family, "image_batch_u8");

    internal static IEnumerable<Kernel> All =>
    [
        FillStrided8, FillStrided32, FillStrided64, CopyStrided8, CopyStrided32, CopyStrided64, ScaleStrided, Scale,
        CastFloatToInt32, CastFloatToInt64, CastFloatToByte, CastInt32ToFloat, CastInt32ToInt64, CastInt32ToByte,
        CastInt64ToFloat, CastInt64ToInt32, CastInt64ToByte, CastByteToFloat, CastByteToInt32, CastByteToInt64,
        GatherRows8, GatherRows32, GatherRows64, GatherRowsBackward, ImageBatch,
    ];
}
