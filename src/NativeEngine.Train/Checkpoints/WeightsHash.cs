using System.Security.Cryptography;
using System.Text;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>One number for the exact contents of weights.</summary>
public static class WeightsHash
{
    /// <summary>SHA-256 in hexadecimal over name, type, shape and bytes of every tensor in order of its name.</summary>
    public static string Of(StateDict state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in state.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            // The length in front keeps names and shapes of different tensors apart.
            byte[] head = Encoding.UTF8.GetBytes($"{name} {tensor.Type} [{string.Join(',', tensor.Shape)}] {tensor.Bytes.Length}\n");
            hash.AppendData(BitConverter.GetBytes(head.Length));
            hash.AppendData(head);
            hash.AppendData(tensor.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The hash of a module's parameters and buffers.</summary>
    public static string Of(Module module) => Of(module.StateDict());
}
