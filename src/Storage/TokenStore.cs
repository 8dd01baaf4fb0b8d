using GitOpsGate.Access;
using GitOpsGate.Ports;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>Access tokens, as hashes.</summary>
internal sealed class TokenStore(Database database) : ITokenStore
{
    // Asked at each start, which should not wait for the pages' model.
    public Task<bool> AnyAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult(session.Scalar("SELECT 1 FROM access_token LIMIT 1") is not null);
    }

    public Task AddAsync(AccessToken token, ReadOnlyMemory<byte> sha256, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                "INSERT INTO access_token (sha256, reference, name, role, created_ms, target) VALUES (@sha256, @reference, @name, @role, @created, @target)",
                sha256.ToArray(), token.Reference, token.Name, (int)token.Role, token.CreatedAt.ToUnixTimeMilliseconds(), token.Target),
            cancellation);

    public async Task<AccessToken?> FindAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellation)
    {
        var hash = sha256.ToArray();
        await using var read = database.Read();
        var row = await read.Tokens.Where(token => token.Sha256 == hash && token.RevokedMilliseconds == null)
            .FirstOrDefaultAsync(cancellation);
        return row is null
            ? null
            : new AccessToken(
                row.Reference, row.Name, row.Role, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedMilliseconds), row.Target);
    }
}
