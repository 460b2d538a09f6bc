using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Dnn;

/// <summary>cuDNN's legacy convolution API of the software GPUs, one method per row of <see cref="CudnnApi"/>, with the vendor's checks.</summary>
internal static unsafe partial class SoftDnn
{
    private static readonly nint StatusText = Marshal.StringToCoTaskMemUTF8("CUDNN_STATUS (software GPU)");

    [UnmanagedCallersOnly]
    public static nuint GetVersion() => (nuint)Version;

    [UnmanagedCallersOnly]
    public static nuint GetCudartVersion() => 12040;

    [UnmanagedCallersOnly]
    public static byte* GetErrorString(int status) => (byte*)StatusText;

    [UnmanagedCallersOnly]
    public static void GetLastErrorString(byte* text, nuint bytes)
    {
        if (text is not null && bytes > 0)
            *text = 0;
    }

    [UnmanagedCallersOnly]
    public static int Create(nint* handle) => Run("cudnnCreate", context => *Required(handle) = context.Track(new DnnHandle(context.Legacy)));

    [UnmanagedCallersOnly]
    public static int Destroy(nint handle) => Run("cudnnDestroy", context =>
    {
        context.FinishAll();
        Handle(context, handle);
        context.Drop(handle);
    });

    [UnmanagedCallersOnly]
    public static int SetStream(nint handle, nint stream) => Run("cudnnSetStream", context => Handle(context, handle).Stream = context.Stream(stream));

    [UnmanagedCallersOnly]
    public static int CreateTensor(nint* desc) => Run("cudnnCreateTensorDescriptor", context => *Required(desc) = context.Track(new DnnTensor()));

    [UnmanagedCallersOnly]
    public static int SetTensor(nint desc, CudnnFormat format, CudnnType type, int n, int c, int h, int w) => Run("cudnnSetTensor4dDescriptor", context =>
        LibraryCall.Resolve<DnnTensor>(context, desc, "tensor descriptor").Set(type, (n, c, h, w), DnnTensor.Packed(format, (n, c, h, w))));

    [UnmanagedCallersOnly]
    public static int SetTensorStrided(nint desc, CudnnType type, int n, int c, int h, int w, int sn, int sc, int sh, int sw) =>
        Run("cudnnSetTensor4dDescriptorEx", context =>
        LibraryCall.Resolve<DnnTensor>(context, desc, "tensor descriptor").Set(type, (n, c, h, w), (sn, sc, sh, sw)));

    [UnmanagedCallersOnly]
    public static int DestroyTensor(nint desc) => Drop<DnnTensor>("cudnnDestroyTensorDescriptor", desc);

    [UnmanagedCallersOnly]
    public static int CreateFilter(nint* desc) => Run("cudnnCreateFilterDescriptor", context => *Required(desc) = context.Track(new DnnFilter()));

    [UnmanagedCallersOnly]
    public static int SetFilter(nint desc, CudnnType type, CudnnFormat format, int k, int c, int r, int s) => Run("cudnnSetFilter4dDescriptor", context =>
        LibraryCall.Resolve<DnnFilter>(context, desc, "filter descriptor").Set(type, format, (k, c, r, s)));

    [UnmanagedCallersOnly]
    public static int DestroyFilter(nint desc) => Drop<DnnFilter>("cudnnDestroyFilterDescriptor", desc);

    [UnmanagedCallersOnly]
    public static int CreateConvolution(nint* desc) =>
        Run("cudnnCreateConvolutionDescriptor", context => *Required(desc) = context.Track(new DnnConvolution()));

    [UnmanagedCallersOnly]
    public static int SetConvolution(nint desc, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW, CudnnConvolutionMode mode,
        CudnnType compute) =>
        Run("cudnnSetConvolution2dDescriptor",
            context => Convolution(context, desc).Set((padH, padW), (strideH, strideW), (dilationH, dilationW), mode, compute));

    [UnmanagedCallersOnly]
    public static int SetMathType(nint desc, CudnnMath math) => Run("cudnnSetConvolutionMathType", context =>
        Convolution(context, desc).Math = Enum.IsDefined(math) ? math
            : throw new LibraryException(LibraryError.InvalidValue, $"math type {(int)math} is unknown"));

