using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Downloads from a server of this machine that drops, truncates, redirects and lies.</summary>
public sealed class DownloaderTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 / 3))];

    private string _folder = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("ne-get-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_file_arrives_and_is_not_fetched_again()
    {
        using var server = new Server((request, stream) => Send(stream, "200 OK", Content));
        await Fetch(server.Url);
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
        await Fetch(server.Url);
        Assert.That(server.Requests, Is.EqualTo(1));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1), "no part is left");
    }

    [Test]
    public async Task A_connection_that_drops_goes_on_where_it_ended()
    {
        var ranges = new List<string>();
        using var server = new Server((request, stream) =>
        {
            string range = request.Split("\r\n").FirstOrDefault(l => l.StartsWith("Range:", StringComparison.OrdinalIgnoreCase)) ?? "";
            ranges.Add(range);
            int from = range.Length > 0 ? int.Parse(range.Split('=')[1].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture) : 0;
            byte[] rest = Content[from..];
            Head(stream, from > 0 ? "206 Partial Content" : "200 OK", rest.Length,
                from > 0 ? $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n" : "");
            stream.Write(rest, 0, Math.Min(rest.Length, 120_000)); // then the connection ends
        });
        await Fetch(server.Url);
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
        Assert.That(ranges, Has.Count.EqualTo(3));
        Assert.That(ranges[0], Is.Empty);
        Assert.That(ranges[1..], Is.All.StartsWith("Range: bytes="));
    }

    [Test]
    public async Task A_part_of_another_run_goes_on_and_a_server_that_cannot_begins_anew()
    {
        File.WriteAllBytes(Target + ".part", Content[..1000]);
        using var server = new Server((request, stream) => Send(stream, "200 OK", Content)); // knows no ranges
        await Fetch(server.Url);
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
    }

    [Test]
    public async Task Redirections_are_followed()
    {
        using var other = new Server((request, stream) => Send(stream, "200 OK", Content));
        using var server = new Server((request, stream) => Head(stream, "302 Found", 0, $"Location: {other.Url}elsewhere\r\n"));
        await Fetch(server.Url);
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
    }

    [TestCase("short", "has 1,000 bytes, the published file 300,000")]
    [TestCase("other", "is another file than the published one: its MD5 is not")]
    [TestCase("long", "bytes, the published file 300,000")]
    [TestCase("endless", "sends more than the 300,000 bytes of the published file")]
    [TestCase("missing", "cannot be had (")]
    [TestCase("circle", "cannot be had (")]
    [TestCase("silent", "nothing arrived for 1 seconds")]
    public async Task A_server_that_lies_is_a_sentence_and_leaves_no_file(string how, string sentence)
    {
        Server server = null!;
        server = new Server((request, stream) =>
        {
            switch (how)
            {
                case "short": Send(stream, "200 OK", Content[..1000]); break;
                case "other": Send(stream, "200 OK", [.. Content.Select(b => (byte)(b ^ 1))]); break;
                case "long": Send(stream, "200 OK", [.. Content, 1]); break;
                case "missing": Send(stream, "404 Not Found", "no"u8.ToArray()); break;
                case "circle": Head(stream, "302 Found", 0, $"Location: {server.Url}again\r\n"); break;
                case "silent": Thread.Sleep(3000); break;
                default:
                    stream.Write(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
                    stream.Write(Content);
                    stream.Write(Content);
                    break;
            }
        });
        using (server)
        {
            var error = await Refusal(() => Fetch(server.Url, TimeSpan.FromSeconds(how == "silent" ? 1 : 10)));
            Assert.That(error.Message, Does.Contain(sentence));
            Assert.That(Target, Does.Not.Exist);
            if (how is "missing" or "silent")
                Assert.That(error.Message, Does.Contain($"By hand: put set.bin (300,000 bytes, MD5 {Md5}) to {Target}"));
        }
    }

    [Test]
    public async Task A_file_or_folder_of_this_machine_is_checked_and_copied()
    {
        string place = Path.Combine(_folder, "place"), file = Path.Combine(place, "set.bin");
        Directory.CreateDirectory(place);
        File.WriteAllBytes(file, Content[..^1]);
        Assert.That((await Refusal(() => Fetch(place))).Message, Does.Contain("is not set.bin: expected 300,000 bytes"));
        File.WriteAllBytes(file, Content);
        await Fetch(file);
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
        File.Delete(Target);
        Assert.That((await Refusal(() => Fetch(Path.Combine(_folder, "nowhere")))).Message, Does.Contain("does not exist; expected set.bin"));
    }

    [Test]
    public async Task Nobody_there_is_a_sentence()
    {
        var error = await Refusal(() => Fetch("http://127.0.0.1:9/"));
        Assert.That(error.Message, Does.Contain("cannot be had").And.Contain("By hand: put set.bin"));
    }

    private string Target => Path.Combine(_folder, "set.bin");

#pragma warning disable CA5351
    private static string Md5 { get; } = Convert.ToHexStringLower(MD5.HashData(Content));
#pragma warning restore CA5351

    private static async Task<DataException> Refusal(Func<Task> fetch)
    {
        try
        {
            await fetch();
        }
        catch (DataException e)
        {
            return e;
        }

        throw new AssertionException("nothing was refused");
    }

    private async Task Fetch(string from, TimeSpan? patience = null)
    {
        using var downloader = new Downloader(patience: patience ?? TimeSpan.FromSeconds(10));
        var set = new RemoteSet("set", "", "http://nowhere.invalid/", [new RemoteFile("set.bin", Content.Length, Md5)]);
        await downloader.FetchAsync(set, _folder, from, default);
    }

    private static void Head(Stream stream, string status, int length, string more = "") =>
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n"));

    private static void Send(Stream stream, string status, byte[] body)
    {
        Head(stream, status, body.Length);
        stream.Write(body);
    }

    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _requests;

        public Server(Action<string, Stream> answer)
        {
            _listener.Start();
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _requests);
                    try
                    {
                        using var stream = client.GetStream();
                        var bytes = new byte[1 << 14];
                        var text = new StringBuilder();
                        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && stream.Read(bytes) is > 0 and var n)
                            text.Append(Encoding.ASCII.GetString(bytes, 0, n));
                        answer(text.ToString(), stream);
                    }
                    catch (IOException)
                    {
                        // the client went away
                    }
                }
            });
        }

        public int Requests => _requests;

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

        public void Dispose() => _listener.Stop();
    }
}
