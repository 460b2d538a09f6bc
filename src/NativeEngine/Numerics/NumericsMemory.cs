using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Cuda;
using NativeEngine.Nn;

namespace NativeEngine;

/// <summary>
/// Remembers which library algorithms were found right or wrong, by GPU, driver and cuDNN, in a file of the user's cache folder. Whoever
/// makes a CUDA backend bans the wrong ones.
/// </summary>
public sealed class NumericsMemory
{
    private const int Format = 1;
    private const string Product = "product";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private NumericsMemory(string path, Dictionary<string, List<Entry>> devices, string? problem) => (Path, Devices, Problem) = (path, devices, problem);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why what the file holds is not used, or null.</summary>
    public string? Problem { get; }

    private Dictionary<string, List<Entry>> Devices { get; }

    /// <summary>The file in XDG_CACHE_HOME, or where the system keeps caches.</summary>
    public static string DefaultPath
    {
        get
        {
            string? named = Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string folder = named is { Length: > 0 } ? named
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? System.IO.Path.Combine(home, "Library", "Caches")
                : System.IO.Path.Combine(home, ".cache");
            return System.IO.Path.Combine(folder, "nengine", "numerics.json");
        }
    }

    /// <summary>Reads the file; one that cannot be read counts as empty, and <see cref="Problem"/> says so.</summary>
    public static NumericsMemory Load(string? path = null)
    {
        path ??= DefaultPath;
        try
        {
            if (!File.Exists(path))
                return new NumericsMemory(path, [], null);
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Json);
            if (content is not { Format: Format, Devices: { } devices } || devices.Values.Any(d => d is null || d.Any(e => e?.Operation is null)))
                return new NumericsMemory(path, [], $"{path} is not in the format of this version; it is not used");
            return new NumericsMemory(path, devices, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return new NumericsMemory(path, [], $"{path} cannot be read ({e.Message.TrimEnd('.')}); it is not used");
        }
    }

    /// <summary>Bans what was found wrong on this backend's device; a sentence for each.</summary>
    public IReadOnlyList<string> Apply(CudaBackend backend)
    {
        var said = new List<string>();
        string identity = backend.LibraryIdentity;
        foreach (var entry in Devices.GetValueOrDefault(identity) ?? [])
        {
            if (!entry.Wrong)
                continue;
            if (entry.Operation == Product)
            {
                backend.BanProducts();
                said.Add($"cuBLAS was found wrong on this device ({identity}; 'doctor --numerics' of {entry.Date}: {entry.Detail}); the engine's own "
                    + "kernels compute products");
            }
            else if (entry.Algorithm is { } algorithm && PassOf(entry.Operation) is { } pass)
            {
                backend.Ban(pass, algorithm);
                said.Add($"{entry.Operation}, algorithm {algorithm} was found wrong on this device ({identity}; 'doctor --numerics' of {entry.Date}: "
                    + $"{entry.Detail}) and is not used");
            }
        }

        return said;
    }

    /// <summary>
    /// Adds verdicts and writes the file. An algorithm that was wrong stays so until a check of at least as many sizes finds it right.
    /// </summary>
    /// <returns>Null, or why the file could not be written.</returns>
    public string? Remember(CudaBackend backend, IEnumerable<NumericsVerdict> verdicts)
    {
        var entries = Devices.TryGetValue(backend.LibraryIdentity, out var known) ? known : Devices[backend.LibraryIdentity] = [];
        foreach (var verdict in verdicts.Where(v => v.Operation == Product || (v.Algorithm is not null && PassOf(v.Operation) is not null)))
        {
            int at = entries.FindIndex(e => e.Operation == verdict.Operation && e.Algorithm == verdict.Algorithm);
            bool lifted = at >= 0 && (!entries[at].Wrong || verdict.Shapes >= entries[at].Shapes);
            var entry = new Entry(verdict.Operation, verdict.Algorithm, verdict.Wrong > 0, verdict.Shapes, verdict.Detail,
                DateTime.Now.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            if (at < 0)
                entries.Add(entry);
            else if (entry.Wrong || lifted)
                entries[at] = entry;
        }

        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            AtomicFile.Write(Path, stream => JsonSerializer.Serialize(stream, new Content(Format, Devices), Json));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CheckpointException)
        {
            return $"the verdicts cannot be remembered: {e.Message}";
        }
    }

    private static ConvPass? PassOf(string operation)
    {
        foreach (var pass in Enum.GetValues<ConvPass>())
        {
            if (NumericsCheck.NameOf(pass) == operation)
                return pass;
        }

        return null;
    }

    private sealed record Content(int Format, Dictionary<string, List<Entry>> Devices);

    private sealed record Entry(string Operation, int? Algorithm, bool Wrong, int Shapes, string Detail, string Date);
}
