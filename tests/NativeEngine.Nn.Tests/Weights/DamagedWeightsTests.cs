using System.Diagnostics;
using System.IO.Compression;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>The corpus of Golden/pth, mutated and cut: read or refused, in bounded memory, never a crash.</summary>
public sealed class DamagedWeightsTests
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "pth");

    private static IEnumerable<(string Name, byte[] Bytes)> Corpus =>
        Directory.GetFiles(Folder, "*.pth").Order().Select(f => (Path.GetFileName(f), File.ReadAllBytes(f)));

    /// <summary>A few bytes that claim a gigabyte must not take it: every length is compared with the file before anything is allocated.</summary>
    [Test]
    public void MemoryIsBoundedByTheFile()
    {
        byte[] claim = BitConverter.GetBytes(1 << 30), claim8 = BitConverter.GetBytes(1L << 30);
        var cases = Corpus.Select(f => (f.Name, f.Bytes, Safetensors: false)).ToList();
        cases.Add(("integer of a gigabyte", [0x80, 2, 0x8b, .. claim, (byte)'.'], false));
        cases.Add(("text of a gigabyte", [0x80, 2, (byte)'X', .. claim, (byte)'.'], false));
        cases.Add(("bytes of a gigabyte", [0x80, 2, 0x8e, .. claim8, (byte)'.'], false));
        cases.Add(("safetensors header of a gigabyte", [.. claim8, (byte)'{', .. new byte[100]], true));
        foreach (var (name, bytes, safetensors) in cases)
        {
            void Read()
            {
                try
                {
                    _ = safetensors ? Safetensors.Read(bytes, name).Tensors : PthReader.Read(bytes, name);
                }
                catch (CheckpointException)
                {
                }
            }

            Read(); // what runs for the first time allocates its tables
            long before = GC.GetAllocatedBytesForCurrentThread();
            Read();
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            TestContext.Out.WriteLine($"{name}: {bytes.Length} bytes, {taken} allocated");
            Assert.That(taken, Is.LessThan(64 * 1024 + 16L * bytes.Length), name);
        }
    }

    /// <summary>Bytes are changed anywhere; in every second zip archive only in the pickle, under a right checksum, so that the pickle is read.</summary>
    [Test]
    public void DamagedFilesAreRefusedOrReadButNeverCrash()
    {
        const int seed = 20240601;
        int perFile = int.Parse(Environment.GetEnvironmentVariable("NENGINE_FUZZ_PER_FILE") ?? "500"); // 5000 makes more than 200,000 files
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var files = Corpus.Select(f => f.Bytes).Append(WrittenSafetensors()).ToList();
        int refused = 0, count = 0;
        var watch = Stopwatch.StartNew();
        foreach (var original in files)
        {
            bool safetensors = ReferenceEquals(original, files[^1]);
            var parts = !safetensors && original.AsSpan().StartsWith("PK"u8) ? Parts(original) : null;
            for (int i = 0; i < perFile; i++, count++)
            {
                byte[] bytes = parts is not null && i % 2 == 0 ? WithDamagedPickle(parts, random) : Damaged(original, random);
                int length = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
                try
                {
                    if (safetensors)
                        Safetensors.Read(bytes.AsMemory(0, length), "fuzzed");
                    else
                        PthReader.Read(bytes.AsMemory(0, length), "fuzzed");
                }
                catch (CheckpointException)
                {
                    refused++;
                }
            }
        }

        using var process = Process.GetCurrentProcess();
        TestContext.Out.WriteLine($"{count} files, {refused} refused, {watch.Elapsed.TotalSeconds:F1} s, process peak {process.PeakWorkingSet64 >> 20} MiB");
        Assert.That(refused, Is.GreaterThan(count / 2));
    }

    [Test]
    public void ACutFileIsRefusedOrReadWhole()
    {
        foreach (var (name, bytes) in Corpus)
        {
            string? whole = Text(bytes, name);
            for (int length = name.Length; length < bytes.Length; length += 61)
            {
                // What is missing of a tar archive may be the zeros behind its last file.
                if (Text(bytes.AsMemory(0, length), name) is { } text)
                    Assert.That(text, Is.EqualTo(whole), $"{name} cut to {length} of {bytes.Length} bytes");
            }
        }
    }

    private static string? Text(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            return string.Join('\n', PthReader.Read(bytes, name)
                .Select(t => $"{t.Key} {t.Value.Type} [{string.Join(',', t.Value.Shape)}] {Convert.ToHexString(t.Value.Bytes.Span)}"));
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    private static byte[] Damaged(byte[] original, Random random)
    {
        var bytes = original.ToArray();
        for (int flips = random.Next(1, 6); flips > 0; flips--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static byte[] WithDamagedPickle(List<(string Name, byte[] Data)> parts, Random random)
    {
        var zip = new ZipBuilder();
        foreach (var (name, data) in parts)
            zip.Add(name, data.Length > 0 && name.EndsWith("data.pkl", StringComparison.Ordinal) ? Damaged(data, random) : data);
        return zip.Build();
    }

    private static List<(string Name, byte[] Data)> Parts(byte[] original)
    {
        using var archive = new ZipArchive(new MemoryStream(original));
        var parts = new List<(string, byte[])>();
        foreach (var entry in archive.Entries)
        {
            using var stream = entry.Open();
            var data = new MemoryStream();
            stream.CopyTo(data);
            parts.Add((entry.FullName, data.ToArray()[..(int)Math.Min(data.Length, 4096)])); // one of them is a bomb
        }

        return parts;
    }

    private static byte[] WrittenSafetensors()
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, PthReader.Read(Path.Combine(Folder, "types.pth")), new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }
}
