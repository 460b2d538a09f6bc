namespace NativeEngine.SoftGpu.Tests;

[TestFixture]
internal sealed class ProductKernelTests
{
    private static IEnumerable<string> Families =>
        Directory.GetFiles(GpuRig.PtxFolder, "*.ptx").Select(path => Path.GetFileNameWithoutExtension(path)!).Order();

    [TestCaseSource(nameof(Families))]
    public void Every_committed_kernel_is_parsed_and_decoded(string family)
    {
        using var rig = new GpuRig();
        var module = GpuRig.LoadProduct(rig, family);
        Assert.That(module.Functions, Is.Not.Empty);
        foreach (var function in module.Functions)
        {
            foreach (var observers in new[] { ObserverSet.None, ObserverSet.Sanitizers | ObserverSet.Counters })
                Assert.That(function.ProgramFor(observers).BlockCount, Is.GreaterThan(0), function.Name);
            Assert.That(function.RegisterEstimate, Is.InRange(1, 255), function.Name);
        }
    }

    [TestCase(1000, 3)]
    [TestCase(37, 5)]
    [TestCase(1, 2)]
    public void Softmax_equals_the_definition(int classes, int rows)
    {
        using var rig = new GpuRig(threads: 2);
        var function = GpuRig.LoadProduct(rig, "norm")["softmax_fwd_f32"];
        var random = new Random(7);
        float[] x = [.. Enumerable.Range(0, rows * classes).Select(_ => (float)(random.NextDouble() * 10 - 5))];
        ulong input = rig.Upload(x), output = rig.Memory.Allocate(x.Length * 4);
        byte[] shape = new byte[24];
        BitConverter.TryWriteBytes(shape.AsSpan(0), (long)rows);
        BitConverter.TryWriteBytes(shape.AsSpan(8), classes);
        BitConverter.TryWriteBytes(shape.AsSpan(16), 1L);
        var result = rig.Launch(function, new Dim3(rows), new Dim3(256), LaunchOptions.Default, input, output, shape);
        Assert.That(result.Findings, Is.Empty);
        float[] y = rig.Download<float>(output, x.Length);
        for (int r = 0; r < rows; r++)
        {
            var row = x.AsSpan(r * classes, classes).ToArray();
            double largest = row.Max(), sum = row.Sum(v => Math.Exp(v - largest));
            for (int c = 0; c < classes; c++)
                Assert.That(y[r * classes + c],
                    Is.EqualTo(Math.Exp(row[c] - largest) / sum).Within(2e-6).Percent.Or.EqualTo(Math.Exp(row[c] - largest) / sum).Within(1e-6));
        }
    }
}
