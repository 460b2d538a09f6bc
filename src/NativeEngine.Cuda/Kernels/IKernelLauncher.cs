namespace NativeEngine.Cuda.Kernels;

/// <summary>Something that runs kernels: a stream of a GPU, the software GPU, or a recorder.</summary>
public interface IKernelLauncher
{
    /// <summary>Queues one launch. A grid without blocks is a launch that does nothing.</summary>
    /// <param name="kernel">The catalogue entry.</param>
    /// <param name="shape">Grid and block.</param>
    /// <param name="arguments">The kernel's arguments.</param>
    void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged;
}
