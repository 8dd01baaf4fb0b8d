using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Opens boxes with the keys of their subjects, and compares each content with what its leaf commits to.</summary>
internal sealed class SealedSections(Database database) : ISealedSections
{
    public Task<ImmutableArray<OpenedSection>> OpenAsync(ImmutableArray<AuditLeaf> leaves, CancellationToken cancellation)
    {
        var wanted = leaves.Select(leaf => (leaf.Index, Read: LeafSections.Read(leaf.Bytes))).Where(one => one.Read.Sections.Length > 0).ToArray();
        return wanted.Length == 0 ? Task.FromResult(ImmutableArray<OpenedSection>.Empty) : Task.Run(() => Open(wanted, cancellation), cancellation);
    }

    private ImmutableArray<OpenedSection> Open((long Index, LeafSections Read)[] wanted, CancellationToken cancellation)
    {
        using var session = new Session(database.Dialect.Connect());
        var origin = (string?)session.Scalar("SELECT origin FROM audit_log") ?? "";
        var keys = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        var opened = ImmutableArray.CreateBuilder<OpenedSection>();
        foreach (var (index, read) in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var section in read.Sections)
            {
                var box = session.Scalar("SELECT box FROM audit_sealed WHERE seq = @seq AND name = @name", index, section.Name) as byte[];
                if (!keys.TryGetValue(section.KeyId, out var key)) keys[section.KeyId] = key = database.Keys.Find(section.KeyId);
                opened.Add(key is null && database.Keys.IsDestroyed(section.KeyId)
                    ? new OpenedSection(index, section, null, OpenedSection.Erased)
                    : Open(index, section, new BoxPlace(origin, read.Entry, section.Name), key, box));
            }
        }

        return opened.ToImmutable();
    }

    private static OpenedSection Open(long index, SealedSection section, BoxPlace place, byte[]? key, byte[]? box)
    {
        var disclosure = key is null || box is null ? null : SealedBox.Open(key, place, box);
        return disclosure is not null && section.Commitment == CommitmentOf(disclosure)
            ? new OpenedSection(index, section, disclosure, "")
            : new OpenedSection(index, section, null, OpenedSection.Damaged);
    }

    private static string CommitmentOf(ReadOnlySpan<byte> disclosure) =>
        Convert.ToBase64String(Commitment.Of(disclosure[..Commitment.SaltLength], disclosure[Commitment.SaltLength..]));
}
