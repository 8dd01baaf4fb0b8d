using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Reviews that programs give.</summary>
public sealed partial class FakeGitHub
{
    private async Task<IResult> ReviewByApiAsync(HttpRequest request, string owner, string name, long number)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name)?.Pulls.Find(one => one.Number == number) is not { } pull) return Error(404, "Not Found");
        var (by, text) = (Caller(request)!.Login, (string?)body["body"] ?? "");
        // Without an event GitHub keeps a review that nobody else sees; here there are none.
        var state = (string?)body["event"] switch
        {
            "APPROVE" => "APPROVED",
            "REQUEST_CHANGES" => "CHANGES_REQUESTED",
            "COMMENT" => "COMMENTED",
            _ => "",
        };
        if (state.Length == 0 || (text.Length == 0 && state != "APPROVED")) return Error(422, "Unprocessable Entity");
        if (state != "COMMENTED" && Is(by, pull.Author.Login)) return Error(422, "Can not approve your own pull request");
        return Json(GitHubShapes.Review(await ReviewAsync(pull, by, state, text), lowerCase: false));
    }
}
