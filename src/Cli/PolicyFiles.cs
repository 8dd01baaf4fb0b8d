using System.Text;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Cli;

/// <summary>Bundles and documents on disk.</summary>
internal static class PolicyFiles
{
    /// <summary>Reads and compiles a bundle.</summary>
    /// <exception cref="CommandFailure">It cannot be read or does not compile; the message has a line for each problem.</exception>
    public static async Task<RegoEngine> CompileAsync(string path, CancellationToken cancellation)
    {
        var bundle = await ReadAsync(path, cancellation);
        var compiled = RegoEngine.Compile(Modules(bundle), Data(bundle), new RegoOptions { BundleRevision = bundle.Revision });
        return compiled.Engine ?? throw new CommandFailure(
            ExitCode.No, $"`{path}` does not compile\n{string.Join('\n', compiled.Errors.Select(error => "  " + error))}");
    }

    /// <summary>Reads a bundle.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static async Task<PolicyBundle> ReadAsync(string path, CancellationToken cancellation)
    {
        if (!Directory.Exists(path) && !File.Exists(path)) throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there; give a folder or a .tar.gz");
        return await BundleReader.ReadAsync(path, BundleOptions.Default, cancellation) switch
        {
            BundleReading.Complete(var bundle) => bundle,
            BundleReading.Refused(var problems) => throw new CommandFailure(
                ExitCode.No, $"`{path}` cannot be read\n{string.Join('\n', problems.Select(problem => $"  {problem.Path}: {problem.Message}"))}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public static IEnumerable<RegoModuleSource> Modules(PolicyBundle bundle) => bundle.Modules.Select(module =>
        new RegoModuleSource(module.Path, module.Source, module.RegoVersion == 0 ? RegoVersion.V0 : RegoVersion.V1));

    public static RegoValue Data(PolicyBundle bundle) => RegoJson.Parse(Encoding.UTF8.GetString(bundle.Data.Span));

    /// <summary>The bytes of a file that the command line names.</summary>
    public static byte[] Read(FileInfo file) =>
        file.Exists ? File.ReadAllBytes(file.FullName) : throw new CommandFailure(ExitCode.Usage, $"`{file}` is not there");
}
