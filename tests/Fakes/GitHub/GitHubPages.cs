using System.Text;
using System.Text.Encodings.Web;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>
/// Plain pages for people who try the demo: what the forge shows of a pull request, with a form for each thing to do.
/// </summary>
internal static class GitHubPages
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}"
        + "pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem;border-radius:6px}"
        + "form{margin:.5rem 0}input,textarea,select,button{font:inherit;padding:.25rem .5rem}textarea{width:100%;height:6rem}"
        + "li{margin:.25rem 0}.success{color:#116329}.failure,.error{color:#a40e26}.pending{color:#7d4e00}"
        + "[role=alert]{border:2px solid #a40e26;padding:.5rem 1rem}";

    /// <summary>All repositories with their pull requests, the newest first.</summary>
    public static string Home(IEnumerable<GitHubRepository> repositories)
    {
        var body = new StringBuilder(
            "<h1>Demo forge</h1><p>It behaves like GitHub, forgets everything when it ends, and believes whoever you say you are.</p>");
        foreach (var repository in repositories.OrderBy(one => one.Path, StringComparer.Ordinal))
        {
            body.Append($"<h2>{Text(repository.Path)}</h2><ul>");
            foreach (var pull in repository.Pulls.AsEnumerable().Reverse())
            {
                body.Append($"<li><a href=\"/{Text(repository.Path)}/pull/{pull.Number}\">#{pull.Number} {Text(pull.Title)}</a> ")
                    .Append($"({StateOf(pull)})</li>");
            }

            body.Append("</ul><h3>Propose a change</h3>").Append(Form(
                $"/{Text(repository.Path)}/propose",
                Field("as", "alice"), Field("branch", "my-change"), Field("title", "My change"), Field("path", "deploy/web.yaml"), Area("text"),
                Button("propose", "Push it and open a pull request")));
        }

        return Page("Demo forge", body);
    }

    /// <summary>One pull request.</summary>
    /// <param name="refusal">What GitHub would have refused just now; null when nothing.</param>
    public static string Pull(GitHubPull pull, string? refusal)
    {
        var (repository, at) = (pull.Repository, $"/{Text(pull.Repository.Path)}/pull/{pull.Number}");
        var body = new StringBuilder($"<p><a href=\"/\">Demo forge</a></p><h1>{Text(pull.Title)} #{pull.Number}</h1>");
        if (refusal is not null) body.Append($"<p role=\"alert\">{Text(refusal)}</p>");
        body.Append($"<p><b>{StateOf(pull)}</b>: {Text(pull.Author.Login)} wants to merge <code>{Text(pull.SourceBranch)}</code> ")
            .Append($"into <code>{Text(pull.TargetBranch)}</code>; head <code>{pull.Head[..12]}</code></p><h2>Statuses</h2><ul>");
        foreach (var status in repository.Statuses.Where(one => one.Commit == pull.Head).GroupBy(one => one.Context).Select(same => same.Last()))
        {
            var isRequired = repository.RequiredContexts.Contains(status.Context) ? " (required)" : "";
            body.Append($"<li><b class=\"{status.State}\">{status.State}</b> <a href=\"{Text(Link(status.TargetUrl))}\">{Text(status.Context)}</a>")
                .Append($"{isRequired}: {Text(status.Description)}</li>");
        }

        body.Append("</ul><h2>Reviews and comments</h2>");
        foreach (var review in pull.Reviews)
        {
            body.Append($"<p>{Text(review.User.Login)}: <b>{review.State}</b> on <code>{review.Commit[..12]}</code> {Text(review.Body)}</p>");
        }

        foreach (var comment in pull.Comments) body.Append($"<p>{Text(comment.User.Login)}:</p><pre>{Text(comment.Body)}</pre>");
        if (!pull.IsOpen) return Page(pull.Title, body);
        body.Append("<h2>Do something</h2>")
            .Append(Form(
                at, Field("as", "bob"), Button("approve", "Approve"), Button("reject", "Request changes"), Button("merge", "Merge"),
                Button("force", "Merge as administrator")))
            .Append(Form(at, Field("as", "bob"), Area("text"), Button("comment", "Comment")))
            .Append(Form(at, Field("as", "alice"), Field("path", "deploy/web.yaml"), Area("text"), Button("push", "Push this file")));
        return Page(pull.Title, body);
    }

    private static string StateOf(GitHubPull pull) => pull.MergeCommit is not null ? "merged" : pull.IsOpen ? "open" : "closed";

    private static string Page(string title, StringBuilder body) =>
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        + $"<title>{Text(title)}</title><style>{Style}</style></head><body><main>{body}</main></body></html>";

    private static string Form(string address, params ReadOnlySpan<string> parts) =>
        $"<form method=\"post\" action=\"{address}\">{string.Concat(parts)}</form>";

    private static string Field(string name, string value) => $"<label>{name} <input name=\"{name}\" value=\"{value}\" required></label> ";

    private static string Area(string name) => $"<label>{name} <textarea name=\"{name}\"></textarea></label>";

    private static string Button(string act, string label) => $"<button name=\"act\" value=\"{act}\">{label}</button> ";

    // A status' address is the poster's to choose; only web addresses become links.
    private static string Link(string address) =>
        address.StartsWith("http://", StringComparison.Ordinal) || address.StartsWith("https://", StringComparison.Ordinal) ? address : "#";

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
