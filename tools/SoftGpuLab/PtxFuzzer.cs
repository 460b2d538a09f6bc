using System.Text;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.SoftGpu.Lab;

/// <summary>
/// Mutates PTX texts and feeds them to the parser, the decoder and, with a small budget, the machine. A text may be refused with a place or run; a
/// foreign exception, a slow input or an instruction that does not print back as it was written is a failure.
/// </summary>
public static class PtxFuzzer
{
    private const int SlowMilliseconds = 2000;

    private static readonly string[] Fragments =
    [
        "ld.global.f32", "st.shared.v4.f32", "%r1", "%rd1", "%f1", "%p1", "%rs1", "@%p1", "@!%p1", "bra", "{", "}", "[", "]", ";", ",", "0x7fffffff", "-1",
            "0f7F800000",
        ".reg .b32 %q<9>;", ".shared .align 4 .b8 s[64];", "bar.sync 0;", "ret;", "trap;", "_", "|", ".v2", ".v4", ".u64", ".s32", ".f16", ".pred", ".rn",
            ".sat", ".ftz",
        "call", "(%r1), helper, (q1)", "helper", ".func", ".param .b32 q;", "TABLE: .branchtargets END;", "brx.idx %r1, TABLE;", "call helper;",
            "st.param.b32 [q1], %r1;",
        "shfl.sync.bfly.b32", "atom.global.add.u32", "mov.u32", "cvt.rni.s32.f32", "%tid.x", "+4", "-4", "L1:", "4294967296", "99999999999999999999", "\"",
            "/*", "//", "\0", "é",
    ];

