using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Threading;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.SoftGpu.Lab;

/// <summary>Thread instructions per second of one core, on kernels of the product and on a loop of nothing but arithmetic.</summary>
public static class SpeedBench
{
    private const string FmaLoop = """
        .version 6.3
        .target sm_70
        .address_size 64
        .visible .entry fma_loop(.param .u32 n)
        {
        .reg .pred %p<2>;
        .reg .b32 %r<3>;
        .reg .f32 %f<9>;
        ld.param.u32 %r1, [n];
        mov.f32 %f1, 0f3F800000;
        mov.f32 %f2, 0f3F800000;
        mov.f32 %f3, 0f3F800000;
        mov.f32 %f4, 0f3F800000;
        LOOP:
        fma.rn.f32 %f1, %f1, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f2, %f2, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f3, %f3, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f4, %f4, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f1, %f1, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f2, %f2, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f3, %f3, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f4, %f4, 0f3F7FFFFF, 0f33800000;
        sub.s32 %r1, %r1, 1;
        setp.gt.s32 %p1, %r1, 0;
        @%p1 bra LOOP;
        ret;
        }
        """;

    /// <summary>Runs every measurement and writes one line each.</summary>
    public static void Run(TextWriter output)
    {
        using var pool = new WorkerPool(1);
        using var memory = new DeviceMemory();
        using var machine = new Machine(memory, pool);
        Measure(output, machine, "fma loop", FmaLoop, "fma_loop", new Dim3(64), _ => BitConverter.GetBytes(2000), 1 << 20, "iterations x 8");
        const int parameters = 1 << 20;
        Measure(output, machine, "", OptimKernels.Adam, new Dim3(256), AdamArguments, parameters, "parameters");
        foreach (int classes in new[] { 1000, 37 })
        {
            int rows = classes == 1000 ? 1024 : 4096;
            Measure(
                output, machine, $" {rows}x{classes}", NormKernels.SoftmaxForwardKernel(log: false), new Dim3(rows),
                m => new(Upload(m, Randoms(rows * classes, 10)), Upload(m, new float[rows * classes]), new(rows, classes, 1)), (long)rows * classes,
                    "elements");
        }
        const int elements = 1 << 22;
        Measure(
            output, machine, "", ElementwiseKernels.Forward(UnaryOp.Relu), new Dim3(1024),
            m => new(Upload(m, new float[elements]), Upload(m, new float[elements]), elements, 0, 0), elements, "elements");
    }

    /// <summary>A kernel of the product.</summary>
    private static void Measure<TArguments>(
        TextWriter output, Machine machine, string suffix, Kernel<TArguments> kernel, Dim3 grid, Func<DeviceMemory, TArguments> arguments, long items,
            string unit)
        where TArguments : unmanaged =>
        Measure(output, machine, kernel.Entry + suffix, KernelModules.Text(kernel.Family), kernel.Entry, grid, memory => [.. kernel.Bytes(arguments(memory))],
            items, unit);

    private static void Measure(
        TextWriter output, Machine machine, string name, string ptx, string entry, Dim3 grid, Func<DeviceMemory, byte[]> arguments, long items, string unit)
    {
        using var module = machine.Load(PtxModule.Parse(ptx, name));
        var function = module[entry];
        byte[] packed = arguments(machine.Memory);
        double best = double.MaxValue;
        LaunchResult result = null!;
        for (int repeat = 0; repeat < 6; repeat++)
        {
            // Processor time of this one-threaded process: other programs on the computer distort it least.
            var start = Environment.CpuUsage.TotalTime;
            result = machine.Launch(function, grid, new Dim3(256), 0, packed);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
            if (result.Findings.Count > 0)
                throw new InvalidOperationException($"{name} did not run cleanly: {result.Findings[0]}");
        }
        double rate = result.Counters.ThreadInstructions / best / 1e9;
        output.WriteLine($"{name,-30} {rate,6:F2} G thread instructions/s  {best * 1e3,8:F2} ms  {items / best / 1e6,8:F1} M {unit}/s  lane use "
            + $"{result.Counters.LaneUse:P0}");
        foreach (var allocation in machine.Memory.Live.Where(a => a.Label == "bench"))
            machine.Memory.Free(allocation.Address);
    }

    private static ulong Upload<T>(DeviceMemory memory, T[] values) where T : unmanaged
    {
        ulong address = memory.Allocate(values.Length * Unsafe.SizeOf<T>(), "bench");
        memory.CopyIn<T>(address, values);
        return address;
    }

    private static float[] Randoms(int count, double range)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * range))];
    }

    private static OptimKernels.Step AdamArguments(DeviceMemory memory)
    {
        const int n = 1 << 20, chunk = OptimKernels.Chunk;
        float[] moments = [.. Randoms(n, 0.2).Select(MathF.Abs)];
        var row = new OptimKernels.TableRow(
            Upload(memory, Randoms(n, 2)), Upload(memory, Randoms(n, 2)), Upload(memory, moments), Upload(memory, moments), 0, n, 0, 0, 1);
        var settings = OptimKernels.StepSettings.From(new OptimizerArgs(OptimizerRule.Adam, 1e-3, 10) { Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8 });
        return new(Upload(memory, [row]), 1, n / chunk, chunk, settings, 0);
    }
}
