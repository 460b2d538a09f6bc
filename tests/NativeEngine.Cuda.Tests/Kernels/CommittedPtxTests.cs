using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The committed PTX against the sources.</summary>
public class CommittedPtxTests
{
    private static IEnumerable<string> Families => KernelCatalogue.Families;

    [TestCaseSource(nameof(Families))]
    public void EqualsAFreshBuildByteForByte(string family)
    {
        // Other versions of clang write other, equally right PTX.
        if (Sources.FindTool("clang-14") is not { } clang)
        {
            Sources.SkipOrFail("clang-14", "NE_REQUIRE_CLANG14");
            return;
        }

        string target = Path.Combine(Directory.CreateTempSubdirectory("nengine-ptx-").FullName, "fresh.ptx");
        try
        {
            var (exitCode, output) = Sources.Run(clang, Sources.KernelFolder, "@clang-flags.txt", "-S", $"{family}.cu", "-o", target);
            Assert.That(exitCode, Is.Zero, output);
            byte[] fresh = File.ReadAllBytes(target), committed = File.ReadAllBytes(Path.Combine(Sources.KernelFolder, "ptx", $"{family}.ptx"));
            Assert.That(committed.AsSpan().SequenceEqual(fresh), Is.True,
                $"kernels/ptx/{family}.ptx is stale: run cmake --build build --target kernels_update");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(target)!, true);
        }
    }

    [Test]
    public void EverySourceHasItsModuleAndTheReverse()
    {
        string[] Names(string folder, string pattern) =>
            [.. Directory.GetFiles(Path.Combine(Sources.KernelFolder, folder), pattern).Select(f => Path.GetFileNameWithoutExtension(f)!)];
        Assert.That(Names("ptx", "*.ptx"), Is.EquivalentTo(Names("", "*.cu")));
        Assert.That(KernelCatalogue.Families, Is.EquivalentTo(Names("", "*.cu")));
    }
}
