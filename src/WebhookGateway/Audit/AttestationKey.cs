using GitOpsGate.Attestations;
using GitOpsGate.Dispatch;
using GitOpsGate.WebhookGateway.Composition;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>The key that attestations are signed with: <c>attestation.pem</c> in the data folder, made when it is first needed.</summary>
internal static class AttestationKey
{
    public const string FileName = "attestation.pem";

    /// <exception cref="ArgumentException">What is there is no P-256 key.</exception>
    public static AttestationSigner Open(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) PrivateFile.Make(path, EnvelopeSigner.NewKey());
        return new AttestationSigner(File.ReadAllText(path));
    }
}
