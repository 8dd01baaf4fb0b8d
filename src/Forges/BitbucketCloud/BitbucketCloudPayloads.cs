using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>What Bitbucket Cloud's REST API (2.0) says, in our words. Pure.</summary>
internal static class BitbucketCloudPayloads
{
    private const int LongestKey = 40;
    private const int LongestDescription = 255;

    /// <summary>Both dates of a comment that nobody edited are some microseconds apart.</summary>
    private static readonly TimeSpan SavingTakes = TimeSpan.FromSeconds(1);

    /// <summary>What people call an account: Bitbucket shows no user names since 2019, and a nickname is not unique.</summary>
    public static string NameOf(JsonElement account) =>
        account.TextOrNull("nickname") ?? account.TextOrNull("username") ?? account.Text("display_name");

    /// <summary>An account; its id is the UUID with its braces, the only id that every kind of account has.</summary>
    public static Person ReadPerson(JsonElement account) => new(NameOf(account), account.Text("uuid"), account.Text("type") switch
    {
        "user" => PersonKind.User,
        "app_user" or "AppUser" => PersonKind.Bot,
        _ => PersonKind.Unknown,
    });

    public static ChangeState ReadState(string state) => state switch
    {
        "OPEN" => ChangeState.Open,
        "MERGED" => ChangeState.Merged,
        "DECLINED" or "SUPERSEDED" => ChangeState.Closed,
        _ => ChangeState.Unknown,
    };

    public static Comment ReadComment(JsonElement json) => new(
        json.Id("id"), ReadPerson(json.Child("user")), json.Child("content").Text("raw"), json.Time("created_on") ?? default,
        IsEdited: json.Time("updated_on") - json.Time("created_on") > SavingTakes);

    public static ImmutableArray<StatusCheck> ReadStatuses(IEnumerable<JsonElement> statuses) =>
    [
        .. statuses
            .Select(status => new StatusCheck(status.Text("key"), ReadCheckState(status.Text("state")), "", status.Text("url")))
            .OrderBy(status => status.Name, StringComparer.Ordinal),
    ];

    /// <summary>
    /// Bitbucket's word for a verdict. A build in progress blocks a merge like a failed one, where builds are required.
    /// </summary>
    public static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "SUCCESSFUL",
        Verdict.Held => "INPROGRESS",
        Verdict.Denied => "FAILED",
        Verdict.Errored => "FAILED",
    };

    /// <summary>
    /// A build's key: the status context, or its beginning and a digest of the whole where it is longer than a key may be.
    /// </summary>
    public static string KeyOf(string context)
    {
        if (context.Length <= LongestKey) return context;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)))[..12];
        return $"{context[..(LongestKey - digest.Length - 1)]}-{digest}";
    }

    public static string Description(string summary) => OneLine.Of(summary, LongestDescription);

    /// <summary>What a build status says.</summary>
    public static CheckState ReadCheckState(string state) => state switch
    {
        "SUCCESSFUL" => CheckState.Succeeded,
        "FAILED" or "STOPPED" => CheckState.Failed,
        "INPROGRESS" => CheckState.Pending,
        _ => CheckState.Unknown,
    };
}
