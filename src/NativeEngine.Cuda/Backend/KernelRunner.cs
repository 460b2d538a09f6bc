using System.Text;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>Launches catalogue kernels on one stream; modules are loaded when their family is first used.</summary>
internal sealed unsafe class KernelRunner(CudaDriver driver, nint stream) : IKernelLauncher, IDisposable
{
    private const int LogBytes = 8192;
    private const int MaxArguments = 32;
    private const int SharedWithoutOptIn = 48 << 10;

    private readonly Dictionary<string, nint> _modules = [];
    private readonly Dictionary<Kernel, nint> _functions = [];

    /// <inheritdoc/>
    public void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged
    {
        if (shape.IsEmpty)
            return;
        var copy = arguments;
        nint* pointers = stackalloc nint[MaxArguments];
        kernel.Pack(&copy, new Span<nint>(pointers, MaxArguments));
        var result = driver.Api.cuLaunchKernel(Function(kernel), (uint)shape.X, (uint)shape.Y, (uint)shape.Z, (uint)shape.Block, 1, 1, 0, stream,
            (void**)pointers, null);
        if (result != CuResult.Success)
            driver.Check(result, $"launch of {kernel.Entry}", $"with grid ({shape.X},{shape.Y},{shape.Z}) and block {shape.Block}");
    }

    /// <summary>Launches any function. Its parameters lie in one buffer, each at its offset.</summary>
    public void Launch(nint function, string entry, PtxLaunchShape shape, ReadOnlySpan<byte> parameters, ReadOnlySpan<int> offsets)
    {
        fixed (byte* buffer = parameters)
        {
            var pointers = new nint[offsets.Length + 1];
            for (int i = 0; i < offsets.Length; i++)
                pointers[i] = (nint)(buffer + offsets[i]);
            CuResult result;
            fixed (nint* first = pointers)
                result = driver.Api.cuLaunchKernel(function, shape.GridX, shape.GridY, shape.GridZ, shape.BlockX, shape.BlockY, shape.BlockZ,
                    shape.SharedBytes, stream, (void**)first, null);
            driver.Check(result, $"launch of {entry}",
                $"with grid ({shape.GridX},{shape.GridY},{shape.GridZ}), block ({shape.BlockX},{shape.BlockY},{shape.BlockZ}) and {shape.SharedBytes} "
                    + "bytes of dynamic shared memory");
        }
    }

    /// <summary>A kernel of a PTX text, allowed to use <paramref name="shared"/> bytes of dynamic shared memory.</summary>
    public nint Function(string ptx, string file, string entry, int shared)
    {
        nint function;
        fixed (byte* name = Encoding.UTF8.GetBytes(entry + "\0"))
            driver.Check(driver.Api.cuModuleGetFunction(&function, Module(file, ptx), name), "cuModuleGetFunction", $"for {entry} of {file}");
        if (shared > SharedWithoutOptIn)
            driver.Check(driver.Api.cuFuncSetAttribute(function, CuFunctionAttribute.MaxDynamicSharedBytes, shared), "cuFuncSetAttribute",
                $"for {shared} bytes of dynamic shared memory of {entry}");
        return function;
    }

    public void Dispose()
    {
        foreach (nint module in _modules.Values)
            _ = driver.Api.cuModuleUnload(module);
        _modules.Clear();
        _functions.Clear();
    }

    private nint Function(Kernel kernel)
    {
        if (_functions.TryGetValue(kernel, out nint known))
            return known;
        nint function;
        fixed (byte* name = Encoding.UTF8.GetBytes(kernel.Entry + "\0"))
            driver.Check(driver.Api.cuModuleGetFunction(&function, Module($"{kernel.Family}.ptx", KernelModules.Text(kernel.Family)), name),
                "cuModuleGetFunction", $"for {kernel.Entry} of {kernel.Family}.ptx");
        _functions.Add(kernel, function);
        return function;
    }

    private nint Module(string file, string ptx)
    {
        if (_modules.TryGetValue(file, out nint known))
            return known;
        var log = stackalloc byte[LogBytes];
        log[0] = 0;
        var options = stackalloc CuJitOption[] { CuJitOption.ErrorLogBuffer, CuJitOption.ErrorLogBufferBytes };
        void** values = stackalloc void*[] { log, (void*)LogBytes };
        nint module;
        CuResult result;
        fixed (byte* text = Encoding.UTF8.GetBytes(ptx + "\0"))
            result = driver.Api.cuModuleLoadDataEx(&module, text, 2, options, values);
        if (result == CuResult.UnsupportedPtxVersion)
        {
            int version = 0;
            _ = driver.Api.cuDriverGetVersion(&version);
            throw new DeviceException(
                $"device {driver.Device}: the driver (CUDA {CudaProbe.FormatVersion(version)}) compiles PTX up to "
                    + $"{PtxVersions.Maximum(version)?.ToString() ?? "nothing"}, the kernels need {CudaProbe.RequiredPtx}: update the NVIDIA driver.");
        }
        driver.Check(result, "cuModuleLoadDataEx", $"for {file}: {new string((sbyte*)log).Trim()}");
        _modules.Add(file, module);
        return module;
    }
}
