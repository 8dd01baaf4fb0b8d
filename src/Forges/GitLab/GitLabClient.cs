using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Asks and tells one GitLab (REST API v4) what the gate wants to know and to say.</summary>
internal sealed class GitLabClient(ForgeLink link, Connection connection, GitLabMemory memory)
{
    /// <summary>Developer: GitLab itself lets nobody below it approve by a group rule.</summary>
    private const int LowestApprover = 30;

    public async Task<ForgeFacts?> DescribeAsync(ChangeKey key, CancellationToken cancellation)
    {
        var at = $"{Project(key.Repository)}/merge_requests/{key.Number}";
        if (await link.FindAsync(at, cancellation) is not { } json) return null;
        var change = GitLabPayloads.ReadChange(json, key)
            ?? throw new ForgeTroubleException($"`{at}` is no merge request with number and target branch", TroubleKind.Refused);
        if (change is { State: ChangeState.Open, Head.IsNone: true })
        {
            throw new ForgeTroubleException($"`{at}` has no head yet; GitLab is still preparing it", TroubleKind.Unavailable);
        }

        memory.NotePipeline(change, json);
        var approvals = link.FindAsync($"{at}/approvals", cancellation);
        var reviewers = ListOrNoneAsync($"{at}/reviewers", cancellation);
        var versions = link.ListAsync($"{at}/versions?per_page=100", null, cancellation);
        var notes = link.ListAsync($"{at}/notes?per_page=100&sort=asc&order_by=created_at", null, cancellation);
        var statuses = change.Head.IsNone
            ? Task.FromResult(ImmutableArray<JsonElement>.Empty)
            : link.ListAsync($"{Commit(key.Repository, change.Head)}/statuses?per_page=100", null, cancellation);
        await Task.WhenAll(approvals, reviewers, versions, notes, statuses);
        var all = await notes;
        return new ForgeFacts(
            change,
            GitLabApprovals.Read(await approvals ?? default, await reviewers, all, await versions),
            [
                .. all.Where(note => !note.Flag("system") && !GitLabComments.IsMarked(note.Text("body")))
                    .Select(GitLabPayloads.ReadComment),
            ],
            GitLabPayloads.ReadStatuses(await statuses));
    }

    /// <summary>Asks for each person, since groups can be large and people in sight are few. Inherited members count.</summary>
    public async Task<TeamFacts> MembersAsync(
        ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var memberships = ImmutableArray.CreateBuilder<Membership>();
        var gaps = ImmutableArray.CreateBuilder<Gap>();
        foreach (var team in teams)
        {
            if (connection.Teams.TryGetValue(team, out var named))
            {
                memberships.AddRange(
                    people.Select(person => new Membership(team, person.Id, named.Any(name => Names(name, person)))));
                continue;
            }

            try
            {
                memberships.AddRange(await GroupAsync(team, people, cancellation));
            }
            catch (ForgeTroubleException trouble)
                when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden or TroubleKind.Refused)
            {
                gaps.Add(new Gap($"team:{team}", $"group `{team}` cannot be asked for its members: {trouble.Message}"));
            }
        }

