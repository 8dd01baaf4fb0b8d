using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>People's right to be forgotten, as far as storage goes. Safe to call concurrently.</summary>
public interface IPrivacyStore
{
    /// <summary>The opaque reference of somebody; null when the gate knows nobody of that name.</summary>
    /// <param name="subject"><c>a_…</c> itself, or <c>FORGE:LOGIN</c> or <c>FORGE:ID</c>, for instance <c>github:alice</c>.</param>
    Task<string?> FindAsync(string subject, CancellationToken cancellation);

    /// <summary>What was asked and decided about somebody.</summary>
    Task<ErasureStanding> StandingAsync(string reference, CancellationToken cancellation);

    /// <summary>Who was asked about or is held: what waits first, then the newest.</summary>
    Task<ImmutableArray<ErasureRecord>> ListAsync(int limit, CancellationToken cancellation);

    /// <summary>What an erasure would reach now, without doing anything.</summary>
    Task<ErasureReport> PreviewAsync(string reference, CancellationToken cancellation);

    /// <summary>Keeps that an erasure was asked for; durable on return. The first request stays when there is one.</summary>
    Task RequestAsync(string reference, string basis, string by, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Holds an erasure back, or lets it go; durable on return. False when that is so already.</summary>
    Task<bool> HoldAsync(string reference, bool isHeld, string by, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Erases somebody: key, identity, boxes, stored webhooks and evidence that name them; elsewhere the name becomes the reference. On return
    /// nothing of it stands in the database's files any more. Nothing is done, and the report says so, while webhooks that name them wait. After
    /// trouble it may have been done in part; doing it again does the rest.
    /// </summary>
    /// <exception cref="IOException">A file could not be emptied, for instance because somebody reads all the time; erase again.</exception>
    Task<ErasureReport> EraseAsync(string reference, string confirmedBy, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>What was asked and decided about somebody.</summary>
/// <param name="Basis">The legal basis that the request names, or null without a request.</param>
/// <param name="RequestedBy">Who asked for the erasure, or null.</param>
/// <param name="IsHeld">Whether a legal hold is in force.</param>
/// <param name="ErasedAt">When it was done, or null.</param>
public sealed record ErasureStanding(string Reference, string? Basis, string? RequestedBy, bool IsHeld, DateTimeOffset? ErasedAt);

/// <summary>A request or a hold, with when it was made.</summary>
/// <param name="RequestedAt">When the erasure was asked for, or null.</param>
/// <param name="HeldBy">Who placed the hold that is in force, or null.</param>
/// <param name="HeldSince">Since when it is in force, or null.</param>
public sealed record ErasureRecord(ErasureStanding Standing, DateTimeOffset? RequestedAt, string? HeldBy, DateTimeOffset? HeldSince);

/// <summary>What an erasure did, or would do.</summary>
/// <param name="Boxes">Sealed sections that open no more.</param>
/// <param name="Deliveries">Webhooks whose body is gone.</param>
/// <param name="Evidence">Rulings whose evidence is gone, and kept rules and bundles that named the person.</param>
/// <param name="Rewritten">Rows in which a reference stands where the name stood.</param>
/// <param name="Waiting">Webhooks that name the person and were not walked yet: while there are some, nothing is done.</param>
/// <param name="Left">Rows that still hold the name, as a part of the name of a repository or a branch.</param>
public sealed record ErasureReport(long Boxes, long Deliveries, long Evidence, long Rewritten, long Waiting, long Left);
