using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Configuration;

/// <summary>The lists of <c>gate.yaml</c>: connections, bundles, targets, environments.</summary>
internal sealed class GateFileParts(string folder, SecretSource secrets, List<FileProblem> warnings)
{
    /// <summary>The forges that have no usual address, each with what one looks like.</summary>
    private static readonly ImmutableSortedDictionary<string, string> OfOnesOwn = new Dictionary<string, string>
    {
        ["azuredevops"] = "https://dev.azure.com/acme",
        ["bitbucket-datacenter"] = "https://bitbucket.example.org/rest",
        ["gitea"] = "https://gitea.example.org/api/v1",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static readonly ImmutableSortedDictionary<string, (string Api, string Git)> Forges =
        new Dictionary<string, (string Api, string Git)>
        {
            ["github"] = ("https://api.github.com", "https://github.com"),
            ["gitlab"] = ("https://gitlab.com/api/v4", "https://gitlab.com"),
            ["bitbucket-cloud"] = ("https://api.bitbucket.org/2.0", "https://bitbucket.org"),
        }.Concat(OfOnesOwn.Keys.Select(word => KeyValuePair.Create(word, (Api: "", Git: "")))).ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>An absolute http or https address without a slash at the end.</summary>
    public static string Url(Fields fields, string key, string text)
    {
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0;
        if (text.Length > 0 && !isUrl) fields.Refuse(fields.LineOf(key), $"`{key}` should be an address such as `https://gate.example.org`");
        return text.TrimEnd('/');
    }

    public static ImmutableArray<EnvironmentSource> Environments(
        Fields root, ImmutableArray<Connection> connections, ImmutableArray<TargetSource> targets)
    {
        var environments = ImmutableArray.CreateBuilder<EnvironmentSource>();
        foreach (var fields in root.Each("environments"))
        {
            var repository = fields.Needed("repository", "github:acme/shop");
            var (connection, path) = repository.Split(':', 2) is [var left, { Length: > 0 } right] ? (left, right) : ("", repository);
            if (repository.Length > 0 && !connections.Any(known => known.Name.Value == connection))
            {
                fields.Refuse(fields.LineOf("repository"), $"`{repository}` should be `connection:owner/name` with a connection of this file");
            }

            foreach (var (target, line) in fields.Texts("targets").Where(named => targets.All(known => known.Name != named.Value)))
            {
                fields.Refuse(line, $"target `{target}` is not among `targets`");
            }

            environments.Add(new EnvironmentSource(
                RuleFileReader.Name(fields, "production"),
                new RepositoryKey(new ConnectionName(connection), path),
                fields.Needed("branch", "main"),
                (fields.Text("path") ?? "").Trim('/'),
                fields.Words("targets")));
            if (environments[^1].Targets.IsEmpty) fields.Refuse(fields.Line, "`targets` is missing: an environment names at least one");
            fields.Done();
        }

        Unique(root, "environment", environments.Select(environment => environment.Name));
        return environments.ToImmutable();
    }

    public string PathOf(string path) => Path.GetFullPath(Path.Combine(folder, path));

    public ImmutableArray<Connection> Connections(Fields root)
    {
        var connections = root.Each("connections").Select(Connection).ToImmutableArray();
        Unique(root, "connection", connections.Select(connection => connection.Name.Value));
        return connections;
    }

    public ImmutableArray<BundleSource> Bundles(Fields root)
    {
        var bundles = ImmutableArray.CreateBuilder<BundleSource>();
        foreach (var fields in root.Each("bundles"))
        {
            var path = PathOf(fields.Needed("path", "policies"));
            if (!Directory.Exists(path) && !File.Exists(path))
            {
                fields.Refuse(fields.LineOf("path"), $"`{path}` is not there; a folder or a `.tar.gz` would be right");
            }

            var opa = fields.Text("opa");
            bundles.Add(new BundleSource(RuleFileReader.Name(fields, "shipped"), path, opa is null ? null : Url(fields, "opa", opa))
            {
                Limits = BundleLimitsReader.Read(fields, opa is not null),
                Grants = BundleGrantsReader.Read(fields, opa is not null),
            });
            fields.Done();
        }

        Unique(root, "bundle", bundles.Select(bundle => bundle.Name));
        return bundles.ToImmutable();
    }

    public ImmutableArray<TargetSource> Targets(Fields root)
    {
        var targets = root.Each("targets").Select(Target).ToImmutableArray();
        Unique(root, "target", targets.Select(target => target.Name));
        return targets;
    }

    /// <summary>The secret under a key, or null when the key is absent or cannot be resolved (which is a problem).</summary>
    public Secret? SecretOf(Fields fields, string key) => fields.Text(key) is { } reference
        ? Resolve(fields, key, reference, fields.LineOf(key))
        : null;

    /// <summary>The same for one that is needed before the gate's own store is open.</summary>
    public Secret? EarlySecret(Fields fields, string key)
    {
        if (fields.Text(key) is { } reference) RefuseStored(fields, key, reference, fields.LineOf(key));
        return SecretOf(fields, key);
    }

    private static void RefuseStored(Fields fields, string key, string reference, int line)
    {
        if (SecretSource.IsStored(reference))
        {
            fields.Refuse(line, $"`{key}` is needed before the gate's own store is open; `env:NAME` or `file:PATH` would be right");
        }
    }

    private static void Unique(Fields root, string kind, IEnumerable<string> names)
    {
        foreach (var group in names.Where(name => name.Length > 0).GroupBy(name => name, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            root.Refuse(root.LineOf(kind + "s"), $"{kind} `{group.Key}` stands twice; give each its own name");
        }
    }

    private Connection Connection(Fields fields)
    {
        var name = RuleFileReader.Name(fields, "github");
        var forge = fields.Needed("forge", "github");
        if (forge.Length > 0 && !Forges.ContainsKey(forge))
        {
            var known = string.Join(" or ", Forges.Keys.Select(word => $"`{word}`"));
            fields.Refuse(fields.LineOf("forge"), $"forge `{forge}` is not known; {known} would be right");
        }

        var usual = Forges.GetValueOrDefault(forge, (Api: "", Git: ""));
        var api = Api(fields, forge, usual);
        var signIn = new SignInReader(SecretOf).Read(fields, forge);
        var connection = new Connection
        {
            Name = new ConnectionName(name),
            Forge = forge,
            ApiUrl = api,
            GitUrl = Git(fields, forge, api, usual),
            Token = signIn.Token,
            App = signIn.App,
            OAuth = signIn.OAuth,
            User = signIn.User,
            WebhookSecrets = Secrets(fields, "webhookSecrets"),
            SigningTokens = Secrets(fields, "signingTokens"),
            Teams = Teams(fields),
            StatusContext = fields.Text("statusContext") ?? "gitops-gate",
        };
        if (fields.Part("webhookSecrets") is null && (forge != "gitlab" || fields.Part("signingTokens") is null))
        {
            fields.Refuse(fields.Line, $"connection `{name}` has no `webhookSecrets`: nobody could tell a forged delivery from a true one");
        }

        if (connection.WebhookSecrets.Length > 2)
        {
            fields.Refuse(fields.LineOf("webhookSecrets"), $"connection `{name}` takes one secret, or two while one replaces the other");
        }

        if (forge is not ("gitlab" or "") && !connection.SigningTokens.IsEmpty)
        {
            fields.Refuse(fields.LineOf("signingTokens"), $"`signingTokens` are GitLab's; connection `{name}` needs `webhookSecrets`");
        }

        fields.Done();
        return connection;
    }

    private static string Api(Fields fields, string forge, (string Api, string Git) usual) =>
        OfOnesOwn.TryGetValue(forge, out var example) ? Url(fields, "api", fields.Needed("api", example))
        : fields.Text("api") is { } given ? Url(fields, "api", given)
        : usual.Api;

    // A self-hosted forge serves Git beside its API, so its address follows from the API's where that has the usual ending.
    private static string Git(Fields fields, string forge, string api, (string Api, string Git) usual)
    {
        if (fields.Text("git") is { } git) return Url(fields, "git", git);
        if (api == usual.Api) return usual.Git;
        if (forge == "azuredevops") return api;
        foreach (var (ending, instead) in new[] { ("/api/v1", ""), ("/api/v3", ""), ("/api/v4", ""), ("/rest", "/scm") })
        {
            if (api.EndsWith(ending, StringComparison.Ordinal)) return api[..^ending.Length] + instead;
        }

        fields.Refuse(fields.LineOf("api"), "`git` is missing: with an `api` of its own, say where repositories are cloned from");
        return "";
    }

    private static ImmutableDictionary<string, ImmutableArray<string>> Teams(Fields fields)
    {
        if (fields.Inner("teams") is not { } teams) return ImmutableDictionary<string, ImmutableArray<string>>.Empty;
        return teams.Rest().ToImmutableDictionary(entry => entry.Key, entry => teams.Words(entry.Key), StringComparer.Ordinal);
    }

    private TargetSource Target(Fields fields)
    {
        var name = RuleFileReader.Name(fields, "production-folder");
        var kind = fields.Needed("kind", "directory");
        var settings = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var resolved = ImmutableSortedDictionary.CreateBuilder<string, Secret>(StringComparer.Ordinal);
        foreach (var (key, line, value) in fields.Rest())
        {
            if (value is not Yaml.Text text) fields.Refuse(line, $"setting `{key}` of target `{name}` should be a text");
            else if (!IsSecret(key)) settings[key] = key is "path" or "folder" or "directory" ? PathOf(text.Value) : text.Value;
            else if (Resolve(fields, key, text.Value, line) is { } secret)
            {
                RefuseStored(fields, key, text.Value, line);
                resolved[key] = secret;
            }
        }

        return new TargetSource(name, kind, settings.ToImmutable(), resolved.ToImmutable());
    }

    private static bool IsSecret(string key) => key == "secret" || key.EndsWith("Secret", StringComparison.Ordinal);

    private ImmutableArray<Secret> Secrets(Fields fields, string key) =>
        [.. fields.Texts(key).Select(text => Resolve(fields, key, text.Value, text.Line)).OfType<Secret>()];

    private Secret? Resolve(Fields fields, string key, string reference, int line)
    {
        var (secret, problem) = secrets.Resolve(reference);
        if (secret is null) fields.Refuse(line, $"`{key}`: {problem}");
        if (reference.StartsWith("literal:", StringComparison.Ordinal))
        {
            warnings.Add(new FileProblem(fields.File, line, $"`{key}` is written out; keep `literal:` for trying things out"));
        }

        return secret;
    }
}
