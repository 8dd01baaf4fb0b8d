namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>Files that hold keys.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a file that was not there, readable by its owner alone.</summary>
    public static void Make(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        // The right mode from the first moment on, not after a moment of anybody's.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
