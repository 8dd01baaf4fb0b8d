using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Who we are to GitHub, what it runs, and which rights we lack.</summary>
internal sealed class GitHubStanding(GitHubClient client, GitHubApps apps)
{
    // What an app's installation must be granted, and what does not work without it. Source: docs.github.com, "Permissions required for
    // GitHub Apps".
    private static readonly ImmutableArray<(string Right, bool Write, string Otherwise)> AppRights =
    [
        ("actions", false, "deployments that wait for the gate cannot be looked at"),
        ("administration", true, "the status cannot be made required"),
        ("checks", true, "no verdict can be shown"),
        ("contents", false, "what a change changes cannot be read"),
        ("deployments", true, "deployments that wait for the gate cannot be answered"),
        ("pull_requests", true, "pull requests cannot be read or commented on"),
        ("repository_hooks", true, "the webhook cannot be registered"),
        ("statuses", false, "statuses of other tools cannot be read"),
    ];

    // What an account's role in the repository must allow.
    private static readonly ImmutableArray<(string Right, string Otherwise)> AccountRights =
    [
        ("push", "no verdict can be shown and nothing be commented on"),
        ("admin", "the webhook cannot be registered and the status not be made required"),
    ];

    public async Task<ForgeStanding> OfAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        var (link, path) = (client.Open(connection), GitHubClient.PathOf(repository));
        var account = await AccountAsync(connection, link, cancellation);
        var product = ProductOf(await link.FindAsync("/meta", cancellation));
        if (await link.FindAsync(path, cancellation) is not { } known)
        {
            return new ForgeStanding(account, product, "", [$"read: repository `{repository.Path}` is not there, or hidden from us"]);
        }

        var missing = connection.App is { } app
            ? await OfAppAsync(connection, app, path, cancellation)
            : OfAccount(known.Child("permissions"));
        return new ForgeStanding(account, product, known.Text("default_branch"), missing);
    }

    private async Task<string> AccountAsync(Connection connection, ForgeLink link, CancellationToken cancellation) =>
        connection.App is { } app
            ? (await apps.WhoAsync(connection, app, cancellation)).Slug
            : (await link.GetAsync("/user", cancellation)).Text("login");

    // Only Enterprise Server says its version.
    private static string ProductOf(JsonElement? meta) =>
        meta?.TextOrNull("installed_version") is { } version ? $"GitHub Enterprise Server {version}" : "GitHub";

    private async Task<ImmutableArray<string>> OfAppAsync(
        Connection connection, AppIdentity app, string path, CancellationToken cancellation)
    {
        if (await client.OpenAsApp(connection).FindAsync($"{path}/installation", cancellation) is not { } installation)
        {
            return ["installation: the app is not installed on the repository"];
        }

        var granted = installation.Child("permissions");
        return
        [
            .. from wanted in AppRights
               where granted.Text(wanted.Right) is var given && given is not ("write" or "admin") && (wanted.Write || given != "read")
               select $"`{wanted.Right}: {(wanted.Write ? "write" : "read")}`: {wanted.Otherwise}",
        ];
    }

    // A fine-grained token may allow less than its owner's role; GitHub does not say so beforehand.
    private static ImmutableArray<string> OfAccount(JsonElement permissions) => permissions.ValueKind == JsonValueKind.Undefined
        ? []
        : [.. AccountRights.Where(one => !permissions.Flag(one.Right)).Select(one => $"`{one.Right}`: {one.Otherwise}")];
}