        return new TeamFacts(memberships.ToImmutable(), gaps.ToImmutable());
    }

    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var found = await ListOrNoneAsync($"{Commit(repository, commit)}/merge_requests?per_page=100", cancellation);
        return
        [
            .. found.Where(change => change.Text("state") is "opened" or "locked" or "merged" && IsIn(repository, change))
                .Select(change => change.Number("iid") ?? 0)
                .Where(number => number > 0)
                .Distinct()
                .Order()
                .Select(number => new ChangeKey(repository, number)),
        ];
    }

    public async Task<string> ExplainAsync(ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var notes = $"{Project(change.Repository)}/merge_requests/{change.Number}/notes";
        var text = GitLabComments.Mark(markdown, connection);
        if (knownId is { Length: > 0 } && await link.FindAsync($"{notes}/{ForgeLink.Safe(knownId)}", cancellation) is { } known)
        {
            return await UpdateAsync(notes, known, text, cancellation);
        }

        // Only our own account's comment is ours: anybody can write the marker.
        var me = (await link.GetAsync("/user", cancellation)).Id("id");
        await foreach (var note in link.EachAsync($"{notes}?per_page=100&sort=asc&order_by=created_at", null, cancellation))
        {
            var isByUs = !note.Flag("system") && note.Child("author").Id("id") == me;
            if (isByUs && GitLabComments.IsMarked(note.Text("body"), connection))
            {
                return await UpdateAsync(notes, note, text, cancellation);
            }
        }

        return CommentId.Made(await link.SendAsync(HttpMethod.Post, notes, new JsonObject { ["body"] = text }, cancellation), change);
    }

    public async Task<string> ReplyAsync(ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var notes = $"{Project(change.Repository)}/merge_requests/{change.Number}/notes";
        var me = (await link.GetAsync("/user", cancellation)).Id("id");
        await foreach (var note in link.EachAsync($"{notes}?per_page=100&sort=asc&order_by=created_at", null, cancellation))
        {
            var isByUs = !note.Flag("system") && note.Child("author").Id("id") == me;
            if (isByUs && GitLabComments.IsAnswer(note.Text("body"), commentId, connection)) return note.Id("id");
        }

        var body = new JsonObject { ["body"] = GitLabComments.MarkAnswer(markdown, commentId, connection) };
        return CommentId.Made(await link.SendAsync(HttpMethod.Post, notes, body, cancellation), change);
    }

    /// <summary>The project's address in the API: its whole path is one piece.</summary>
    public static string Project(RepositoryKey repository) => $"/projects/{Piece(repository.Path)}";

    /// <summary>A path or a name as one piece of an address.</summary>
    public static string Piece(string path) => ForgeLink.Safe(path).Replace("/", "%2F", StringComparison.Ordinal);

    public static string Commit(RepositoryKey repository, CommitId commit) =>
        $"{Project(repository)}/repository/commits/{commit}";

    private static bool Names(string name, Person person) =>
        name == person.Id || string.Equals(name, person.Login, StringComparison.OrdinalIgnoreCase);

    /// <summary>GitLab also names merge requests of forks here; their full reference tells.</summary>
    public static bool IsIn(RepositoryKey repository, JsonElement change)
    {
        var reference = change.Child("references").Text("full");
        return reference.Length == 0 || reference.StartsWith(repository.Path + "!", StringComparison.OrdinalIgnoreCase);
    }

    private async Task<string> UpdateAsync(string notes, JsonElement note, string text, CancellationToken cancellation)
    {
        var id = note.Id("id");
        if (note.Text("body") == text) return id;
        await link.SendAsync(HttpMethod.Put, $"{notes}/{id}", new JsonObject { ["body"] = text }, cancellation);
        return id;
    }

    private static bool Counts(JsonElement member) =>
        member.Number("access_level") >= LowestApprover && member.TextOrNull("state") is null or "active";

    private async Task<ImmutableArray<Membership>> GroupAsync(
        string team, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var group = $"/groups/{Piece(team)}";
        await link.GetAsync($"{group}?with_projects=false", cancellation);
        var memberships = ImmutableArray.CreateBuilder<Membership>();
        foreach (var person in people.Where(person => person.Id.Length > 0))
        {
            var member = await link.FindAsync($"{group}/members/all/{ForgeLink.Safe(person.Id)}", cancellation);
            memberships.Add(new Membership(team, person.Id, member is { } found && Counts(found)));
        }

        return memberships.ToImmutable();
    }

    /// <summary>A list that older versions do not have, or not for this commit.</summary>
    private async Task<ImmutableArray<JsonElement>> ListOrNoneAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.ListAsync(path, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return [];
        }
    }
}
