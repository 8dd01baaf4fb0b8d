namespace GitOpsGate.Policies.Bundles;

/// <summary>Brings a path found in an archive or a folder into the one form that a bundle uses, or says why it cannot.</summary>
internal static class BundlePath
{
    /// <summary>
    /// The path without a leading <c>./</c> or <c>/</c>; null (and a reason) when it could point outside the bundle.
    /// </summary>
    public static string? Normalise(string path, out string reason)
    {
        reason = "";
        var plain = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path.TrimStart('/');
        if (plain.Length is 0 or > 1024) reason = "has a path that is empty or longer than 1024 characters";
        else if (plain.Any(char.IsControl) || plain.Contains('\\')) reason = "has a control character or a backslash in its path";
        else if (plain.Split('/').Any(part => part is "" or "." or ".."))
            reason = "has a path that leaves the bundle or repeats a slash";
        return reason.Length == 0 ? plain : null;
    }

    /// <summary>
    /// Whether the file is part of a bundle's meaning; others (readme, wasm, plans, schemas) are passed over as OPA does.
    /// </summary>
    public static bool Counts(string path, BundleOptions options)
    {
        if (options.Ignores(path)) return false;
        return IsData(path, options)
            || path is ManifestReader.FileName or SignatureFile.FileName
            || (path.EndsWith(".rego", StringComparison.Ordinal) && NameOf(path).Length > ".rego".Length);
    }

    /// <summary>Whether the file is a data file.</summary>
    public static bool IsData(string path, BundleOptions options)
    {
        var name = NameOf(path);
        if (name is "data.json" or "data.yaml" or "data.yml") return true;
        return options.TakesAllData && name[0] != '.' && Path.GetExtension(name) is ".json" or ".yaml" or ".yml";
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
