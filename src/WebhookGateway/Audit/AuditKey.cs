using GitOpsGate.Audit.Notes;
using GitOpsGate.WebhookGateway.Composition;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>
/// The key that checkpoints of the audit log are signed with: made at the first start, readable by its owner alone. It is another one than the
/// warrants' (audit design, §1.7).
/// </summary>
internal static class AuditKey
{
    /// <exception cref="FormatException">What is there is no Ed25519 key.</exception>
    public static Ed25519PrivateKey Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path)) PrivateFile.Make(path, Ed25519PrivateKey.New().ToPem());
        return Ed25519PrivateKey.FromPem(File.ReadAllText(path));
    }
}
