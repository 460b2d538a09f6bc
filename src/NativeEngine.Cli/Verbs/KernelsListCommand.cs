using System.CommandLine;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels list</c>: every kernel with its signature, registers, shared memory and source line.</summary>
internal static class KernelsListCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("name")
        {
            Description = "kernels, families, or prefixes ending in * (all when absent)",
            Arity = ArgumentArity.ZeroOrMore
        };
        return new Command("list", "show every kernel: signature, live registers, shared memory, source line") { names }.Runs((parsed, terminal) =>
        {
            var chosen = KernelChecks.Select(parsed.GetValue(names) ?? []);
            using var device = new SoftKernelDevice();
            var entries = KernelCatalogue.Families.SelectMany(f => PtxEntryReader.Read(KernelModules.Text(f))).ToDictionary(e => e.Name);
            terminal.Result($"{"kernel",-28} {"regs",5} {"shared",7}  {"source",-28} parameters");
            foreach (var kernel in chosen.Select(c => c.Kernel))
            {
                int registers = device.Function(kernel).RegisterEstimate;
                string source = entries[kernel.Entry].Source;
                terminal.Result($"{kernel.Entry,-28} {registers,5} {kernel.SharedBytes,7}  {source,-28} {string.Join(", ", kernel.Parameters)}");
                terminal.JsonResult(new
                {
                    kernel = kernel.Entry,
                    family = kernel.Family,
                    live_registers = registers,
                    shared_bytes = kernel.SharedBytes,
                    source,
                    parameters = kernel.Parameters.Select(p => new { name = p.Name, type = p.TypeName, bytes = p.Size }),
                });
            }

            return ExitCode.Ok;
        });
    }
}