    [UnmanagedCallersOnly]
    public static int SetGroupCount(nint desc, int groups) => Run("cudnnSetConvolutionGroupCount", context =>
        Convolution(context, desc).Groups = groups > 0 ? groups : throw new LibraryException(LibraryError.InvalidValue, $"{groups} groups"));

    [UnmanagedCallersOnly]
    public static int GetOutputDim(nint conv, nint x, nint w, int* n, int* c, int* h, int* width) => Run("cudnnGetConvolution2dForwardOutputDim", context =>
    {
        var (d, input, filter) = (Convolution(context, conv), Tensor(context, x), Filter(context, w));
        if (!d.IsSet || !input.IsSet || !filter.IsSet)
            throw new LibraryException(LibraryError.InvalidValue, "a descriptor was created but never set");
        try
        {
            var sizes = ConvSizes.Create([input.Dims.N, input.Dims.C, input.Dims.H, input.Dims.W],
                [filter.Dims.K, filter.Dims.C, filter.Dims.R, filter.Dims.S], d.Stride, d.Pad, d.Dilation, d.Groups);
            (*Required(n), *Required(c), *Required(h), *Required(width)) = (sizes.N, sizes.K, sizes.P, sizes.Q);
        }
        catch (ShapeException e)
        {
            throw new LibraryException(LibraryError.InvalidValue, e.Message);
        }
    });

    [UnmanagedCallersOnly]
    public static int DestroyConvolution(nint desc) => Drop<DnnConvolution>("cudnnDestroyConvolutionDescriptor", desc);

    [UnmanagedCallersOnly]
    public static int CreateActivation(nint* desc) => Run("cudnnCreateActivationDescriptor", context => *Required(desc) = context.Track(new DnnActivation()));

    [UnmanagedCallersOnly]
    public static int SetActivation(nint desc, CudnnActivation mode, int nanPropagation, double coefficient) => Run("cudnnSetActivationDescriptor", context =>
        LibraryCall.Resolve<DnnActivation>(context, desc, "activation descriptor").Set(mode, nanPropagation));

    [UnmanagedCallersOnly]
    public static int DestroyActivation(nint desc) => Drop<DnnActivation>("cudnnDestroyActivationDescriptor", desc);

    // One process has one cuDNN: the version asked for by the thread's GPU, or the newest plugged one before a context is current.
    private static int Version => (DriverCall.Current?.Gpu ?? SoftDevices.Find(SoftDevices.Count - 1))?.Options.CudnnVersion
        ?? new SoftGpuOptions().CudnnVersion;

    private static DnnHandle Handle(SoftContext context, nint handle) => LibraryCall.Resolve<DnnHandle>(context, handle, "cuDNN handle");

    private static DnnTensor Tensor(SoftContext context, nint desc) => LibraryCall.Resolve<DnnTensor>(context, desc, "tensor descriptor");

    private static DnnFilter Filter(SoftContext context, nint desc) => LibraryCall.Resolve<DnnFilter>(context, desc, "filter descriptor");

    private static DnnConvolution Convolution(SoftContext context, nint desc) => LibraryCall.Resolve<DnnConvolution>(context, desc, "convolution descriptor");

    private static T* Required<T>(T* pointer)
        where T : unmanaged => pointer is null ? throw new LibraryException(LibraryError.InvalidValue, "a null pointer") : pointer;

    private static int Drop<T>(string call, nint handle) where T : class => Run(call, context =>
    {
        LibraryCall.Resolve<T>(context, handle, "descriptor");
        context.Drop(handle);
    });

    private static int Run(string call, Action<SoftContext> body)
    {
        var outcome = LibraryCall.Run(call, body);
        if (outcome.Error is not { } error)
            return outcome.PlannedStatus;
        var category = error switch
        {
            LibraryError.NotInitialized => CudnnCategory.NotInitialized,
            LibraryError.InvalidValue => CudnnCategory.BadParam,
            LibraryError.NotSupported => CudnnCategory.NotSupported,
            LibraryError.AllocFailed => CudnnCategory.AllocFailed,
            LibraryError.ExecutionFailed => CudnnCategory.ExecutionFailed,
            _ => CudnnCategory.InternalError,
        };
        return CudnnStatus.Encode(category, (nuint)Version);
    }
}
