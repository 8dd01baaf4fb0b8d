using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.SignIn;
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

    private readonly string _gitUrl;
    private readonly string _forge;
    private readonly bool _isFile;
    private readonly bool _isPartial;
    private volatile Signed _signed;

    /// <param name="credential">What signs in at first; see <see cref="Sign"/>.</param>
    public GitRemote(Connection connection, RepositoryKey repository, Credential credential)
    {
        (Name, _isPartial) = (repository.ToString(), true);
        var isAzure = connection.Forge == "azuredevops";
        var isName = isAzure ? IsNamePair(repository.Path) : IsPath(repository.Path);
        if (!isName) throw new GitTroubleException($"`{repository}` is not the name of a repository", isPermanent: true);
        (_gitUrl, _forge) = (connection.GitUrl, connection.Forge);
        Address = $"{_gitUrl.TrimEnd('/')}/{(isAzure ? PairOf(repository.Path) : $"{repository.Path}.git")}";
        _isFile = _gitUrl.StartsWith('/') || _gitUrl.StartsWith("file://", StringComparison.Ordinal);
        Web = _isFile || !_gitUrl.StartsWith("http", StringComparison.Ordinal) ? null : Address;
        Local = Guards;
        _signed = SignedBy(credential, []);
    }

    /// <param name="address">The whole address, or a folder.</param>
    private GitRemote(string address, Credential credential)
    {
        (Name, Address, _gitUrl, _forge) = (address, address, address, "");
        _isFile = address.StartsWith('/');
        Web = _isFile ? null : address;
        Local = Guards;
        _signed = SignedBy(credential, []);
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    public string Address { get; }

    /// <summary>The address for HTTP; null for a folder.</summary>
    public string? Web { get; }

    /// <summary>The credentials for HTTP, or null when there are none.</summary>
    public AuthenticationHeaderValue? Proof => _signed is { Credential.Token.Length: > 0 } signed ? signed.Proof : null;

    /// <summary>The settings of commands that must not reach out.</summary>
    public IReadOnlyList<(string Key, string Value)> Local { get; }

    /// <summary>
    /// The settings of commands that fetch, or that may fetch a file's content which a partial mirror has not yet. They are others once
    /// something else signs in.
    /// </summary>
    public IReadOnlyList<(string Key, string Value)> Settings => _signed.Settings;

    /// <summary>A repository that no forge's connection leads to, and that is not mirrored: what is fetched of it is whole.</summary>
    public static GitRemote At(string address, Credential credential) => new(address, credential);

    /// <summary>Signs in with this from now on. What runs already keeps what it began with.</summary>
    public void Sign(Credential credential)
    {
        var before = _signed;
        if (before.Credential.Token == credential.Token && before.Credential.User == credential.User) return;
        _signed = SignedBy(credential, [before.Credential.Token, before.Proof.Parameter ?? ""]);
    }

    /// <summary>Whether a git that was started with these settings can still reach out.</summary>
    public bool IsCurrent(IReadOnlyList<(string Key, string Value)> settings) =>
        ReferenceEquals(settings, Local) || ReferenceEquals(settings, _signed.Settings);

    /// <summary>Notes that the forge does not take what signs in: what is kept is dropped, so that the next try has a new token.</summary>
    public void Refused() => _signed.Credential.Drop?.Invoke();

    /// <summary>What git said, on one line, short, and without credentials.</summary>
    public string Redact(string said)
    {
        var signed = _signed;
        var text = said;
        foreach (var secret in (string[])[signed.Credential.Token, signed.Proof.Parameter ?? "", .. signed.Earlier])
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

    // The tokens of a project or a repository are let in as Bearer alone (Atlassian, "HTTP access tokens"); those of a user by name.
    private static AuthenticationHeaderValue ProofOf(string forge, Credential credential) =>
        forge == "bitbucket-datacenter" && credential.User is null
            ? new AuthenticationHeaderValue("Bearer", credential.Token)
            : new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserOf(forge, credential.User)}:{credential.Token}")));

    /// <summary>A project and a repository of Azure DevOps; their names may hold spaces and what else an address must not.</summary>
    private static bool IsNamePair(string path) =>
        path.Length <= 500 && path.Split('/') is [{ Length: > 0 } project, { Length: > 0 } name]
        && project[0] is not ('.' or '-') && name[0] is not ('.' or '-')
        && !path.Any(letter => char.IsControl(letter) || letter == '\\');

    private static string PairOf(string path) =>
        path.Split('/') is [var project, var name] ? $"{Uri.EscapeDataString(project)}/_git/{Uri.EscapeDataString(name)}" : path;

    private Signed SignedBy(Credential credential, string[] earlier)
    {
        var proof = ProofOf(_forge, credential);
        var allowed = _isFile ? [("protocol.file.allow", "always")] : new[] { ("protocol.http.allow", "always"), ("protocol.https.allow", "always") };
        return new Signed(credential, proof, earlier, [
            .. Guards, .. allowed, ("remote.origin.url", Address),
            // Said here so that git does not write it down for commands that are not to reach out.
            .. _isPartial ? new[] { ("remote.origin.promisor", "true"), ("remote.origin.partialclonefilter", "blob:none") } : [],
            .. _isFile || credential.Token.Length == 0 ? [] : new[] { ($"http.{_gitUrl}.extraHeader", $"Authorization: {proof}") },
        ]);
    }

    // Bitbucket Cloud wants the user's e-mail address for REST, and this word instead for git (Atlassian, "Using API tokens").
    private static string UserOf(string forge, string? user) => user is not null && forge != "bitbucket-cloud" ? user : forge switch
    {
        "github" => "x-access-token",
        "gitlab" => "oauth2",
        "bitbucket-cloud" => user is null ? "x-token-auth" : "x-bitbucket-api-token-auth",
        _ => "git",
    };

    /// <summary>What follows from a credential, always taken together.</summary>
    /// <param name="Earlier">What signed in before: a git that began with it may still complain about it.</param>
    private sealed record Signed(
        Credential Credential, AuthenticationHeaderValue Proof, string[] Earlier, IReadOnlyList<(string Key, string Value)> Settings);
}
