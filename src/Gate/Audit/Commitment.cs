using System.Security.Cryptography;

namespace GitOpsGate.Audit;

/// <summary>
/// What a leaf says of a sealed section for ever: SHA-256(<c>gog.commit/v1\n</c> ‖ salt ‖ content). Who has salt and content can check it; once
/// both are gone, it says nothing, however short the content was.
/// </summary>
public static class Commitment
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltLength = 32;

    private static ReadOnlySpan<byte> Prefix => "gog.commit/v1\n"u8;

    /// <param name="salt">32 random bytes.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content) => salt.Length == SaltLength
        ? SHA256.HashData([.. Prefix, .. salt, .. content])
        : throw new ArgumentException($"a salt has {SaltLength} bytes, not {salt.Length}", nameof(salt));
}
