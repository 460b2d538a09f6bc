using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda.Tests.Native;

[TestFixture]
public unsafe class CudaLibrariesTests
{
    [Test]
    public void A_machine_without_libraries_says_what_was_tried()
    {
        using var folder = new TemporaryFolder();
        var found = CudaLibraries.Find(new CudaSearchPaths(folder.Path, folder.Path, folder.Path));
        if (found.Tables is not null)
            Assert.Ignore("this machine has a GPU and all libraries");
        var error = Assert.Throws<DeviceException>(() => found.Require())!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Device));
        Assert.That(error.Message, Does.StartWith("device cuda: "));
        Assert.That(found.Probe.Libraries.Select(l => l.Library), Is.EqualTo(new[] { "driver", "cublas", "cublaslt", "cudnn" }));
        Assert.That(found.Probe.Libraries, Has.All.Matches<LibraryProbe>(l => l!.Attempts.Count > 0));
        Assert.That(found.Probe.ToText(), Does.Contain("kernels need 6.3"));
    }

    [Test]
    public void A_broken_file_in_the_named_folder_is_reported_with_its_path()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("uses Linux file names");
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "lib64", "libcudnn.so.9");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "not a library");
        var dnn = CudaLibraries.Find(new CudaSearchPaths(CudnnRoot: folder.Path)).Probe.Libraries.Single(l => l.Library == "cudnn");
        Assert.That(dnn.Attempts[0].Path, Is.EqualTo(path));
        Assert.That(dnn.Attempts[0].Error, Is.EqualTo("file too short"), "the loader's own words");
        if (dnn.Path is null)
            Assert.That(dnn.Error, Is.EqualTo($"{path} cannot be loaded: file too short."), "not 'not found'");
    }

    [TestCase("libcudnn.so.9", "libcudnn.so.9: cannot open shared object file: No such file or directory", true,
        "cannot open shared object file: No such file or directory")]
    [TestCase("/opt/libcublas.so.12", "libcublasLt.so.12: cannot open shared object file: No such file or directory", false,
        "libcublasLt.so.12: cannot open shared object file: No such file or directory")]
    [TestCase("libcudnn.so.9", "/a/libcudnn.so.9: cannot open shared object file: No such file or directory\nlibcudnn.so.9: wrong ELF class: ELFCLASS32",
        false, "wrong ELF class: ELFCLASS32")]
    // a link to nowhere
    [TestCase("/opt/libcudnn.so.9", "/opt/libcudnn.so.9: cannot open shared object file: No such file or directory", false,
        "cannot open shared object file: No such file or directory")]
    public void What_is_wrong_with_a_file_is_told_apart_from_a_file_that_is_not_there(string path, string reasons, bool absent, string error)
    {
        var attempt = LibraryAttempt.Failed(path, $"Unable to load shared library '{path}' or one of its dependencies.\n{reasons}\n\n");
        Assert.That((attempt.IsAbsent, attempt.Error), Is.EqualTo((absent, error)));
    }

    [Test]
    public void Libraries_for_a_newer_cuda_than_the_drivers_are_tried_last()
    {
        string[] names = ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"];
        Assert.That(LibraryNames.For(names, 0), Is.EqualTo(names));
        Assert.That(LibraryNames.For(names, 13000), Is.EqualTo(names));
        Assert.That(LibraryNames.For(names, 12040), Is.EqualTo(new[] { "libcublas.so.12", "libcublas.so.11", "libcublas.so.13" }));
        Assert.That(LibraryNames.For(["cublasLt64_13.dll", "cublasLt64_12.dll"], 12080), Is.EqualTo(new[] { "cublasLt64_12.dll", "cublasLt64_13.dll" }));
        Assert.That(LibraryNames.For(LibraryNames.BlasLt, 11080)[0], Does.Contain("11"));
    }

    [Test]
    public void A_library_for_a_newer_cuda_than_the_drivers_says_so()
    {
        var found = new LibraryProbe { Library = "cublas", Path = "/opt/libcublas.so.13" };
        Assert.That(CudaLibraries.Versioned(found, "12.9.1", 12, 12040).Error, Is.Null);
        Assert.That(CudaLibraries.Versioned(found, "13.0.0", 13, 0).Error, Is.Null, "without a driver there is nothing to compare");
        Assert.That(CudaLibraries.Versioned(found, "13.0.0", 13, 12040).Error,
            Is.EqualTo("/opt/libcublas.so.13 (13.0.0) is for CUDA 13, the driver for CUDA 12.4: update the driver, or install cublas for CUDA 12."));
    }

    [Test]
    public void A_real_driver_library_has_every_symbol_of_the_table()
    {
        string? path = FindRealDriver();
        if (path is null)
            Assert.Ignore("no real libcuda: run tools/fetch-libcuda.sh or set NENGINE_TEST_LIBCUDA to a libcuda.so.1");
        var found = CudaLibraries.Find(new CudaSearchPaths(DriverRoot: path));
        var driver = found.Probe.Libraries[0];
        TestContext.Out.WriteLine(found.Probe.ToText());
        Assert.Multiple(() =>
        {
            Assert.That(driver.Path, Is.EqualTo(path));
            Assert.That(driver.MissingRequired, Is.Empty);
            Assert.That(driver.MissingOptional, Is.Empty);
            Assert.That(found.Probe.DriverVersion, Is.GreaterThanOrEqualTo(10000));
            Assert.That(found.Probe.MaximumPtx, Is.GreaterThanOrEqualTo(CudaProbe.RequiredPtx));
        });
        byte* name;
        Assert.That(found.DriverTable.cuGetErrorName(CuResult.OutOfMemory, &name), Is.EqualTo(CuResult.Success));
        Assert.That(new string((sbyte*)name), Is.EqualTo("CUDA_ERROR_OUT_OF_MEMORY"));
    }

    [Test]
    public void Status_values_carry_the_vendors_names()
    {
        string? path = FindRealDriver();
        if (path is null)
            Assert.Ignore("no real libcuda: run tools/fetch-libcuda.sh or set NENGINE_TEST_LIBCUDA to a libcuda.so.1");
        var table = CudaLibraries.Find(new CudaSearchPaths(DriverRoot: path)).DriverTable;
        foreach (var value in Enum.GetValues<CuResult>().Where(v => v != CuResult.Success))
        {
            byte* text;
            Assert.That(table.cuGetErrorName(value, &text), Is.EqualTo(CuResult.Success), $"{value} is unknown to the driver");
            string vendor = new string((sbyte*)text).Replace("CUDA_ERROR_", "").Replace("_", "");
            Assert.That(value.ToString(), Is.EqualTo(vendor).IgnoreCase, $"{(int)value}");
        }
    }

    [Test]
    public unsafe void Versions_of_cublas_are_read_without_a_gpu()
    {
        var tables = NativeEngine.SoftGpu.Driver.SoftDevice.Tables;
        Assert.That(CudaLibraries.QueryCublasVersion(tables.Blas), Is.EqualTo("12.4.0"));
        Assert.That(CudaLibraries.FormatCublasVersion(tables.BlasLt.cublasLtGetVersion()), Is.EqualTo("12.4.0"));
        Assert.That(CudaLibraries.FormatCublasVersion(111103), Is.EqualTo("11.11.3"));
    }

    private static string? FindRealDriver()
    {
        if (Environment.GetEnvironmentVariable("NENGINE_TEST_LIBCUDA") is { Length: > 0 } named)
            return named;
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "build", "libcuda", "libcuda.so.1") is var path && File.Exists(path))
                return path;
        return null;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("nengine-cuda-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
