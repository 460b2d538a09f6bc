using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Dnn;

/// <summary>A rank-4 tensor description; unusable until it is set.</summary>
internal sealed class DnnTensor
{
    public bool IsSet { get; private set; }

    public CudnnType Type { get; private set; }

    public (int N, int C, int H, int W) Dims { get; private set; }

    public (int N, int C, int H, int W) Strides { get; private set; }

    /// <summary>The packed order the strides spell, or null for any other strides.</summary>
    public CudnnFormat? Format { get; private set; }

    public long Count => (long)Dims.N * Dims.C * Dims.H * Dims.W;

    public void Set(CudnnType type, (int N, int C, int H, int W) dims, (int N, int C, int H, int W) strides)
    {
        if (!Enum.IsDefined(type))
            throw Bad($"data type {(int)type} is unknown");
        if (dims.N <= 0 || dims.C <= 0 || dims.H <= 0 || dims.W <= 0)
            throw Bad($"tensor [{dims.N}, {dims.C}, {dims.H}, {dims.W}]: every extent must be positive");
        (Type, Dims, Strides, IsSet) = (type, dims, strides, true);
        // The stride of an extent of 1 says nothing.
        Format = Matches(Packed(CudnnFormat.Nhwc, dims)) ? CudnnFormat.Nhwc : Matches(Packed(CudnnFormat.Nchw, dims)) ? CudnnFormat.Nchw : null;
    }

    public static (int N, int C, int H, int W) Packed(CudnnFormat format, (int N, int C, int H, int W) d) => format switch
    {
        CudnnFormat.Nhwc => (d.C * d.H * d.W, 1, d.W * d.C, d.C),
        CudnnFormat.Nchw => (d.C * d.H * d.W, d.H * d.W, d.W, 1),
        _ => throw Bad($"tensor format {(int)format} is unknown"),
    };

    /// <summary>True when the memory may be read as <paramref name="format"/>.</summary>
    public bool Is(CudnnFormat format) => Matches(Packed(format, Dims));

    private bool Matches((int N, int C, int H, int W) packed) =>
        (Dims.N == 1 || Strides.N == packed.N) && (Dims.C == 1 || Strides.C == packed.C) && (Dims.H == 1 || Strides.H == packed.H)
            && (Dims.W == 1 || Strides.W == packed.W);

    private static LibraryException Bad(string message) => new(LibraryError.InvalidValue, message);
}

/// <summary>A filter description [k, c, r, s].</summary>
internal sealed class DnnFilter
{
    public bool IsSet { get; private set; }

    public CudnnType Type { get; private set; }

    public CudnnFormat Format { get; private set; }

    public (int K, int C, int R, int S) Dims { get; private set; }

    public long Count => (long)Dims.K * Dims.C * Dims.R * Dims.S;

    public void Set(CudnnType type, CudnnFormat format, (int K, int C, int R, int S) dims)
    {
        if (!Enum.IsDefined(type) || !Enum.IsDefined(format))
            throw new LibraryException(LibraryError.InvalidValue, $"data type {(int)type} or format {(int)format} is unknown (filters take the type first)");
        if (dims.K <= 0 || dims.C <= 0 || dims.R <= 0 || dims.S <= 0)
            throw new LibraryException(LibraryError.InvalidValue, $"filter [{dims.K}, {dims.C}, {dims.R}, {dims.S}]: every extent must be positive");
        (Type, Format, Dims, IsSet) = (type, format, dims, true);
    }
}

/// <summary>A convolution description.</summary>
internal sealed class DnnConvolution
{
    public bool IsSet { get; private set; }

    public (int H, int W) Pad { get; private set; }

    public (int H, int W) Stride { get; private set; }

    public (int H, int W) Dilation { get; private set; }

    public CudnnConvolutionMode Mode { get; private set; }

    public CudnnType Compute { get; private set; }

    public CudnnMath Math { get; set; }

    public int Groups { get; set; } = 1;

    public void Set((int H, int W) pad, (int H, int W) stride, (int H, int W) dilation, CudnnConvolutionMode mode, CudnnType compute)
    {
        if (pad.H < 0 || pad.W < 0 || stride.H <= 0 || stride.W <= 0 || dilation.H <= 0 || dilation.W <= 0)
            throw new LibraryException(LibraryError.InvalidValue,
                $"padding {pad}, stride {stride}, dilation {dilation}: padding must not be negative, the others positive");
        if (!Enum.IsDefined(mode) || !Enum.IsDefined(compute))
            throw new LibraryException(LibraryError.InvalidValue, $"mode {(int)mode} or type {(int)compute} is unknown");
        (Pad, Stride, Dilation, Mode, Compute, IsSet) = (pad, stride, dilation, mode, compute, true);
    }
}

/// <summary>An activation description.</summary>
internal sealed class DnnActivation
{
    public bool IsSet { get; private set; }

    public CudnnActivation Mode { get; private set; }

    public void Set(CudnnActivation mode, int nanPropagation)
    {
        if (!Enum.IsDefined(mode) || nanPropagation is < 0 or > 1)
            throw new LibraryException(LibraryError.InvalidValue, $"activation {(int)mode} with NaN mode {nanPropagation} is unknown");
        (Mode, IsSet) = (mode, true);
    }
}

/// <summary>State of one cuDNN handle.</summary>
internal sealed class DnnHandle(Driver.SoftStream stream)
{
    public Driver.SoftStream Stream { get; set; } = stream;
}
