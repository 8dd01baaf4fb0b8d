using System.Security.Cryptography;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Composition;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>
/// The keys that checkpoints of the audit log are signed with, readable by their owner alone: the one that <c>gate.yaml</c> names, and beside it
/// those that came later, <c>audit-1a2b3c4d.pem</c>. They are others than the warrants' (audit design, §1.7).
/// </summary>
internal sealed class AuditKeyFiles(AuditSettings settings) : ILogKeyFiles
{
    private readonly Lock _gate = new();
    private Ed25519PrivateKey? _primary;
    private List<Ed25519PrivateKey>? _kept;

    public Ed25519PrivateKey Primary
    {
        get
        {
            lock (_gate) return _primary ??= Open(settings.KeyPath);
        }
    }

    public IReadOnlyList<Ed25519PrivateKey> Kept
    {
        get
        {
            lock (_gate) return [.. _kept ??= ReadKept()];
        }
    }

    public ECDsa? OpenSecond()
    {
        if (settings.SecondKeyPath is not { } path) return null;
        lock (_gate)
        {
            if (!File.Exists(path)) MakeSecond(path);
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportKey(File.ReadAllText(path));
            // A curve is known by its object identifier: prime256v1.
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value) return key;
        }
        catch (Exception trouble) when (trouble is ArgumentException or CryptographicException)
        {
            // Told below, with what would be right.
        }

        key.Dispose();
        throw new FormatException($"`{path}` is no private P-256 key in PEM; `openssl ecparam -name prime256v1 -genkey -noout` makes one");
    }

    public void Keep(Ed25519PrivateKey key)
    {
        lock (_gate)
        {
            _kept ??= ReadKept();
            var name = Convert.ToHexStringLower(SHA256.HashData(key.PublicKey.Span).AsSpan(0, 4));
            PrivateFile.Make(Path.Combine(Folder(settings.KeyPath), $"{Stem}{name}.pem"), key.ToPem());
            _kept.Add(key);
        }
    }

    private string Stem => Path.GetFileNameWithoutExtension(settings.KeyPath) + "-";

    private static string Folder(string path) => Path.GetDirectoryName(path)!;

    private static Ed25519PrivateKey Open(string path)
    {
        Directory.CreateDirectory(Folder(path));
        if (!File.Exists(path)) PrivateFile.Make(path, Ed25519PrivateKey.New().ToPem());
        return Ed25519PrivateKey.FromPem(File.ReadAllText(path));
    }

    private static void MakeSecond(string path)
    {
        Directory.CreateDirectory(Folder(path));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Make(path, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private List<Ed25519PrivateKey> ReadKept()
    {
        if (!Directory.Exists(Folder(settings.KeyPath))) return [];
        var paths = Directory.EnumerateFiles(Folder(settings.KeyPath), $"{Stem}????????.pem")
            .Where(path => Path.GetFileNameWithoutExtension(path)[Stem.Length..].All(char.IsAsciiHexDigitLower));
        return [.. paths.Order(StringComparer.Ordinal).Select(path => Ed25519PrivateKey.FromPem(File.ReadAllText(path)))];
    }
}
