using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>What Bitbucket Data Center's REST API says, in our words. Pure.</summary>
internal static class BitbucketDataCenterPayloads
{
    public const string Branches = "refs/heads/";

    private const int LongestKey = 255;
    private const long LastMillisecond = 253_402_300_799_999;

    /// <summary>An account; its number stays when its user name is changed.</summary>
    public static Person ReadPerson(JsonElement account)
    {
        var login = account.TextOrNull("name") ?? account.TextOrNull("slug") ?? account.Text("displayName");
        return new Person(login, account.Id("id") is { Length: > 0 } id ? id : login, account.Text("type") switch
        {
            "NORMAL" => PersonKind.User,
            "SERVICE" => PersonKind.Bot,
            _ => PersonKind.Unknown,
        });
    }

    /// <summary>
    /// A moment in milliseconds since 1970, or in ISO 8601 with an offset like <c>+1000</c>; null when there is none.
    /// </summary>
    public static DateTimeOffset? ReadTime(JsonElement json, string name)
    {
        if (json.Number(name) is { } milliseconds)
        {
            return milliseconds is >= 0 and <= LastMillisecond ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        }

        var text = json.Text(name);
        // The offset has no colon there, and .NET wants one.
        if (text.Length > 5 && text[^5] is '+' or '-') text = text.Insert(text.Length - 2, ":");
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime()
            : null;
    }

    /// <summary>A pull request, with what its activity says of how it ended.</summary>
    /// <exception cref="ForgeTroubleException">It is not the one that was asked for, or lacks what every one has.</exception>
    public static ChangeRequest ReadChange(JsonElement json, ChangeKey key, ImmutableArray<JsonElement> activities)
    {
        var (from, to) = (json.Child("fromRef"), json.Child("toRef"));
        if (json.Number("id") != key.Number || BranchOf(to).Length == 0)
        {
            throw new ForgeTroubleException($"`{key}` was answered with no pull request with id and `toRef`", TroubleKind.Refused);
        }

        var state = ReadState(json.Text("state"));
        var merge = state == ChangeState.Merged
            ? activities.FirstOrDefault(one => one.Text("action") == "MERGED")
            : default;
        var merged = json.Child("properties").Child("mergeCommit").Commit("id");
        return new ChangeRequest
        {
            Key = key,
            Title = json.Text("title"),
            Body = json.Text("description"),
            Url = PageOf(json),
            State = state,
            IsDraft = json.Flag("draft"),
            Author = ReadPerson(json.Child("author").Child("user")),
            SourceBranch = BranchOf(from),
            TargetBranch = BranchOf(to),
            Head = from.Commit("latestCommit"),
            TargetTip = to.Commit("latestCommit"),
            IsFromFork = !IsSame(from.Child("repository"), to.Child("repository")),
            CreatedAt = ReadTime(json, "createdDate") ?? default,
            MergeCommit = state != ChangeState.Merged ? default : merged.IsNone ? merge.Child("commit").Commit("id") : merged,
            MergedAt = state == ChangeState.Merged ? ReadTime(json, "closedDate") ?? ReadTime(merge, "createdDate") : null,
            MergedBy = merge.Has("user") ? ReadPerson(merge.Child("user")) : null,
        };
    }

    /// <summary>
    /// What stands of the reviewers, with the commit that each last looked at. When each said so is in the activity; where that has
    /// been lost it counts as old.
    /// </summary>
    public static ImmutableArray<Review> ReadReviews(JsonElement json, ImmutableArray<JsonElement> activities)
    {
        var standing = ImmutableArray.CreateBuilder<Review>();
        foreach (var reviewer in json.Items("reviewers"))
        {
            if (ReadReview(reviewer) is not { } state) continue;
            var by = ReadPerson(reviewer.Child("user"));
            var action = state == ReviewState.Approved ? "APPROVED" : "REVIEWED";
            var at = activities.Where(one => one.Text("action") == action && ReadPerson(one.Child("user")).Id == by.Id)
                .Max(one => ReadTime(one, "createdDate"));
            standing.Add(new Review(by, state, reviewer.Commit("lastReviewedCommit"), at ?? DateTimeOffset.UnixEpoch, ""));
        }

        return [.. standing.OrderBy(review => review.SubmittedAt).ThenBy(review => review.Author.Id, StringComparer.Ordinal)];
    }

