using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

// Library algorithms one by one: for checks of whether they are right on this machine, and for leaving out those that are not.
public sealed unsafe partial class CudaBackend
{
    /// <summary>Everything that decides whether a library's algorithm computes rightly: GPU, driver, libraries and rounding.</summary>
    public string LibraryIdentity
    {
        get
        {
            int driver = 0;
            _ = Api.cuDriverGetVersion(&driver);
            string dnn = _convolutions is null ? "none" : CudaLibraries.FormatCudnnVersion(_convolutions.Version);
            return $"{DeviceInfo.Model}, sm_{DeviceInfo.ComputeMajor}{DeviceInfo.ComputeMinor}, driver {CudaProbe.FormatVersion(driver)}, cuDNN {dnn}, "
                + $"{(Options.AllowTf32 ? "tf32" : "float32")}";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Decisions => ConvolutionPlans;

    /// <summary>The algorithms of cuDNN that a pass may be computed with under this backend's options; empty without cuDNN.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="s">The sizes.</param>
    public IReadOnlyList<int> ConvolutionAlgorithms(ConvPass pass, in ConvSizes s)
    {
        MakeCurrent();
        return _convolutions?.Candidates(pass, s) ?? [];
    }

    /// <summary>Computes one pass with one algorithm of cuDNN, banned or not; the output is overwritten.</summary>
    /// <param name="pass">The pass: y from x and w, x from w and y, or w from x and y.</param>
    /// <param name="algorithm">One of <see cref="ConvolutionAlgorithms"/>.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="w">[K, C/groups, R, S]</param>
    /// <param name="y">[N, K, P, Q]</param>
    public void Convolve(ConvPass pass, int algorithm, in ConvSizes s, Tensor x, Tensor w, Tensor y)
    {
        MakeCurrent();
        if (_convolutions is null)
            throw new DeviceException($"device {Name}: no cuDNN is used");
        _convolutions.Run(pass, algorithm, s, Address(x), Address(w), Address(y));
    }

    /// <summary>Leaves an algorithm of cuDNN out from now on: plans choose another, or the engine's own kernels.</summary>
    public void Ban(ConvPass pass, int algorithm) => _convolutions?.Ban(pass, algorithm);

    /// <summary>Computes matrix products with the engine's own kernels from now on, not with cuBLAS.</summary>
    public void BanProducts() => _productsBanned = true;
}
