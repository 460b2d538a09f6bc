using System.Text;

namespace NativeEngine.Core.Tests;

public sealed class SmallFileTests
{
    private string _path = "";

    [SetUp]
    public void MakeFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [TestCase("")]
    [TestCase("one line")]
    [TestCase("two\nlines, äöü\n")]
    public void Text_is_read_whole_with_or_without_a_byte_order_mark(string text)
    {
        foreach (bool mark in new[] { false, true })
        {
            File.WriteAllText(_path, text, new UTF8Encoding(mark));
            Assert.That(SmallFile.ReadText(_path, 1 << 20, "list"), Is.EqualTo(text));
        }
    }

    [Test]
    public void Lines_end_as_on_any_system()
    {
        File.WriteAllText(_path, "a\r\nb\nc\n");
        Assert.That(SmallFile.ReadLines(_path, 1 << 20, "list"), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public void A_file_of_exactly_the_limit_is_read_and_a_larger_one_refused()
    {
        File.WriteAllBytes(_path, new byte[1 << 20]);
        Assert.That(SmallFile.ReadText(_path, 1 << 20, "list"), Has.Length.EqualTo(1 << 20));
        File.WriteAllBytes(_path, new byte[(1 << 20) + 1]);
        Assert.That(() => SmallFile.ReadText(_path, 1 << 20, "list"), Throws.TypeOf<UsageException>().With.Message.Contains("larger than 1 MiB"));
    }

    [Test]
    [Platform("Linux")]
    public void A_device_without_an_end_is_refused([Values("/dev/zero", "/dev/full")] string device) =>
        Assert.That(() => SmallFile.ReadText(device, 1 << 20, "config file"), Throws.TypeOf<UsageException>().With.Message.Contains($"config file {device}"));

    [Test]
    public void Bytes_are_read_whole_up_to_the_limit()
    {
        byte[] bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
        File.WriteAllBytes(_path, bytes);
        Assert.That(SmallFile.ReadBytes(_path, bytes.Length), Is.EqualTo(bytes));
        Assert.That(() => SmallFile.ReadBytes(_path, bytes.Length - 1),
            Throws.TypeOf<IOException>().With.Message.EqualTo("100000 bytes, expected at most 99999"));
    }

    [Test]
    [Platform("Linux")]
    public void A_device_without_an_end_has_no_bytes() => Assert.That(SmallFile.ReadBytes("/dev/zero", 1 << 20), Is.Empty);

    [Test]
    [Platform("Linux")]
    [CancelAfter(20_000)]
    public void A_named_pipe_is_refused_instead_of_waiting_for_its_writer()
    {
        File.Delete(_path);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [_path]))
            mkfifo.WaitForExit();
        Assert.That(() => SmallFile.ReadText(_path, 1 << 20, "config file"),
            Throws.TypeOf<UsageException>().With.Message.EqualTo($"config file {_path} is a named pipe, expected a regular file"));
        Assert.That(() => SmallFile.ReadBytes(_path, 1 << 20),
            Throws.TypeOf<IOException>().With.Message.EqualTo($"{_path} is a named pipe, expected a regular file"));
        File.Delete(_path);
        Assert.That(() => NamedPipe.Refuse(_path), Throws.Nothing, "missing files are for the one who opens them to report");
        File.WriteAllText(_path, "");
        Assert.That(SmallFile.ReadText(_path, 1 << 20, "config file"), Is.Empty);
    }
}
