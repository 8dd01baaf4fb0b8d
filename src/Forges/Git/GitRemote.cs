using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// How git reaches one repository: its address, and the settings that keep a hostile repository harmless. Credentials travel in the
/// environment, never on a command line or in an address.
/// </summary>
internal sealed class GitRemote
{
    private static readonly Regex UserInfo = new("://[^/@\\s]+@", RegexOptions.CultureInvariant);

    private static readonly (string Key, string Value)[] Guards =
    [
        ("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("core.askPass", ""), ("credential.helper", ""),
        ("protocol.allow", "never"), ("transfer.fsckObjects", "true"), ("fetch.recurseSubmodules", "false"),
        ("submodule.recurse", "false"), ("http.followRedirects", "false"), ("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "30"),
        ("gc.auto", "0"), ("maintenance.auto", "false"), ("core.bigFileThreshold", "8m"), ("core.quotePath", "false"),
        ("diff.renameLimit", "2000"), ("merge.renameLimit", "2000"), ("advice.detachedHead", "false"),
    ];

    private readonly string _token;
    private readonly AuthenticationHeaderValue _proof;

    public GitRemote(Connection connection, RepositoryKey repository)
    {
        Repository = repository;
        var isAzure = connection.Forge == "azuredevops";
        var isName = isAzure ? IsNamePair(repository.Path) : IsPath(repository.Path);
        if (!isName) throw new GitTroubleException($"`{repository}` is not the name of a repository", isPermanent: true);
        _token = connection.Token.Reveal();
        _proof = ProofOf(connection.Forge, _token);
        Address = $"{connection.GitUrl.TrimEnd('/')}/{(isAzure ? PairOf(repository.Path) : $"{repository.Path}.git")}";
        var isFile = connection.GitUrl.StartsWith('/') || connection.GitUrl.StartsWith("file://", StringComparison.Ordinal);
        var allowed = isFile ? [("protocol.file.allow", "always")] : new[] { ("protocol.http.allow", "always"), ("protocol.https.allow", "always") };
        Web = isFile || !connection.GitUrl.StartsWith("http", StringComparison.Ordinal) ? null : Address;
        Local = Guards;
        Settings = [
            .. Guards, .. allowed, ("remote.origin.url", Address), ("remote.origin.promisor", "true"),
            // Said here so that git does not write it down for commands that are not to reach out.
            ("remote.origin.partialclonefilter", "blob:none"),
            .. isFile || _token.Length == 0 ? [] : new[] { ($"http.{connection.GitUrl}.extraHeader", $"Authorization: {_proof}") },
        ];
    }

    public RepositoryKey Repository { get; }

    public string Address { get; }

    /// <summary>The address for HTTP; null for a folder.</summary>
    public string? Web { get; }

    /// <summary>The credentials for HTTP, or null when there are none.</summary>
    public AuthenticationHeaderValue? Proof => _token.Length == 0 ? null : _proof;

    /// <summary>The settings of commands that must not reach out.</summary>
    public IReadOnlyList<(string Key, string Value)> Local { get; }

    /// <summary>The settings of commands that fetch, or that may fetch a file's content which a partial mirror has not yet.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; }

    /// <summary>What git said, on one line, short, and without credentials.</summary>
    public string Redact(string said)
    {
        var text = said;
        foreach (var secret in (string[])[_token, _proof.Parameter ?? ""])
        {
            if (secret.Length > 0) text = text.Replace(secret, "(secret)", StringComparison.Ordinal);
        }

        text = UserInfo.Replace(text, "://");
        text = string.Join("; ", text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        text = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return text.Length <= 500 ? text : text[..500] + "…";
    }

    /// <summary>Whether a name can be a branch, by the rules of git-check-ref-format(1).</summary>
    public static bool IsBranch(string name) =>
        name.Length is > 0 and <= 250 && !name.Any(letter => letter <= ' ' || letter == 127 || "~^:?*[\\".Contains(letter))
        && name[0] is not ('-' or '/') && name[^1] is not ('/' or '.') && !name.Contains("..") && !name.Contains("//")
        && !name.Contains("@{") && !name.Split('/').Any(part => part.StartsWith('.') || part.EndsWith(".lock", StringComparison.Ordinal));

    private static bool IsPath(string path) =>
        path.Length is > 0 and <= 500 && path.Split('/').All(part => part.Length > 0 && part[0] is not ('.' or '-'))
        && path.All(letter => char.IsLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.' or '~' or '+');

    // The tokens of a project or a repository are let in as Bearer alone (Atlassian, "HTTP access tokens").
    private static AuthenticationHeaderValue ProofOf(string forge, string token) => forge == "bitbucket-datacenter"
        ? new AuthenticationHeaderValue("Bearer", token)
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserOf(forge)}:{token}")));

    /// <summary>A project and a repository of Azure DevOps; their names may hold spaces and what else an address must not.</summary>
    private static bool IsNamePair(string path) =>
        path.Length <= 500 && path.Split('/') is [{ Length: > 0 } project, { Length: > 0 } name]
        && project[0] is not ('.' or '-') && name[0] is not ('.' or '-')
        && !path.Any(letter => char.IsControl(letter) || letter == '\\');

    private static string PairOf(string path) =>
        path.Split('/') is [var project, var name] ? $"{Uri.EscapeDataString(project)}/_git/{Uri.EscapeDataString(name)}" : path;

    private static string UserOf(string forge) => forge switch
    {
        "github" => "x-access-token",
        "gitlab" => "oauth2",
        "bitbucket-cloud" => "x-token-auth",
        _ => "git",
    };
}
