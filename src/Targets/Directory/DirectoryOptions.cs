namespace GitOpsGate.Targets.Directory;

/// <summary>The settings of a directory target.</summary>
/// <param name="Path">The folder that holds <c>current</c> and the releases, absolute.</param>
/// <param name="Keep">How many releases stay, the current one included.</param>
internal sealed record DirectoryOptions(string Path, int Keep)
{
    public static DirectoryOptions Read(TargetSettings settings)
    {
        var path = settings.Required("path", "the folder to deploy to, for instance `/srv/www/shop`");
        if (path.Length > 0 && (!System.IO.Path.IsPathFullyQualified(path) || System.IO.Path.GetFullPath(path).TrimEnd('/') is "" or "."))
            settings.Wrong($"has `path: {path}`; it must be an absolute path below the root folder");
        return new DirectoryOptions(path.Length > 0 ? System.IO.Path.GetFullPath(path) : path, settings.Number("keep", 5, 1, 100));
    }
}
