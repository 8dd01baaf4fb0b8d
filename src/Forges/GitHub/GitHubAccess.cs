using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Reads what becomes of the app's installations, and where repositories move. Source: GitHub docs, "Webhook events and payloads".</summary>
internal static class GitHubAccess
{
    /// <summary>An installation as a whole: it is there, it is gone, or it is suspended.</summary>
    public static Reading Installation(GitHubBody body)
    {
        var owner = body.Root.Child("installation").Child("account").Text("login");
        if (body.OwnerNamed(owner) is not { } place) return body.Lacks("installation.account.login");
        return body.Action switch
        {
            "deleted" => Lost(place, $"the app is not installed on `{owner}` any more"),
            "suspend" => Lost(place, $"the app's installation on `{owner}` was suspended"),
            "unsuspend" => Back(body, place, $"the app's installation on `{owner}` works again"),
            "created" => Back(body, place, $"the app was installed on `{owner}`"),
            _ => new Reading.Ignored($"`{body.Action}` takes no repository from the app and gives it none"),
        };
    }

    /// <summary>Repositories that come to an installation, or leave it.</summary>
    public static Reading Repositories(GitHubBody body)
    {
        var concerns = Named(body, "repositories_added", isLost: false, "was given to the app")
            .Concat(Named(body, "repositories_removed", isLost: true, "was taken from the app")).ToImmutableArray();
        return concerns.IsEmpty ? new Reading.Ignored("it names no repository") : new Reading.Concerns(concerns, Trigger.Settings);
    }

    /// <summary>A repository itself: it has another name or owner, or is new where another one may have been.</summary>
    public static Reading Repository(GitHubBody body)
    {
        if (body.Repository is not { } now) return GitHubReader.Settings(body);
        var pieces = now.Path.Split('/');
        var changes = body.Root.Child("changes");
        var before = body.Action switch
        {
            "renamed" => $"{pieces[0]}/{changes.Child("repository").Child("name").Text("from")}",
            "transferred" => $"{OwnerBefore(changes.Child("owner").Child("from"))}/{pieces[1]}",
            _ => "",
        };
        if (body.RepositoryNamed(before) is { } from && from != now) return GitHubBody.Concerning(new Concern.Moved(now, from), Trigger.Settings);
        return body.Action == "created"
            ? GitHubBody.Concerning(new Concern.Access(now, IsLost: false, $"`{now.Path}` is new"), Trigger.Settings)
            : GitHubReader.Settings(body);
    }

    private static string OwnerBefore(JsonElement from) =>
        from.Child("organization").TextOrNull("login") ?? from.Child("user").Text("login");

    private static Reading.Concerns Lost(RepositoryKey place, string why) => new([new Concern.Access(place, IsLost: true, why)], Trigger.Settings);

    // What is there again is there with the repositories that it names; those that it leaves out were taken from it.
    private static Reading.Concerns Back(GitHubBody body, RepositoryKey place, string why) => new(
        [new Concern.Access(place, IsLost: false, why), .. Named(body, "repositories", isLost: false, "was given to the app")], Trigger.Settings);

    private static IEnumerable<Concern> Named(GitHubBody body, string list, bool isLost, string what) =>
        from one in body.Root.Items(list)
        let repository = body.RepositoryNamed(one.Text("full_name"))
        where repository is not null
        select new Concern.Access(repository.Value, isLost, $"`{repository.Value.Path}` {what}");
}
