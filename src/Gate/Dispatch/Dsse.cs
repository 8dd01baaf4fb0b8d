using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Dispatch;

/// <summary>What the signer and the verifier of warrants share: the envelope's words and the bytes that are signed.</summary>
internal static class Dsse
{
    /// <summary>The media type of in-toto statements.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    public const string StatementType = "https://in-toto.io/Statement/v1";

    public const string PredicateType = "https://gitops-gate.dev/attestations/approval/v1";

    /// <summary>The pre-authentication encoding of DSSE 1.0: type and payload, each preceded by its length in bytes.</summary>
    public static byte[] Encode(string type, ReadOnlySpan<byte> payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "), .. payload];

    /// <summary>A key's name: SHA-256 over its SubjectPublicKeyInfo, lower-case hex.</summary>
    public static string KeyId(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
