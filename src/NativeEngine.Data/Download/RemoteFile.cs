namespace NativeEngine.Data;

/// <summary>A public file, of which size and hash are known before it is asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Md5">Its MD5 in small letters, as its publishers give it: says that it is the published file, not that nobody could make another.</param>
public sealed record RemoteFile(string Name, long Bytes, string Md5);
