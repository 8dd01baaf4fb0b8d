using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges;

/// <summary>Ids of comments, as they come and go.</summary>
internal static class CommentId
{
    /// <summary>The id as it may stand in a hidden marker, where nothing may end the marker early.</summary>
    public static string Plain(string id) => string.Concat(id.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));

    /// <summary>The id of a comment that was just written.</summary>
    /// <exception cref="ForgeTroubleException">The answer has none; the comment may be there.</exception>
    public static string Made(JsonElement answer, ChangeKey change) => answer.Id("id") is { Length: > 0 } id
        ? id
        : throw new ForgeTroubleException($"the comment on `{change}` was written, but its id did not come", TroubleKind.Unclear);
}
