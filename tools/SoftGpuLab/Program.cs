using NativeEngine.SoftGpu.Lab;

// softgpu-lab bench                       speed of the machine on one core
// softgpu-lab fuzz [COUNT] [SEED]         mutated PTX: nothing may crash, hang or be misread
switch (args.FirstOrDefault())
{
    case "bench":
        SpeedBench.Run(Console.Out);
        return 0;
    case "fuzz":
        int count = args.Length > 1 ? int.Parse(args[1]) : 1_000_000;
        ulong seed = args.Length > 2 ? ulong.Parse(args[2]) : 1;
        var report = PtxFuzzer.Run(count, seed, Console.Out);
        Console.WriteLine(report);
        return report.Failures.Count == 0 ? 0 : 8;
    default:
        Console.Error.WriteLine("usage: softgpu-lab bench | fuzz [COUNT] [SEED]");
        return 2;
}
