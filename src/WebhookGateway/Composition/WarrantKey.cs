using GitOpsGate.Dispatch;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>
/// The key that warrants are signed with: <c>warrant.pem</c> in the data folder, made at the first start, readable by its
/// owner alone.
/// </summary>
internal static class WarrantKey
{
    public const string FileName = "warrant.pem";

    public static WarrantSigner Open(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) PrivateFile.Make(path, WarrantSigner.NewKey());
        return new WarrantSigner(File.ReadAllText(path));
    }
}
