using System.Text;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Cli;

/// <summary>Where policies and data stand on disk, as the command line says.</summary>
/// <param name="Paths">Folders, bundles and single files.</param>
/// <param name="Bundles">Folders and archives that are bundles, whatever they look like.</param>
/// <param name="Ignore">Patterns of names that are passed over.</param>
/// <param name="IsV0">Whether modules are v0 where nothing else is said.</param>
internal sealed record PolicySources(
    IReadOnlyList<string> Paths, IReadOnlyList<string> Bundles, IReadOnlyList<string> Ignore, bool IsV0);

/// <summary>Policies and data, read but not compiled.</summary>
internal sealed record PolicySet(IReadOnlyList<RegoModuleSource> Modules, RegoValue Data, string Revision);

/// <summary>Bundles, modules and documents on disk.</summary>
internal static class PolicyFiles
{
    /// <summary>Reads everything and puts it together.</summary>
    /// <exception cref="CommandFailure">Something cannot be read, or two sources give one path different values.</exception>
    public static async Task<PolicySet> LoadAsync(PolicySources sources, CancellationToken cancellation)
    {
        var modules = new List<RegoModuleSource>();
        var data = RegoObject.Empty;
        var revisions = new List<string>();
        foreach (var (path, isBundle) in sources.Paths.Select(p => (p, false)).Concat(sources.Bundles.Select(p => (p, true))))
        {
            var bundle = await ReadAsync(path, OptionsOf(sources, path, isBundle), cancellation);
            modules.AddRange(bundle.Modules.Select(module => new RegoModuleSource(
                ShownPath(path, module.Path), module.Source, module.RegoVersion == 0 ? RegoVersion.V0 : RegoVersion.V1)));
            data = Merged(data, RegoJson.Parse(Encoding.UTF8.GetString(bundle.Data.Span)).AsObject!, path);
            revisions.Add(bundle.Revision);
        }

        return new PolicySet([.. modules.DistinctBy(module => module.File)], RegoValue.Of(data), string.Join(' ', revisions));
    }

    /// <summary>Compiles what was read.</summary>
    /// <exception cref="CommandFailure">It does not compile; the message has a line for each problem.</exception>
    public static RegoEngine Compile(PolicySet set, RegoOptions options)
    {
        var compiled = RegoEngine.Compile(set.Modules, set.Data, options with { BundleRevision = set.Revision });
        return compiled.Engine ?? throw NotCompiled(compiled.Errors);
    }

    /// <summary>Reads a bundle, a folder of policies, or one file.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static async Task<PolicyBundle> ReadAsync(string path, BundleOptions options, CancellationToken cancellation)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there; give a folder, a .tar.gz, or a .rego, .json or .yaml file");
        var isOneFile = File.Exists(path) && Path.GetExtension(path) is ".rego" or ".json" or ".yaml" or ".yml";
        var reading = isOneFile
            ? BundleReader.Read([new BundleFile(Path.GetFileName(path), await File.ReadAllBytesAsync(path, cancellation))], options with { TakesAllData = true })
            : await BundleReader.ReadAsync(path, options, cancellation);
        return reading switch
        {
            BundleReading.Complete(var bundle) => bundle,
            BundleReading.Refused(var problems) => throw new CommandFailure(
                ExitCode.No, $"`{path}` cannot be read\n{string.Join('\n', problems.Select(problem => $"  {problem.Path}: {problem.Message}"))}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>A folder without a manifest is read as OPA's tools read it: every JSON and YAML file in it is data.</summary>
    public static BundleOptions OptionsOf(PolicySources sources, string path, bool isBundle) => new()
    {
        Ignore = sources.Ignore,
        RegoVersion = sources.IsV0 ? 0 : 1,
        TakesAllData = !isBundle && Directory.Exists(path) && !File.Exists(Path.Combine(path, ".manifest")),
    };

    public static CommandFailure NotCompiled(IReadOnlyList<RegoError> errors) => new(
        ExitCode.No, $"the policies do not compile\n{string.Join('\n', errors.Select(error => "  " + error))}");

    /// <summary>The bytes of a file that the command line names; <c>-</c> is standard input.</summary>
    public static byte[] Read(string path)
    {
        if (path == "-")
        {
            using var all = new MemoryStream();
            using var input = Console.OpenStandardInput();
            input.CopyTo(all);
            return all.ToArray();
        }

        return File.Exists(path) ? File.ReadAllBytes(path) : throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there");
    }

    /// <summary>The bytes of a file that the command line names.</summary>
    public static byte[] Read(FileInfo file) => Read(file.ToString());

    /// <summary>The path of a module as errors and reports name it: one that an editor can open.</summary>
    private static string ShownPath(string root, string path) =>
        File.Exists(root) && Path.GetExtension(root) == ".rego" ? root.Replace('\\', '/') : Path.Combine(root, path).Replace('\\', '/');

    private static RegoObject Merged(RegoObject left, RegoObject right, string path)
    {
        for (var i = 0; i < right.Count; i++)
        {
            var (key, value) = (right.Keys[i], right.Values[i]);
            var known = left.Find(key);
            if (known is { IsDefined: true, AsObject: { } a } && value.AsObject is { } b) value = RegoValue.Of(Merged(a, b, path));
            else if (known.IsDefined && !known.Equals(value))
                throw new CommandFailure(ExitCode.No, $"`{path}` gives `{key}` another value than what was read before it");
            left = left.With(key, value);
        }

        return left;
    }
}
