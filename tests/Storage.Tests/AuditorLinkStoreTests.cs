using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Auditors' links and attestations, on both databases.</summary>
public class AuditorLinkStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_link_is_read_back_and_taken_back_with_its_token(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (links, tokens) = (new AuditorLinks(database), new TokenStore(database));
        var first = new AuditorLink("a_1", "Ann", Samples.Noon.AddDays(-90), Samples.Noon, "prod", Samples.Noon, Samples.Noon.AddDays(30));
        var second = first with { Reference = "a_2", Environment = null, CreatedAt = Samples.Noon.AddHours(1) };
        var (one, two) = (TokenText.Digest(TokenText.New())!, TokenText.Digest(TokenText.New())!);
        await links.AddAsync(first, one, Cancel);
        await links.AddAsync(second, two, Cancel);
        Assert.Equal([second, first], await links.ListAsync(Cancel));
        Assert.Equal(first, await links.FindAsync("a_1", Cancel));
        Assert.Null(await links.FindAsync("a_3", Cancel));
        Assert.Equal((Role.Auditor, "a_1"), ((await tokens.FindAsync(one, Cancel))!.Role, (await tokens.FindAsync(one, Cancel))!.Reference));
        Assert.True(await links.RevokeAsync("a_1", Samples.Noon.AddHours(2), Cancel));
        Assert.False(await links.RevokeAsync("a_1", Samples.Noon.AddHours(3), Cancel));
        Assert.False(await links.RevokeAsync("a_3", Samples.Noon.AddHours(3), Cancel));
        Assert.Equal(first with { RevokedAt = Samples.Noon.AddHours(2) }, await links.FindAsync("a_1", Cancel));
        Assert.Null(await tokens.FindAsync(one, Cancel));
        Assert.NotNull(await tokens.FindAsync(two, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_attestation_is_kept_with_the_entry_that_names_it_or_not_at_all(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (attestations, log) = (new Attestations(database), new AuditReader(database));
        var ruling = new RulingId(Guid.CreateVersion7(Samples.Noon));
        var one = new IssuedAttestation(new string('a', 64), ruling, "decision", Samples.Noon, "{}"u8.ToArray());
        var entry = new AuditDraft { Type = AuditTypes.AttestationIssued, Outcome = AuditOutcome.Success };
        await attestations.AddAsync(one, entry, Cancel);
        var size = (await log.HeadAsync(Cancel)).Size;
        // The same once more: neither it nor another entry is there.
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => attestations.AddAsync(one, entry, Cancel));
        Assert.Equal(size, (await log.HeadAsync(Cancel)).Size);
        var found = Assert.Single(await attestations.OfRulingAsync(ruling, Cancel));
        Assert.Equal((one.Sha256, one.Predicate, one.IssuedAt, "{}"), (found.Sha256, found.Predicate, found.IssuedAt, System.Text.Encoding.UTF8.GetString(found.Envelope.Span)));
        Assert.Empty(await attestations.OfRulingAsync(new RulingId(Guid.Empty), Cancel));
    }
}
