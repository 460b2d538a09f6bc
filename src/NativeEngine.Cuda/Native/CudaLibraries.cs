using System.Globalization;
using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Cuda.Native;

/// <summary>Finds the vendor's libraries on this machine, fills the tables and reports what was tried.</summary>
/// <remarks>Libraries stay loaded for the life of the process: unloading a CUDA library under live contexts is undefined.</remarks>
public sealed unsafe class CudaLibraries
{
    private const string Driver = "driver";
    private const string Dnn = "cudnn";

    private CudaDriverApi _driver;
    private CublasApi _blas;
    private CublasLtApi _blasLt;
    private CudnnApi _dnn;

    private CudaLibraries(CudaSearchPaths paths)
    {
        HashSet<string> missing = [];
        var driver = Fill(Driver, Open(LibraryNames.Driver, paths.DriverRoot), ref _driver, NativeTable.MissingDriver, missing);
        int driverVersion = driver.Usable ? QueryDriverVersion() : 0;
        // cuDNN loads cuBLAS and cuBLASLt by name itself: loading them first, by path, lets it find the same files.
        var blasLt = Fill("cublaslt", Open(LibraryNames.For(LibraryNames.BlasLt, driverVersion), paths.CudaRoot), ref _blasLt, NativeTable.MissingBlas,
            missing);
        var blas = Fill("cublas", Open(LibraryNames.For(LibraryNames.Blas, driverVersion), paths.CudaRoot), ref _blas, NativeTable.MissingBlas, missing);
        var dnn = Fill(Dnn, Open(LibraryNames.Dnn, paths.CudnnRoot ?? paths.CudaRoot), ref _dnn, NativeTable.MissingDnn, missing);
        if (driver.Usable)
            driver = driver with { Version = CudaProbe.FormatVersion(driverVersion) };
        if (blasLt.Usable && !missing.Contains(nameof(CublasLtApi.cublasLtGetVersion)))
            blasLt = Versioned(blasLt, FormatCublasVersion(_blasLt.cublasLtGetVersion()), (int)(_blasLt.cublasLtGetVersion() / 10000), driverVersion);
        if (blas.Usable && !missing.Contains(nameof(CublasApi.cublasGetProperty)))
            blas = QueryCublasVersion(_blas) is { } version
                ? Versioned(blas, version, int.Parse(version.Split('.')[0], CultureInfo.InvariantCulture), driverVersion) : blas;
        if (dnn.Usable)
            dnn = Versioned(dnn, FormatCudnnVersion(_dnn.cudnnGetVersion()), (int)(_dnn.cudnnGetCudartVersion() / 1000), driverVersion);
        var (count, error) = driver.Usable ? QueryDevices() : (0, "no driver");
        Probe = new CudaProbe([driver, blas, blasLt, dnn], driverVersion, count, error);
        if (Probe.Error is null)
            Tables = new CudaTables(_driver, _blas, _blasLt, _dnn) { Missing = missing };
    }

    /// <summary>What was found.</summary>
    public CudaProbe Probe { get; }

    /// <summary>The filled tables, or null when <see cref="CudaProbe.Error"/> says why not.</summary>
    public CudaTables? Tables { get; }

    /// <summary>The driver table as filled, for checks that need no GPU; only meaningful when the driver library loaded.</summary>
    public ref readonly CudaDriverApi DriverTable => ref _driver;

    /// <summary>Searches the system.</summary>
    public static CudaLibraries Find(CudaSearchPaths paths) => new(paths);

    /// <summary>The tables, or an error that says which library failed and why.</summary>
    /// <exception cref="DeviceException">A library or the device is missing.</exception>
    public CudaTables Require() => Tables ?? throw new DeviceException($"device cuda: {Probe.Error} Run 'nengine doctor' for every file that was tried.");

    /// <summary>A loaded library, with every file tried before it.</summary>
    private readonly record struct Opened(nint Handle, string? Path, IReadOnlyList<LibraryAttempt> Attempts);

    private static Opened Open(IReadOnlyList<string> names, string? root)
    {
        List<LibraryAttempt> attempts = [];
        foreach (var path in LibraryNames.Candidates(names, root))
        {
            try
            {
                nint handle = NativeLibrary.Load(path);
                attempts.Add(new LibraryAttempt(path, null));
                return new Opened(handle, path, attempts);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                attempts.Add(LibraryAttempt.Failed(path, e.Message));
            }
        }
        return new Opened(0, null, attempts);
    }

