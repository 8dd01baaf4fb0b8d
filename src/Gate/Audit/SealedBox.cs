using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Audit;

/// <summary>Where a box belongs: it opens nowhere else.</summary>
/// <param name="Origin">The log's origin.</param>
/// <param name="Entry">The entry's id.</param>
/// <param name="Name">The section's name.</param>
public sealed record BoxPlace(string Origin, string Entry, string Name)
{
    /// <summary>What is authenticated beside the content: the three, a line feed between them.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Origin}\n{Entry}\n{Name}");
}

/// <summary>
/// A sealed section outside of the tree: <c>nonce (12) ‖ AES-256-GCM(key, nonce, salt (32) ‖ content) ‖ tag (16)</c>. The salt of the commitment
/// is inside, so that after the key is gone not even a guess of the content can be tested.
/// </summary>
public static class SealedBox
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <param name="key">32 bytes.</param>
    /// <param name="disclosure">Salt and content, as <see cref="Commitment"/> takes them.</param>
    public static byte[] Lock(ReadOnlySpan<byte> key, BoxPlace place, ReadOnlySpan<byte> disclosure)
    {
        var box = new byte[NonceLength + disclosure.Length + TagLength];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, disclosure, box.AsSpan(NonceLength, disclosure.Length), box.AsSpan(NonceLength + disclosure.Length), place.ToBytes());
        return box;
    }

    /// <summary>Salt and content; null when the box is not of this key and place, or was changed.</summary>
    /// <param name="key">32 bytes.</param>
    public static byte[]? Open(ReadOnlySpan<byte> key, BoxPlace place, ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceLength + Commitment.SaltLength + TagLength) return null;
        var disclosure = new byte[box.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        try
        {
            cipher.Decrypt(box[..NonceLength], box[NonceLength..^TagLength], box[^TagLength..], disclosure, place.ToBytes());
            return disclosure;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
