using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.World;

namespace GitOpsGate.Configuration;

/// <summary><c>gate.yaml</c>, read and checked: what a gateway is told by the people who run it.</summary>
public sealed record GateConfiguration
{
    /// <summary>Where people and forges reach this gateway, for instance <c>https://gate.example.org</c>; no slash at the end.</summary>
    public required string PublicUrl { get; init; }

    /// <summary>The folder of the database and the Git mirrors, absolute.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Npgsql's connection string, or null for the embedded SQLite file.</summary>
    public Secret? PostgreSql { get; init; }

    public ImmutableArray<Connection> Connections { get; init; } = [];

    public ImmutableArray<BundleSource> Bundles { get; init; } = [];

    /// <summary>Rules that hold for every repository that they name; a repository can add to them and never weaken them.</summary>
    public required RuleFile ServerRules { get; init; }

    public ImmutableArray<EnvironmentSource> Environments { get; init; } = [];

    public ImmutableArray<TargetSource> Targets { get; init; } = [];

    /// <summary>Where the audit log's key and anchor are; null for the usual places in the data folder.</summary>
    public AuditSettings? Audit { get; init; }

    /// <summary>Whether each move of a guarded branch is attested by itself.</summary>
    public bool AttestsMerges { get; init; } = true;

    public ReconcileSettings Reconcile { get; init; } = ReconcileSettings.Usual;

    public RetentionSettings Retention { get; init; } = RetentionSettings.Usual;

    /// <summary>SHA-256 over the file's bytes, lower-case hex.</summary>
    public required string Digest { get; init; }

    /// <summary>The secrets of the gate's own store that the file names; to be filled before anybody reveals them.</summary>
    public StoredSecrets Stored { get; init; } = new();

    /// <summary>Says which secrets' files cannot be read any more.</summary>
    public SecretFiles Files { get; init; } = new(TimeProvider.System);
}

/// <summary>How the audit log proves itself to others.</summary>
/// <param name="KeyPath">The file of the Ed25519 key that checkpoints are signed with, absolute; made when it is not there.</param>
/// <param name="AnchorPath">The file that remembers the newest checkpoint, absolute; best on another volume than the database.</param>
public sealed record AuditSettings(string KeyPath, string AnchorPath)
{
    /// <summary>The file of an ECDSA P-256 key that signs beside it, absolute; made when it is not there. Null for none.</summary>
    public string? SecondKeyPath { get; init; }

    /// <summary>Where entries are copied to.</summary>
    public ImmutableArray<SinkSource> Sinks { get; init; } = [];

    /// <summary>Where its checkpoints are held on to by others.</summary>
    public AnchorSettings Anchors { get; init; } = AnchorSettings.None;

    /// <summary>Who cosigns its checkpoints.</summary>
    public WitnessSettings Witnesses { get; init; } = WitnessSettings.None;

    /// <summary>Both files in the data folder.</summary>
    public static AuditSettings In(string dataFolder) => new(Path.Combine(dataFolder, "audit.pem"), Path.Combine(dataFolder, "audit-anchor"));
}

/// <summary>One configured link to a forge.</summary>
public sealed record Connection
{
    public required ConnectionName Name { get; init; }

    /// <summary>
    /// <c>github</c>, <c>gitlab</c>, <c>bitbucket-cloud</c>, <c>bitbucket-datacenter</c>, <c>gitea</c> (Forgejo too) or
    /// <c>azuredevops</c>.
    /// </summary>
    public required string Forge { get; init; }

    /// <summary>The REST API's root without a slash at the end, for instance <c>https://api.github.com</c>.</summary>
    public required string ApiUrl { get; init; }

    /// <summary>
    /// Where repositories are cloned from: the repository's path and <c>.git</c> are added to it; for Azure DevOps
    /// <c>project/_git/repository</c>.
    /// </summary>
    public required string GitUrl { get; init; }

    /// <summary>The token that signs in; empty where <see cref="App"/> or <see cref="OAuth"/> does.</summary>
    public required Secret Token { get; init; }

    /// <summary>The GitHub App that signs in instead of a token's owner, or null.</summary>
    public AppIdentity? App { get; init; }

    /// <summary>The OAuth client that signs in instead of a token's owner (Bitbucket Cloud), or null.</summary>
    public OAuthIdentity? OAuth { get; init; }

    /// <summary>Whom the token belongs to, where a forge wants both as HTTP Basic (Bitbucket), or null.</summary>
    public string? User { get; init; }

    /// <summary>
    /// Why the connection cannot sign in now, or null when it can. A token that is empty is no such reason: it stands for nobody.
    /// </summary>
    public string? Lacks => App is { } app ? app.PrivateKey.Missing
        : OAuth is { } oauth ? oauth.Secret.Missing
        : Token.IsFixed ? null : Token.Missing;

    /// <summary>The webhook secrets that are accepted; the first one is used when a hook is registered. One or two.</summary>
    public required ImmutableArray<Secret> WebhookSecrets { get; init; }

    /// <summary>GitLab's newer signing tokens (<c>whsec_…</c>).</summary>
    public ImmutableArray<Secret> SigningTokens { get; init; } = [];

    /// <summary>Teams that the forge does not know (Bitbucket Cloud has no groups in its API): name → logins or ids.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Teams { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The status' name on the forge.</summary>
    public string StatusContext { get; init; } = "gitops-gate";
}

/// <summary>A policy bundle and the engine that evaluates it.</summary>
/// <param name="Path">A folder or a <c>.tar.gz</c>, absolute.</param>
/// <param name="OpaUrl">The OPA server to ask, or null for the embedded engine.</param>
public sealed record BundleSource(string Name, string Path, string? OpaUrl)
{
    /// <summary>How much one question to the embedded engine may use: see docs/rego-limits.md.</summary>
    public RegoLimits Limits { get; init; } = RegoLimits.Default;

    /// <summary>What its policies may ask of the world: nothing, unless <c>gate.yaml</c> says so.</summary>
    public WorldGrants Grants { get; init; } = WorldGrants.None;
}

/// <summary>An environment: what a branch of a repository is deployed to.</summary>
/// <param name="Path">The part of the repository; empty for all.</param>
public sealed record EnvironmentSource(string Name, RepositoryKey Repository, string Branch, string Path, ImmutableArray<string> Targets);

/// <summary>A deployment target and its own settings, read by the target's folder.</summary>
/// <param name="Kind"><c>agent</c>, <c>directory</c> or <c>webhook</c>.</param>
/// <param name="Settings">The scalar settings by name.</param>
/// <param name="Secrets">The resolved secrets by name.</param>
public sealed record TargetSource(
    string Name, string Kind, ImmutableSortedDictionary<string, string> Settings, ImmutableSortedDictionary<string, Secret> Secrets)
{
    /// <summary>Whether a sync agent fetches what is ordered, instead of being sent it.</summary>
    public bool IsOfAgent => Kind == "agent";
}
