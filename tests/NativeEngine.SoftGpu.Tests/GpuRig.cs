using System.Runtime.InteropServices;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>A machine with memory for one test: loads PTX text, moves arrays, packs parameters, launches.</summary>
internal sealed class GpuRig : IDisposable
{
    private readonly WorkerPool _pool;
    private readonly List<GpuModule> _modules = [];

    public GpuRig(bool track = false, int threads = 1)
    {
        _pool = new WorkerPool(threads);
        Memory = new DeviceMemory(new DeviceMemoryOptions { TrackInitialised = track });
        Machine = new Machine(Memory, _pool);
    }

    public DeviceMemory Memory { get; }

    public Machine Machine { get; }

    public GpuModule Load(string ptx, string file = "test.ptx")
    {
        var module = Machine.Load(PtxModule.Parse(ptx, file));
        _modules.Add(module);
        return module;
    }

    public ulong Upload<T>(T[] values, string label = "") where T : unmanaged
    {
        ulong address = Memory.Allocate(Math.Max(1, values.Length) * Marshal.SizeOf<T>(), label);
        Memory.CopyIn<T>(address, values);
        return address;
    }

    public T[] Download<T>(ulong address, int count) where T : unmanaged
    {
        var values = new T[count];
        Memory.CopyOut<T>(values, address);
        return values;
    }

    /// <summary>Packs arguments by their C# types at the offsets of the kernel's parameters.</summary>
    public static byte[] Pack(PtxEntry entry, params object[] arguments)
    {
        var buffer = new byte[entry.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            byte[] bytes = arguments[i] switch
            {
                ulong v => BitConverter.GetBytes(v),
                long v => BitConverter.GetBytes(v),
                uint v => BitConverter.GetBytes(v),
                int v => BitConverter.GetBytes(v),
                float v => BitConverter.GetBytes(v),
                double v => BitConverter.GetBytes(v),
                byte[] v => v,
                _ => throw new ArgumentException($"argument {i} has type {arguments[i].GetType()}"),
            };
            bytes.CopyTo(buffer, entry.Parameters[i].Offset);
        }
        return buffer;
    }

    public LaunchResult Launch(GpuFunction function, Dim3 grid, Dim3 block, LaunchOptions? options, params object[] arguments) =>
        Machine.Launch(function, grid, block, 0, Pack(function.Entry, arguments), options);

    public void Dispose()
    {
        foreach (var module in _modules)
            module.Dispose();
        Machine.Dispose();
        Memory.Dispose();
        _pool.Dispose();
    }

    /// <summary>Folder of the repository's committed PTX.</summary>
    public static string PtxFolder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NativeEngine.sln")))
                folder = folder.Parent;
            return Path.Combine(folder!.FullName, "kernels", "ptx");
        }
    }

    public static GpuModule LoadProduct(GpuRig rig, string family) => rig.Load(File.ReadAllText(Path.Combine(PtxFolder, family + ".ptx")), family + ".ptx");
}
