using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Verify.Tests;

/// <summary>
/// Mutated case files: every one is replayed or refused with a sentence, none crashes, hangs or takes all memory.
/// <c>NE_FUZZ=100000 dotnet test tests/NativeEngine.Verify.Tests -c Release --filter CaseFuzzTests</c> runs that many.
/// </summary>
public sealed class CaseFuzzTests
{
    private const int Few = 2000;

    /// <summary>Larger files are left out: their mutations mostly hit weights.</summary>
    private const int LargestFile = 16 * 1024;

    [Test]
    public void Mutated_files_are_replayed_or_refused()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("NE_FUZZ"), out int given) ? given : Few;
        var seed = (ulong)(given > 0 ? Environment.TickCount64 : 1);
        TestContext.Out.WriteLine($"seed {seed}");
        var originals = CaseFiles.All.Where(f => new FileInfo(f).Length < LargestFile).Select(File.ReadAllBytes).ToArray();
        var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 1 }));
        int refused = 0;
        for (uint i = 0; i < count; i++)
        {
            var bytes = Mutate(originals, new PhiloxKey(seed, RandomStream.Synthetic, i));
            try
            {
                CaseReplay.Run(engine, ReferenceCase.Parse(bytes, "mutant.safetensors"));
            }
            catch (DataException e) when (e.Message.Length > 0)
            {
                refused++;
            }
            catch (Exception e)
            {
                string kept = Path.Combine(Path.GetTempPath(), $"mutant-{seed}-{i}.safetensors");
                File.WriteAllBytes(kept, bytes);
                Assert.Fail($"mutant {i} of seed {seed}, kept in {kept}: {e}");
            }
        }

        engine.Dispose();
        Assert.That(refused, Is.InRange(count / 4, count), "mutations that change nothing would prove nothing");
    }

    private static byte[] Mutate(byte[][] originals, PhiloxKey key)
    {
        ulong draw = 0;
        int Below(int bound) => Philox.Below(key, draw++, bound);
        var bytes = (byte[])originals[Below(originals.Length)].Clone();
        int header = Math.Min(bytes.Length, 8 + (int)BitConverter.ToInt64(bytes));
        for (int changes = 1 + Below(4); changes > 0; changes--)
        {
            // Mostly the header: its text decides what is computed.
            int at = Below(8) == 0 ? Below(bytes.Length) : Below(Math.Min(header, bytes.Length));
            switch (Below(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << Below(8));
                    break;
                case 1:
                    bytes[at] = (byte)Below(256);
                    break;
                case 2:
                    bytes[at] = (byte)"0123456789-[]{}\",:."[Below(19)];
                    break;
                case 3:
                    bytes = bytes[..Below(bytes.Length + 1)];
                    break;
                case 4:
                    int from = Below(bytes.Length), length = Math.Min(Below(16), bytes.Length - Math.Max(from, at));
                    bytes.AsSpan(from, Math.Max(0, length)).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    // A digit becomes another one: shapes, offsets and attributes that parse and lie.
                    int digit = Array.FindIndex(bytes, at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)('0' + Below(10));
                    break;
            }

            if (bytes.Length == 0)
                break;
        }

        return bytes;
    }
}
