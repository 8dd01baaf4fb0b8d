namespace GitOpsGate.Testing;

/// <summary>
/// Finds reference data that is read in place and never committed: the folder that <c>GITOPSGATE_SHARED</c> names, or <c>shared</c>
/// beside the repository. Tests that need it skip by name where it is absent.
/// </summary>
public static class Shared
{
    /// <summary>The folder <c>data</c> of the reference material, or null where there is none.</summary>
    public static string? DataFolder { get; } = Find();

    /// <summary>The repository's root: the folder that holds <c>GitOpsGate.sln</c>.</summary>
    public static string RepositoryRoot { get; } =
        Up(AppContext.BaseDirectory, folder => File.Exists(Path.Combine(folder, "GitOpsGate.sln")))
        ?? throw new InvalidOperationException("the tests run outside a checkout: no folder above holds `GitOpsGate.sln`");

    /// <summary>The full path of a file or folder of the reference material, or null where it is absent.</summary>
    public static string? Locate(string relative) =>
        DataFolder is { } folder && Path.Combine(folder, relative) is var path && (File.Exists(path) || Directory.Exists(path)) ? path : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("GITOPSGATE_SHARED") is { Length: > 0 } named) return DataOf(named);
        var beside = Up(AppContext.BaseDirectory, folder => DataOf(Path.Combine(folder, "shared")) is not null);
        return beside is null ? null : DataOf(Path.Combine(beside, "shared"));
    }

    private static string? DataOf(string shared) =>
        Directory.Exists(Path.Combine(shared, "data")) ? Path.Combine(shared, "data") : null;

    private static string? Up(string from, Func<string, bool> isIt)
    {
        for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
        {
            if (isIt(folder.FullName)) return folder.FullName;
        }

        return null;
    }
}