    private static LibraryProbe Fill<T>(string library, Opened opened, ref T table, nint missing, HashSet<string> missingFields) where T : unmanaged
    {
        var fill = NativeTable.Fill(ref table, opened.Handle == 0 ? static _ => 0 : NativeTable.Exports(opened.Handle), missing);
        if (opened.Handle == 0)
            return new LibraryProbe
            {
                Library = library,
                Attempts = opened.Attempts,
                Error = opened.Attempts.FirstOrDefault(static a => !a.IsAbsent) is { } broken
                    ? $"{broken.Path} cannot be loaded: {broken.Error}."
                    : $"{opened.Attempts[0].Path} not found (tried {string.Join(", ", opened.Attempts.Select(a => a.Path))}){WhereFrom(library)}.",
            };
        foreach (var row in NativeTable.Rows<T>())
            if (fill.MissingOptional.Contains(row.Names[0]))
                missingFields.Add(row.Field);
        return new LibraryProbe
        {
            Library = library,
            Attempts = opened.Attempts,
            Path = opened.Path,
            MissingRequired = fill.MissingRequired,
            MissingOptional = fill.MissingOptional,
            Error = fill.MissingRequired.Count == 0 ? null : $"{opened.Path} lacks {Some(fill.MissingRequired)}: it is too old.",
        };
    }

    private static string WhereFrom(string library) => library switch
    {
        Driver => "",
        Dnn => "; NENGINE_CUDNN_PATH names the folder of an installation",
        _ => "; NENGINE_CUDA_PATH names the folder of an installation",
    };

    /// <summary>The library's version, and an error when it is made for a newer CUDA than the driver's: its first call would fail.</summary>
    internal static LibraryProbe Versioned(LibraryProbe library, string version, int release, int driverVersion) =>
        driverVersion == 0 || release <= driverVersion / 1000 ? library with { Version = version } : library with
        {
            Version = version,
            Error = $"{library.Path} ({version}) is for CUDA {release}, the driver for CUDA {CudaProbe.FormatVersion(driverVersion)}: update the driver, "
                + $"or install {library.Library} for CUDA {driverVersion / 1000}.",
        };

    private static string Some(IReadOnlyList<string> names)
    {
        const int shown = 4;
        return string.Join(", ", names.Take(shown)) + (names.Count > shown ? $" and {names.Count - shown} more functions" : "");
    }

    private int QueryDriverVersion()
    {
        int version = 0;
        return _driver.cuDriverGetVersion(&version) == CuResult.Success ? version : 0;
    }

    /// <summary>The version of a cuBLAS table, or null; needs no GPU.</summary>
    internal static string? QueryCublasVersion(in CublasApi blas)
    {
        int major = 0, minor = 0, patch = 0;
        bool known = blas.cublasGetProperty(0, &major) == CublasStatus.Success && blas.cublasGetProperty(1, &minor) == CublasStatus.Success
            && blas.cublasGetProperty(2, &patch) == CublasStatus.Success;
        return known ? $"{major}.{minor}.{patch}" : null;
    }

    private (int Count, string? Error) QueryDevices()
    {
        var result = _driver.cuInit(0);
        if (result != CuResult.Success)
            return (0, result == CuResult.NoDevice ? CuHints.NoDevice : Failure("cuInit", result));
        int count = 0;
        result = _driver.cuDeviceGetCount(&count);
        if (result != CuResult.Success)
            return (0, Failure("cuDeviceGetCount", result));
        return (count, count == 0 ? CuHints.NoDevice : null);
    }

    private static string Failure(string call, CuResult result) => $"{call} failed with {result} ({(int)result}){CuHints.For(result)}.";

    /// <summary>120402 as "12.4.2".</summary>
    internal static string FormatCublasVersion(nuint version) => $"{version / 10000}.{version / 100 % 100}.{version % 100}";

    /// <summary>8201 as "8.2.1", 90600 as "9.6.0".</summary>
    internal static string FormatCudnnVersion(nuint version) => version >= 90000
        ? $"{version / 10000}.{version / 100 % 100}.{version % 100}"
        : $"{version / 1000}.{version / 100 % 10}.{version % 100}";
}