    /// <summary>Runs <paramref name="count"/> mutations; the same seed makes the same texts.</summary>
    public static FuzzReport Run(int count, ulong seed, TextWriter? progress = null)
    {
        string[] corpus = [.. BuildCorpus()];
        progress?.WriteLine($"seed {seed}, {corpus.Length} kernels in the corpus");
        var failures = new List<string>();
        int refused = 0, accepted = 0, clean = 0;
        using var pool = new WorkerPool(1);
        using var memory = new DeviceMemory(new DeviceMemoryOptions { Capacity = 1L << 30, QuarantineBytes = 1 << 20 });
        using var machine = new Machine(memory, pool);
        ulong scratch = memory.Allocate(1 << 16, "scratch");
        for (int i = 0; i < count && failures.Count < 20; i++)
        {
            var random = new FuzzRandom(seed, (ulong)i);
            string text = Mutate(corpus[random.Next(corpus.Length)], corpus, ref random);
            // Processor time: a pause of the computer is not a slow input.
            var start = Environment.CpuUsage.TotalTime;
            try
            {
                var module = PtxModule.Parse(text, "fuzz.ptx");
                accepted++;
                if (ReadBack.Problem(text, module) is { } problem)
                    failures.Add($"seed {seed} input {i}: {problem}");
                if (Execute(machine, module, scratch, ref random))
                    clean++;
            }
            catch (PtxException)
            {
                refused++;
            }
            catch (Exception error)
            {
                failures.Add($"seed {seed} input {i}: {error.GetType().Name}: {error.Message} {error.InnerException} "
                    + $"{error.StackTrace?.Split('\n').FirstOrDefault()}");
            }
            double milliseconds = (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
            if (milliseconds > SlowMilliseconds)
                failures.Add($"seed {seed} input {i}: took {milliseconds:F0} ms");
            if (progress is not null && (i + 1) % 100_000 == 0)
                progress.WriteLine($"{i + 1} inputs: {refused} refused, {accepted} accepted");
        }
        return new FuzzReport(count, refused, accepted, clean, failures);
    }

    /// <summary>The mutated text of one input, for looking at a failure.</summary>
    public static string Input(ulong seed, int index)
    {
        string[] corpus = [.. BuildCorpus()];
        var random = new FuzzRandom(seed, (ulong)index);
        return Mutate(corpus[random.Next(corpus.Length)], corpus, ref random);
    }

    /// <summary>Single short kernels: cut from the committed files, and one with every instruction form.</summary>
    private static IEnumerable<string> BuildCorpus()
    {
        foreach (string path in Directory.GetFiles(Repository.PtxFolder, "*.ptx").Order())
        {
            string text = File.ReadAllText(path);
            string[] parts = text.Split(".visible .entry ");
            foreach (string part in parts.Skip(1).Where(part => part.Length < 6000).Take(8))
            {
                int end = part.LastIndexOf('}');
                if (end > 0 && part.IndexOf(".section", StringComparison.Ordinal) < 0)
                    yield return ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry " + part[..(end + 1)] + "\n";
            }
        }
        foreach (string kernel in EveryForm.Kernels())
            yield return kernel;
    }

    private static bool Execute(Machine machine, PtxModule parsed, ulong scratch, ref FuzzRandom random)
    {
        using var module = machine.Load(parsed);
        bool clean = true;
        foreach (var function in module.Functions)
        {
            byte[] arguments = new byte[function.Entry.ParameterBytes];
            for (int at = 0; at + 8 <= arguments.Length; at += 8)
                BitConverter.TryWriteBytes(arguments.AsSpan(at), scratch + (ulong)random.Next(4) * 64);
            var options = new LaunchOptions
            {
                InstructionBudget = 2000,
                Observers = random.Next(3) == 0 ? ObserverSet.Sanitizers | ObserverSet.Counters : ObserverSet.None,
                ScheduleSeed = random.Next(3) == 0 ? 7 : null,
            };
            clean &= machine.Launch(function, new Dim3(2), new Dim3(33), 0, arguments, options).IsClean;
        }
        return clean;
    }

    private static string Mutate(string text, string[] corpus, ref FuzzRandom random)
    {
        var result = new StringBuilder(text);
        for (int edits = 1 + random.Next(4) * random.Next(2); edits > 0 && result.Length > 1; edits--)
        {
            int at = random.Next(result.Length);
            switch (random.Next(9))
            {
                case 0:
                    result[at] = (char)(32 + random.Next(95));
                    break;
                case 1:
                    result.Remove(at, Math.Min(1 + random.Next(20), result.Length - at));
                    break;
                case 2:
                    result.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 3:
                    string other = corpus[random.Next(corpus.Length)];
                    int from = random.Next(other.Length);
                    result.Insert(at, other.AsSpan(from, Math.Min(1 + random.Next(60), other.Length - from)));
                    break;
                case 4:
                    SwapWords(result, ref random);
                    break;
                case 5:
                    ReplaceWord(result, Fragments[random.Next(Fragments.Length)], ref random);
                    break;
                case 6:
                    MoveLine(result, ref random);
                    break;
                case 7:
                    ReplaceNumber(result, ref random);
                    break;
                default:
                    ReplaceModifier(result, ref random);
                    break;
            }
        }
        return result.ToString();
    }

    private static (int Start, int Length) WordAt(StringBuilder text, int at)
    {
        int start = at, end = at;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]))
            start--;
        while (end < text.Length && !char.IsWhiteSpace(text[end]))
            end++;
        return (start, end - start);
    }

    private static void ReplaceWord(StringBuilder text, string with, ref FuzzRandom random)
    {
        var (start, length) = WordAt(text, random.Next(text.Length));
        text.Remove(start, length).Insert(start, with);
    }

    private static void SwapWords(StringBuilder text, ref FuzzRandom random)
    {
        var a = WordAt(text, random.Next(text.Length));
        var b = WordAt(text, random.Next(text.Length));
        if (a.Start > b.Start)
            (a, b) = (b, a);
        if (a.Start + a.Length > b.Start)
            return;
        string first = text.ToString(a.Start, a.Length), second = text.ToString(b.Start, b.Length);
        text.Remove(b.Start, b.Length).Insert(b.Start, first).Remove(a.Start, a.Length).Insert(a.Start, second);
    }

    private static void MoveLine(StringBuilder text, ref FuzzRandom random)
    {
        var lines = text.ToString().Split('\n').ToList();
        string line = lines[random.Next(lines.Count)];
        lines.Insert(random.Next(lines.Count), line);
        text.Clear().Append(string.Join('\n', lines));
    }

    private static void ReplaceNumber(StringBuilder text, ref FuzzRandom random)
    {
        int at = random.Next(text.Length);
        for (int i = 0; i < 200 && at < text.Length; i++, at++)
        {
            if (!char.IsAsciiDigit(text[at]))
                continue;
            text[at] = (char)('0' + random.Next(10));
            return;
        }
    }

    /// <summary>Changes one word after a dot into another word after a dot of the same text: the likeliest way to make a valid neighbour.</summary>
    private static void ReplaceModifier(StringBuilder text, ref FuzzRandom random)
    {
        string whole = text.ToString();
        int a = whole.IndexOf('.', random.Next(whole.Length)), b = whole.IndexOf('.', random.Next(whole.Length));
        if (a < 0 || b < 0)
            return;
        int LengthFrom(int dot)
        {
            int end = dot + 1;
            while (end < whole.Length && (char.IsAsciiLetterOrDigit(whole[end]) || whole[end] == '_'))
                end++;
            return end - dot;
        }
        string word = whole.Substring(b, LengthFrom(b));
        text.Remove(a, LengthFrom(a)).Insert(a, word);
    }

    /// <summary>splitmix64 of seed and input number, so that any input can be made again alone.</summary>
    private struct FuzzRandom(ulong seed, ulong index)
    {
        private ulong _state = (seed * 0x9E37_79B9_7F4A_7C15) ^ (index * 0xD134_2543_DE82_EF95) ^ 0x5851_F42D_4C95_7F2D;

        public int Next(int bound)
        {
            _state += 0x9E37_79B9_7F4A_7C15;
            ulong x = _state;
            x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
            x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
            return (int)(((x ^ (x >> 31)) >> 32) * (ulong)bound >> 32);
        }
    }
}
