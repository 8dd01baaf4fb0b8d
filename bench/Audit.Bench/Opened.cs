using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Attestations;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Dispatch;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.AuditBench;

/// <summary>The gate's storage in a folder, as the gateway opens it.</summary>
internal sealed class Opened : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Opened(string folder, TimeProvider? clock = null) => (Folder, _services) = (folder, new ServiceCollection()
        .AddLogging()
        .AddSingleton(clock ?? TimeProvider.System)
        .AddSingleton<IKeyWrap, Wrap>()
        .AddGateStorage(folder, postgres: null)
        .AddSingleton<AuditProofs>()
        .AddSingleton(_ => Attester(folder))
        .AddSingleton<AttestationFiles>()
        .AddSingleton(given => new BundleCompany(given.GetRequiredService<AttestationFiles>()))
        .AddSingleton<EvidenceExport>()
        .BuildServiceProvider());

    public string Folder { get; }

    public IGateStore Store => _services.GetRequiredService<IGateStore>();

    public IIdentities Identities => _services.GetRequiredService<IIdentities>();

    public IAuditReader Reader => _services.GetRequiredService<IAuditReader>();

    public EvidenceExport Export => _services.GetRequiredService<EvidenceExport>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The same one for every process that opens the folder: a list of files is signed once.
    private static AttestationSigner Attester(string folder)
    {
        var path = Path.Combine(folder, "attestation.pem");
        if (!File.Exists(path)) File.WriteAllText(path, EnvelopeSigner.NewKey());
        return new AttestationSigner(File.ReadAllText(path));
    }

    /// <summary>Wraps keys with one that is always the same: nothing here is secret.</summary>
    private sealed class Wrap : IKeyWrap
    {
        private const int NonceLength = 12;
        private const int TagLength = 16;
        private static readonly byte[] Key = SHA256.HashData("bench"u8);

        byte[] IKeyWrap.Wrap(string keyId, byte[] key)
        {
            var wrapped = new byte[NonceLength + key.Length + TagLength];
            RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceLength));
            using var cipher = new AesGcm(Key, TagLength);
            cipher.Encrypt(wrapped.AsSpan(0, NonceLength), key, wrapped.AsSpan(NonceLength, key.Length), wrapped.AsSpan(NonceLength + key.Length), Encoding.UTF8.GetBytes(keyId));
            return wrapped;
        }

        public byte[]? Unwrap(string keyId, byte[] wrapped)
        {
            var key = new byte[wrapped.Length - NonceLength - TagLength];
            using var cipher = new AesGcm(Key, TagLength);
            cipher.Decrypt(wrapped.AsSpan(0, NonceLength), wrapped.AsSpan(NonceLength, key.Length), wrapped.AsSpan(NonceLength + key.Length), key, Encoding.UTF8.GetBytes(keyId));
            return key;
        }
    }
}
