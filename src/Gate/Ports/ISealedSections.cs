using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Ports;

/// <summary>Opens what entries keep sealed. Whoever asks must have been let in: nothing here looks at roles. Safe to call concurrently.</summary>
public interface ISealedSections
{
    /// <summary>Every sealed section of the entries, in their order, with its content where it can still be opened.</summary>
    Task<ImmutableArray<OpenedSection>> OpenAsync(ImmutableArray<AuditLeaf> leaves, CancellationToken cancellation);
}

/// <summary>A sealed section after somebody tried to open it.</summary>
/// <param name="Index">The entry's place in the log.</param>
/// <param name="Section">What the leaf says of it.</param>
/// <param name="Disclosure">32 bytes of salt, then the content; null when it is withheld.</param>
/// <param name="Withheld">Why there is no content: <c>erased</c>, <c>damaged</c> (the box, or its key, is not there, or does not hold what the leaf commits to), or empty.</param>
public sealed record OpenedSection(long Index, SealedSection Section, ReadOnlyMemory<byte>? Disclosure, string Withheld)
{
    public const string Erased = "erased";
    public const string Damaged = "damaged";

    /// <summary>How it is printed: never with the content.</summary>
    public override string ToString() => $"section `{Section.Name}` of entry {Index}";
}

/// <summary>Wraps the keys of subjects, so that no copy of their file opens anything alone. Safe to call concurrently.</summary>
public interface IKeyWrap
{
    /// <param name="keyId">What the key is for: it unwraps under no other id.</param>
    byte[] Wrap(string keyId, byte[] key);

    /// <summary>The key; null when it was wrapped for another id, or with a key that is gone.</summary>
    byte[]? Unwrap(string keyId, byte[] wrapped);
}
