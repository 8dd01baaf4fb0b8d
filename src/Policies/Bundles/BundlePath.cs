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
    public static bool Counts(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name is "data.json" or "data.yaml" or "data.yml"
            || path is ManifestReader.FileName or SignatureFile.FileName
            || (name.EndsWith(".rego", StringComparison.Ordinal) && name.Length > ".rego".Length);
    }
}