    /// <summary>The comments of an activity with their answers, each once, without the gate's own and without drafts.</summary>
    public static ImmutableArray<Comment> ReadComments(ImmutableArray<JsonElement> activities) =>
    [
        .. activities.Where(one => one.Text("action") == "COMMENTED").SelectMany(one => Thread(one.Child("comment")))
            .Where(comment => comment.Text("state") != "PENDING" && !BitbucketCloudComments.IsMarked(comment.Text("text")))
            .Select(ReadComment)
            .Where(comment => comment.Id.Length > 0)
            .DistinctBy(comment => comment.Id)
            .OrderBy(comment => comment.CreatedAt),
    ];

    /// <summary>A comment and whatever answers it, at any depth.</summary>
    public static IEnumerable<JsonElement> Thread(JsonElement comment) => comment.Items("comments").SelectMany(Thread).Prepend(comment);

    public static ImmutableArray<StatusCheck> ReadBuilds(ImmutableArray<JsonElement> builds) =>
    [
        .. builds
            .Select(build => new StatusCheck(build.Text("key"), ReadBuild(build.Text("state")), "", build.Text("url")))
            .DistinctBy(build => build.Name)
            .OrderBy(build => build.Name, StringComparer.Ordinal),
    ];

    /// <summary>Bitbucket's word for a verdict: a required build that is in progress blocks like one that failed.</summary>
    public static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "SUCCESSFUL",
        Verdict.Held => "INPROGRESS",
        Verdict.Denied => "FAILED",
        Verdict.Errored => "FAILED",
    };

    /// <summary>
    /// A build's key, which is its parent's too: the status context, or its beginning and a digest of the whole where it is longer than
    /// a key may be.
    /// </summary>
    public static string KeyOf(string context) =>
        context.Length <= LongestKey ? context : $"{OneLine.Cut(context, LongestKey - 13)}-{Digest(context)[..12]}";

    /// <summary>SHA-256 of a text, in lower-case hex.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The branch that a ref names, or an empty text when it is no branch.</summary>
    public static string BranchOf(JsonElement reference) =>
        reference.Text("id") is var id && id.StartsWith(Branches, StringComparison.Ordinal) ? id[Branches.Length..] : "";

    /// <summary>The page that people open.</summary>
    public static string PageOf(JsonElement json) => json.Child("links").Items("self").FirstOrDefault().Text("href");

    /// <summary>A repository as <c>PROJECT/slug</c>; an empty text when it is not named.</summary>
    public static string PathOf(JsonElement repository) =>
        (repository.Child("project").Text("key"), repository.Text("slug")) is ({ Length: > 0 } key, { Length: > 0 } slug)
            ? $"{key}/{slug}"
            : "";

    public static ChangeState ReadState(string state) => state switch
    {
        "OPEN" => ChangeState.Open,
        "MERGED" => ChangeState.Merged,
        "DECLINED" => ChangeState.Closed,
        _ => ChangeState.Unknown,
    };

    // A repository that was deleted is not named any more, and only another one can have been.
    private static bool IsSame(JsonElement one, JsonElement other) => one.Has("id") && other.Has("id")
        ? one.Id("id") == other.Id("id")
        : PathOf(one) is { Length: > 0 } path && string.Equals(path, PathOf(other), StringComparison.OrdinalIgnoreCase);

    // `approved` alone is from before there was a status; beside one that is not known yet it proves nothing.
    private static ReviewState? ReadReview(JsonElement reviewer) => reviewer.TextOrNull("status") switch
    {
        "APPROVED" => ReviewState.Approved,
        "NEEDS_WORK" or "CHANGES_REQUESTED" => ReviewState.ChangesRequested,
        null when reviewer.Flag("approved") => ReviewState.Approved,
        _ => null,
    };

    private static CheckState ReadBuild(string state) => state switch
    {
        "SUCCESSFUL" => CheckState.Succeeded,
        "FAILED" or "CANCELLED" => CheckState.Failed,
        "INPROGRESS" => CheckState.Pending,
        _ => CheckState.Unknown,
    };

    private static Comment ReadComment(JsonElement json)
    {
        var (created, updated) = (ReadTime(json, "createdDate"), ReadTime(json, "updatedDate"));
        return new Comment(
            json.Id("id"), ReadPerson(json.Child("author")), json.Text("text"), created ?? default, IsEdited: updated > created);
    }
}
