using System.Text;

namespace GitOpsGate.Policies.Bundles;

/// <summary>Makes a bundle of files that are already in memory, and collects everything that stands against it.</summary>
internal static class BundleAssembly
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BundleReading Assemble(
        IReadOnlyCollection<BundleFile> found, BundleOptions options, List<BundleProblem> problems)
    {
        var files = found.Where(file => BundlePath.Counts(file.Path, options)).OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        foreach (var twice in files.GroupBy(file => file.Path).Where(group => group.Count() > 1))
            problems.Add(new BundleProblem(twice.Key, "stands in the bundle more than once"));

        var manifestFile = files.FirstOrDefault(file => file.Path == ManifestReader.FileName);
        var manifest = manifestFile is null
            ? BundleManifest.Default with { RegoVersion = options.RegoVersion }
            : ManifestReader.Read(manifestFile.Content, options.RegoVersion, problems);
        var modules = new List<PolicyModule>();
        var data = new DataMerge(manifest, options, problems);
        foreach (var file in files.Where(file => file.Name.EndsWith(".rego", StringComparison.Ordinal)))
            AddModule(file, manifest, modules, problems);

        // Outer folders first, so that a disagreement is told of the inner file.
        foreach (var file in files.Where(file => BundlePath.IsData(file.Path, options))
            .OrderBy(file => file.Folder.Count))
            data.Add(file);

        if (files.Count == 0 && problems.Count == 0)
            problems.Add(new BundleProblem(null, "there is no `*.rego`, `data.json` or `.manifest` in the bundle"));
        if (problems.Count > 0)
            return new BundleReading.Refused([.. problems.OrderBy(problem => problem.Path, StringComparer.Ordinal)]);
        return new BundleReading.Complete(new PolicyBundle(manifest, modules, data.ToJson(), files));
    }

    private static void AddModule(
        BundleFile file, BundleManifest manifest, List<PolicyModule> modules, List<BundleProblem> problems)
    {
        try
        {
            modules.Add(new PolicyModule(file.Path, StrictUtf8.GetString(file.Content.Span), manifest.VersionOf(file.Path)));
        }
        catch (DecoderFallbackException)
        {
            problems.Add(new BundleProblem(file.Path, "is not UTF-8, which Rego is written in"));
        }
    }
}
