using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.DataProtection;

namespace GitOpsGate.WebhookGateway.Secrets;

/// <summary>
/// Seals secrets with ASP.NET Core's data protection before they are stored, each for its own name, so that no row can stand for another.
/// The keys lie in the data folder, as those of sessions do: a copy of the database alone opens nothing.
/// </summary>
internal sealed class ProtectedSecrets(ISealedSecrets store, IDataProtectionProvider protection, ILogger<ProtectedSecrets> log) : ISecretStore
{
    private const string Purpose = "GitOpsGate.Secrets";

    public Task SetAsync(string name, string value, DateTimeOffset now, CancellationToken cancellation) =>
        store.SetAsync(name, For(name).Protect(Encoding.UTF8.GetBytes(value)), now, cancellation);

    public async Task<string?> FindAsync(string name, CancellationToken cancellation)
    {
        if (await store.FindAsync(name, cancellation) is not { } seal) return null;
        try
        {
            return Encoding.UTF8.GetString(For(name).Unprotect(seal.ToArray()));
        }
        catch (CryptographicException)
        {
            log.CannotOpen(name);
            return null;
        }
    }

    public Task<ImmutableArray<StoredSecretName>> NamesAsync(CancellationToken cancellation) => store.NamesAsync(cancellation);

    public Task<bool> RemoveAsync(string name, CancellationToken cancellation) => store.RemoveAsync(name, cancellation);

    private IDataProtector For(string name) => protection.CreateProtector(Purpose, name);
}
