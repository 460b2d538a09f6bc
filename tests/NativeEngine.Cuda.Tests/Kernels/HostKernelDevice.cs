using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The kernel sources compiled by the host's C++ compiler, one fiber per GPU thread (kernels/include/compiler_host.cuh).</summary>
internal sealed unsafe class HostKernelDevice : IKernelDevice, IDisposable
{
    private readonly string _folder;
    private readonly nint _library;

    private HostKernelDevice(string folder, nint library)
    {
        _folder = folder;
        _library = library;
    }

    public string Name => "host";

    public bool GuardsMemory => false;

    /// <summary>Compiles the kernels into a temporary folder.</summary>
    public static HostKernelDevice Compile(string compiler)
    {
        string folder = Directory.CreateTempSubdirectory("nengine-host-kernels-").FullName, library = Path.Combine(folder, "kernels.so");
        File.WriteAllLines(Path.Combine(folder, "entries.inc"), KernelCatalogue.All.Select(k => $"NE_HOST_ENTRY({k.Entry})"));
        var (exitCode, output) = Sources.Run(compiler, folder, "-std=c++17", "-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-fPIC", "-shared",
            "-DNE_HOST_SIMT", "-I", Sources.KernelFolder,
            "-I", folder, "-x", "c++", Path.Combine(Sources.Root, "tests", "NativeEngine.Cuda.Tests", "Kernels", "host_kernels.cpp"), "-o", library);
        Assert.That(exitCode, Is.Zero, $"the host compiler refuses the kernel sources:\n{output}");
        return new(folder, NativeLibrary.Load(library));
    }

    public void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged
    {
        var launch = (delegate* unmanaged<uint, uint, uint, uint, nint*, int>)NativeLibrary.GetExport(_library, $"ne_host_launch_{kernel.Entry}");
        var copy = arguments;
        var pointers = stackalloc nint[kernel.Parameters.Count];
        kernel.Pack(&copy, new Span<nint>(pointers, kernel.Parameters.Count));
        if (launch((uint)shape.X, (uint)shape.Y, (uint)shape.Z, (uint)shape.Block, pointers) != 0)
            throw new DeviceException($"kernel {kernel.Entry}: some threads wait at a barrier that others never reach");
    }

    /// <summary>A function of kernels/include/math.cuh over many arguments: exp, log, log1p, tanh, sigmoid, erf, pow in this order.</summary>
    public float[] Math(int function, float[] x, float[] y)
    {
        var evaluate = (delegate* unmanaged<int, float*, float*, float*, int, void>)NativeLibrary.GetExport(_library, "ne_host_math");
        var result = new float[x.Length];
        fixed (float* xs = x, ys = y, to = result)
            evaluate(function, xs, ys, to, x.Length);
        return result;
    }

    public ulong Allocate(long bytes) => (ulong)NativeMemory.AlignedAlloc((nuint)bytes, 256);

    public void Free(ulong address) => NativeMemory.AlignedFree((void*)address);

    public void Write(ulong address, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>((void*)address, source.Length));

    public void Read(ulong address, Span<byte> target) => new ReadOnlySpan<byte>((void*)address, target.Length).CopyTo(target);

    public void Synchronize()
    {
    }

    public void Dispose()
    {
        NativeLibrary.Free(_library);
        Directory.Delete(_folder, true);
    }
}
