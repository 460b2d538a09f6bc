using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Fetches files whose size and hash are known: what is there is not fetched again, what was begun goes on, and nothing bears the file's name until its hash is
/// right.
/// </summary>
/// <param name="progress">Told file, bytes so far, bytes in all.</param>
/// <param name="patience">How long nothing may arrive; null for half a minute.</param>
public sealed class Downloader(Action<string, long, long>? progress = null, TimeSpan? patience = null) : IDisposable
{
    private const int Tries = 4, MostRedirects = 5, Piece = 1 << 16;
    private const string PartEnding = ".part";

    private readonly HttpClient _client = new(new HttpClientHandler { AllowAutoRedirect = true, MaxAutomaticRedirections = MostRedirects })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(30);

    /// <summary>Brings all files of a set into a folder.</summary>
    /// <param name="set">The set.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="from">Another place: the address of a folder, a folder of this machine, or the file itself where there is one; null for the set's
    /// own.</param>
    /// <param name="stop">Stops; what arrived is kept.</param>
    /// <exception cref="DataException">A file cannot be had, or is another; says what to put where by hand.</exception>
    public async Task FetchAsync(RemoteSet set, string folder, string? from, CancellationToken stop)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in set.Files)
            {
                string target = Path.Combine(folder, file.Name);
                if (IsRight(target, file))
                    continue;
                if (from is not null && !from.Contains("://", StringComparison.Ordinal))
                    Copy(Directory.Exists(from) ? Path.Combine(from, file.Name) : from, target, file);
                else
                    await FetchAsync(new Uri(new Uri((from ?? set.Url).TrimEnd('/') + "/"), file.Name), target, file, stop).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: {e.Message.TrimEnd('.')}", e);
        }
        catch (UriFormatException e)
        {
            throw new DataException($"{from} is no address and no folder", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static void Copy(string source, string target, RemoteFile file)
    {
        if (!File.Exists(source))
            throw new DataException($"{source} does not exist; expected {file.Name} of {file.Bytes:N0} bytes");
        Require(source, file, source);
        File.Copy(source, target + PartEnding, overwrite: true);
        File.Move(target + PartEnding, target, overwrite: true);
    }

    private async Task FetchAsync(Uri address, string target, RemoteFile file, CancellationToken stop)
    {
        string part = target + PartEnding;
        string? problem = null;
        for (int i = 0; i < Tries; i++)
        {
            try
            {
                await PartAsync(address, part, file, stop).ConfigureAwait(false);
                if (new FileInfo(part).Length < file.Bytes)
                {
                    problem = $"the connection ended after {new FileInfo(part).Length:N0} of {file.Bytes:N0} bytes";
                    continue;
                }

                if (!IsRight(part, file))
                {
                    File.Delete(part);
                    throw new DataException($"{address} is another file than the published one: its MD5 is not {file.Md5}; nothing was kept");
                }

                File.Move(part, target, overwrite: true);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or TimeoutException
                    || (e is IOException && e.InnerException is SocketException))
            {
                problem = (e.InnerException ?? e).Message.TrimEnd('.');
                if (e is HttpRequestException { StatusCode: { } status } && (int)status < 500)
                    break;
            }
        }

        throw new DataException(string.Create(CultureInfo.InvariantCulture,
            $"{address} cannot be had ({problem}); what arrived is kept. By hand: put {file.Name} "
            + $"({file.Bytes:N0} bytes, MD5 {file.Md5}) to {target}, or name another place with --from"));
    }

    // Goes on behind what is there, where the server can; one that sends more than the file has, or begins anew, is noticed.
    private async Task PartAsync(Uri address, string part, RemoteFile file, CancellationToken stop)
    {
        long have = File.Exists(part) ? new FileInfo(part).Length : 0;
        if (have >= file.Bytes)
        {
            File.Delete(part);
            have = 0;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (have > 0)
            request.Headers.Range = new RangeHeaderValue(have, null);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        idle.CancelAfter(_patience);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                File.Delete(part);
            response.EnsureSuccessStatusCode();
            bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
            have = goesOn ? have : 0;
            if (response.Content.Headers.ContentLength is { } length && have + length != file.Bytes)
                throw new DataException($"{address} has {have + length:N0} bytes, the published file {file.Bytes:N0}");
            using var source = await response.Content.ReadAsStreamAsync(idle.Token).ConfigureAwait(false);
            using var target = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write);
            var piece = new byte[Piece];
            while (await source.ReadAsync(piece, idle.Token).ConfigureAwait(false) is > 0 and var count)
            {
                idle.CancelAfter(_patience);
                have += count;
                if (have > file.Bytes)
                    throw new DataException($"{address} sends more than the {file.Bytes:N0} bytes of the published file");
                await target.WriteAsync(piece.AsMemory(0, count), stop).ConfigureAwait(false);
                progress?.Invoke(file.Name, have, file.Bytes);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing arrived for {_patience.TotalSeconds:0} seconds");
        }
        catch (HttpIOException e)
        {
            throw new HttpRequestException(e.Message, e); // the connection broke in the middle
        }
    }

    private static bool IsRight(string path, RemoteFile file)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes)
            return false;
        using var stream = File.OpenRead(path);
        return Md5Of(stream) == file.Md5;
    }

    private static void Require(string path, RemoteFile file, string source)
    {
        if (!IsRight(path, file))
            throw new DataException($"{source} is not {file.Name}: expected {file.Bytes:N0} bytes with MD5 {file.Md5}, got "
                + $"{new FileInfo(path).Length:N0} bytes");
    }

    // The publishers give MD5, so that is what can be compared.
#pragma warning disable CA5351
    private static string Md5Of(Stream stream) => Convert.ToHexStringLower(MD5.HashData(stream));
#pragma warning restore CA5351
}
