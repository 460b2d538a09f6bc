using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Pickles written opcode by opcode to run code, to exhaust memory or to take forever.</summary>
public sealed class HostilePickleTests
{
    private const string Marker = "/tmp/this-must-never-exist";

    [TestCase("cos\nsystem\n(X{0}tR.", "needs the class or function os.system")]
    [TestCase("cposix\nsystem\n(X{0}tR.", "needs the class or function posix.system")]
    [TestCase("csubprocess\nPopen\n(X{0}tR.", "needs the class or function subprocess.Popen")]
    [TestCase("(X{0}ios\nsystem\n.", "needs the class or function os.system", TestName = "INST")]
    [TestCase("(cos\nsystem\nX{0}o.", "needs the class or function os.system", TestName = "OBJ")]
    [TestCase("(icollections\nOrderedDict\n.", "makes an instance of collections.OrderedDict", TestName = "INST of a known class")]
    [TestCase("(ccollections\nOrderedDict\no.", "uses pickle opcode 0x6f", TestName = "OBJ of a known class")]
    [TestCase("\u008c\u0002os\u008c\u0006system\u0093(X{0}tR.", "needs the class or function os.system", TestName = "STACK_GLOBAL")]
    [TestCase("cbuiltins\neval\n(X{0}tR.", "needs the class or function builtins.eval")]
    [TestCase("c__builtin__\n__import__\n(X{0}tR.", "needs the class or function builtins.__import__")]
    [TestCase("cbuiltins\nset.__class__\n.", "needs the class or function builtins.set.__class__")]
    [TestCase("ctorch\nload\n(X{0}tR.", "needs the class or function torch.load")]
    [TestCase("ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "needs the class or function torch._utils._rebuild_tensor_v2.__globals__")]
    [TestCase("ctorch.hub\nload\n.", "needs the class or function torch.hub.load")]
    [TestCase("cos\u001b[31m\nsys\u0007tem\n.", "needs the class or function os?[31m.sys?tem")]
    [TestCase("ccollections\nOrderedDict\n(cbuiltins\nset\ntR.", "calls collections.OrderedDict with arguments it does not take",
        TestName = "class as an argument")]
    [TestCase("ccollections\nOrderedDict\n)R(tR.", "expects a global on the stack", TestName = "calls what a call gave")]
    [TestCase("ccollections\nOrderedDict\n}b.", "sets the state of an object that is not a dict", TestName = "BUILD on a class")]
    [TestCase("](X\u0001\0\0\0aX\u0001\0\0\0bu.", "expects a dict on the stack", TestName = "state of a list")]
    [TestCase("]}b.", "sets the state of an object that is not a dict", TestName = "BUILD on a list")]
    [TestCase("ctorch\nTensor\n)\u0081}b.", "calls torch.Tensor with arguments it does not take", TestName = "NEWOBJ of a tensor")]
    [TestCase("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)}tR.",
        "calls torch._tensor._rebuild_from_type_v2", TestName = "a call in a call in a call")]
    [TestCase("\u0082\u0001.", "uses pickle opcode 0x82", TestName = "EXT1")]
    [TestCase("\u0092.", "uses pickle opcode 0x92", TestName = "NEWOBJ_EX")]
    [TestCase("\u0097.", "uses pickle opcode 0x97", TestName = "NEXT_BUFFER")]
    [TestCase("\u0080\u0006.", "uses pickle protocol 6")]
    [TestCase("t.", "has no mark")]
    [TestCase("(.", "pops from an empty stack")]
    [TestCase("(00.", "pops from an empty stack")]
    [TestCase("(X\u0001\0\0\0ad.", "has a dict entry without a value")]
    [TestCase("X\u00ff\u00ff\u00ff\u00ffa.", "ends inside a pickle")]
    [TestCase("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffa.", "ends inside a pickle", TestName = "a negative length")]
    [TestCase("I12x\n.", "has a malformed integer")]
    [TestCase("X{0}Q.", "has a reference that is not a typed storage", TestName = "a persistent id of text")]
    [TestCase("N", "ends inside a pickle")]
    [TestCase("", "ends inside a pickle")]
    public void NothingIsRun(string pickle, string message)
    {
        string command = $"touch {Marker}";
        byte[] bytes = Encoding.Latin1.GetBytes(pickle.Replace("{0}", $"{(char)command.Length}\0\0\0{command}", StringComparison.Ordinal));
        Assert.That(() => Read([0x80, 2, .. bytes]), Throws.TypeOf<CheckpointException>().With.Message.StartsWith("x.pth ").And.Message.Contains(message));
        Assert.That(File.Exists(Marker), Is.False);
    }

    /// <summary>Every pickle here took minutes or gigabytes in a reader that follows references one by one; the sentence comes at once.</summary>
    [TestCaseSource(nameof(Bombs))]
    public void BombsAreSmall(byte[] pickle, string message)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Read(pickle), Throws.TypeOf<CheckpointException>().With.Message.Contains(message));
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine($"{pickle.Length} bytes, {taken >> 10} KiB allocated");
        Assert.That(taken, Is.LessThan(1L << 30));
    }

