namespace GitOpsGate.Forges.SignIn;

/// <summary>What a <see cref="SignInScope"/> names.</summary>
public enum ScopeKind
{
    /// <summary>Nothing: an app that is installed once needs no more.</summary>
    Unsaid,
    Repository,
    Organization,
    User,
    Installation,

    /// <summary>The app itself.</summary>
    App,
}

/// <summary>
/// Whom a call is about. Only a GitHub App needs to know: it signs in anew for each account that it is installed on, and as itself for its
/// own affairs. All others sign in alike everywhere.
/// </summary>
/// <param name="Name">Escaped as a part of an address; the number of an installation; empty where there is nothing to name.</param>
public readonly record struct SignInScope(ScopeKind Kind, string Name)
{
    public static SignInScope Unsaid => new(ScopeKind.Unsaid, "");

    /// <summary>The app itself: its installations, its webhook's deliveries.</summary>
    public static SignInScope App => new(ScopeKind.App, "");

    /// <param name="path"><c>owner/name</c>, as the forge writes it.</param>
    /// <exception cref="Ports.ForgeTroubleException">It is no path.</exception>
    public static SignInScope Repository(string path) => new(ScopeKind.Repository, ForgeLink.Safe(path));

    /// <summary>One installation of the app, as <c>GET /app/installations</c> numbers it.</summary>
    public static SignInScope Installation(long id) => new(ScopeKind.Installation, id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What the path of a call to GitHub's REST API says by itself; unsaid where it says nothing.</summary>
    /// <param name="path">Below the API's root, with a slash at its beginning; it may have a query.</param>
    public static SignInScope OfPath(string path) => path.Split('?')[0].Split('/') switch
    {
        ["", "app", ..] => App,
        ["", "repos", { Length: > 0 } owner, { Length: > 0 } name, ..] => new(ScopeKind.Repository, $"{owner}/{name}"),
        ["", "orgs", { Length: > 0 } owner, ..] => new(ScopeKind.Organization, owner),
        ["", "users", { Length: > 0 } owner, ..] => new(ScopeKind.User, owner),
        _ => Unsaid,
    };

    public override string ToString() => Kind switch
    {
        ScopeKind.Unsaid or ScopeKind.App => "the app",
        ScopeKind.Installation => $"installation `{Name}`",
        _ => $"`{Uri.UnescapeDataString(Name)}`",
    };
}
