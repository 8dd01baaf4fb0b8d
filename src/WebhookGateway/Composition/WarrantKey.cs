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
        if (!File.Exists(path)) Make(path);
        return new WarrantSigner(File.ReadAllText(path));
    }

    private static void Make(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        // The right mode from the first moment on, not after a moment of anybody's.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(WarrantSigner.NewKey());
    }
}