    private static IEnumerable<TestCaseData> Bombs()
    {
        // t = (); t = (t, t, t) a hundred times: 3^100 leaves for whoever walks them all
        yield return Bomb("laughs", ")"u8.ToArray(), Repeat([.. "220"u8, .. "22"u8, 0x87], 100), "."u8.ToArray(), "holds no state dict");
        yield return Bomb("deep tuples", ")"u8.ToArray(), Repeat([0x85], 1_000_000), "."u8.ToArray(), "holds no state dict");
        yield return Bomb("deep lists", [], Repeat("]"u8.ToArray(), 500_000), [.. Repeat("a"u8.ToArray(), 499_999), (byte)'.'], "holds no state dict");
        yield return Bomb("deep models", [], Repeat([.. "}X"u8, 5, 0, 0, 0, .. "model"u8], 200_000),
            [(byte)'}', .. Repeat("s"u8.ToArray(), 200_000), (byte)'.'], "holds no state dict");
        yield return Bomb("operations without end", [], Repeat("N0"u8.ToArray(), 2_500_000), "."u8.ToArray(), "takes more than 4000000 pickle operations");
        yield return Bomb("empty dicts", [], Repeat("}"u8.ToArray(), 5_000_000), "."u8.ToArray(), "takes more than 4000000 pickle operations");
        yield return Bomb("memo", "N"u8.ToArray(), Repeat([0x94], 5_000_000), "."u8.ToArray(), "takes more than 4000000 pickle operations");
        yield return Bomb("marks", [], Repeat("("u8.ToArray(), 5_000_000), "."u8.ToArray(), "takes more than 4000000 pickle operations");

        // A dict of 100,000 entries that holds itself under every name at which weights are looked for.
        byte[] names = [.. new[] { "state_dict", "model", "net", "network", "module", "params", "weights", "model_ema", "ema", "teacher", "student",
            "other" }.SelectMany(n => (byte[])[(byte)'X', (byte)n.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(n), .. "h\0"u8])];
        byte[] junk = [.. Enumerable.Range(0, 100_000).SelectMany(i => (byte[])[(byte)'X', 6, 0, 0, 0, .. Encoding.ASCII.GetBytes($"{i:d6}"), (byte)'N'])];
        yield return Bomb("a dict in itself", [.. "}q\0("u8, .. junk], names, "u."u8.ToArray(), "holds no state dict");

        // A list of 10,000 pairs, made into an OrderedDict, a set and bytes again and again.
        byte[] pairs = [.. "](NN"u8, 0x86, .. "q\u0001"u8, .. Repeat("h\u0001"u8.ToArray(), 10_000), .. "eq\u0002"u8];
        yield return Bomb("copies of a list", pairs,
            Repeat("ccollections\nOrderedDict\nh\u0002"u8.ToArray().Append((byte)0x85).Append((byte)'R').ToArray(), 2_000), "."u8.ToArray(),
                "takes more than 4000000 pickle operations");
        yield return Bomb("copies of a set", pairs, Repeat("cbuiltins\nset\nh\u0002"u8.ToArray().Append((byte)0x85).Append((byte)'R').ToArray(), 2_000),
            "."u8.ToArray(), "takes more than 4000000 pickle operations");
        byte[] text = [(byte)'X', .. BitConverter.GetBytes(1_000_000), .. Repeat("a"u8.ToArray(), 1_000_000), .. "q\u0001X\u0006\0\0\0latin1q\u0002"u8];
        yield return Bomb("copies of a text", text,
            Repeat("c_codecs\nencode\nh\u0001h\u0002"u8.ToArray().Append((byte)0x86).Append((byte)'R').ToArray(), 20_000), "."u8.ToArray(),
                "holds no state dict");

        // A name that begins with a hundred thousand prefixes.
        byte[] prefixed = [(byte)'X', .. BitConverter.GetBytes(700_000), .. Repeat("module."u8.ToArray(), 100_000)];
        byte[] tensor = [.. "ctorch._utils\n_rebuild_tensor_v2\n((X"u8, 7, 0, 0, 0, .. "storagectorch\nFloatStorage\nX"u8, 1, 0, 0, 0, .. "0X"u8, 3, 0, 0, 0,
            .. "cpuK"u8, 0, .. "tQK"u8, 0, .. "K"u8, 0, 0x85, .. "K"u8, 1, 0x85, 0x89, .. "}tR"u8];
        yield return Bomb("prefixes", "}"u8.ToArray(), prefixed, [.. tensor, .. "s."u8], "lacks the data of storage 0");
    }

    private static TestCaseData Bomb(string name, byte[] start, byte[] middle, byte[] end, string message) =>
        new TestCaseData((byte[])[0x80, 2, .. start, .. middle, .. end], message).SetName($"Bomb: {name}");

    private static byte[] Repeat(byte[] bytes, int times)
    {
        var result = new byte[bytes.Length * times];
        for (int i = 0; i < times; i++)
            bytes.CopyTo(result, i * bytes.Length);
        return result;
    }

    private static StateDict Read(byte[] pickle) => PthReader.Read(new ZipBuilder().Add("a/data.pkl", pickle).Build(), "x.pth");
}
