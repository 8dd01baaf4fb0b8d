using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>Opaque references of accounts; those that were asked for lately are kept in memory.</summary>
internal sealed class Identities(Database database) : IIdentities
{
    public async Task<string> ReferenceOfAsync(string forge, string personId, CancellationToken cancellation)
    {
        var now = database.Clock.GetUtcNow();
        if (database.Identities.Find(forge, personId, now) is { } known) return known;
        var reference = await FindAsync(forge, personId, cancellation)
            ?? await database.Writer.WriteAsync(session => Make(session.Sql, forge, personId), cancellation);
        database.Identities.Remember(forge, personId, reference, now);
        return reference;
    }

    private async Task<string?> FindAsync(string forge, string personId, CancellationToken cancellation)
    {
        await using var read = database.Read();
        return await read.Identities.Where(row => row.Forge == forge && row.PersonId == personId)
            .Select(row => row.Reference).FirstOrDefaultAsync(cancellation);
    }

    private string Make(Session sql, string forge, string personId)
    {
        Span<byte> chance = stackalloc byte[Ulid.ChanceLength];
        RandomNumberGenerator.Fill(chance);
        sql.Execute(
            "INSERT INTO identity (forge, person_id, reference) VALUES (@forge, @person, @reference) ON CONFLICT (forge, person_id) DO NOTHING",
            forge, personId, $"a_{Ulid.Create(database.Clock.GetUtcNow(), chance)}");
        return (string)sql.Scalar("SELECT reference FROM identity WHERE forge = @forge AND person_id = @person", forge, personId)!;
    }
}
