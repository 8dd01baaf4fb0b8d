using System.Text;
using System.Text.RegularExpressions;
using GitOpsGate.WebhookGateway.Ui;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>What holds for every page, read from the committed HTML of them all.</summary>
public partial class PageRuleTests
{
    public static TheoryData<string> Pages =>
        [.. Directory.GetFiles(Folder(), "*.html").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Nothing_that_strangers_wrote_becomes_markup(string page)
    {
        var html = Read(page);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href=\"javascript:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(HandlerOrStyle(), html);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void There_is_one_heading_a_title_a_language_and_a_way_past_the_frame(string page)
    {
        var html = Read(page);
        Assert.Single(Regex.Matches(html, "<h1[ >]", RegexOptions.NonBacktracking));
        Assert.Contains("<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Matches(new Regex("<title>[^<]+ · GitOps Gate</title>", RegexOptions.NonBacktracking), html);
        Assert.True(html.IndexOf("href=\"#main\"", StringComparison.Ordinal) < html.IndexOf("<header", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Ids_are_unique_and_every_column_has_a_heading(string page)
    {
        var html = Read(page);
        var ids = Id().Matches(html).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        Assert.DoesNotContain("<th>", html, StringComparison.Ordinal);
        Assert.All(Table().Matches(html), table => Assert.True(
            table.Value.Contains("<caption>", StringComparison.Ordinal)
                || table.Value.Contains("aria-labelledby=", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_form_that_changes_something_carries_its_token(string page) => Assert.All(
        PostForm().Matches(Read(page)),
        form => Assert.Contains("__RequestVerificationToken", form.Value, StringComparison.Ordinal));

    [Fact]
    public void Nothing_moves_and_nothing_is_loaded_from_elsewhere()
    {
        var css = Encoding.UTF8.GetString(GateAssets.Style.Content);
        Assert.All(
            (string[])["animation", "transition", "scroll-behavior", "url(", "@import"],
            word => Assert.DoesNotContain(word, css, StringComparison.Ordinal));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Folder(), page));

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Golden");

    [GeneratedRegex("<[a-z]+( +[a-z-]+(=\"[^\"]*\")?)* +(on[a-z]+|style)=", RegexOptions.NonBacktracking)]
    private static partial Regex HandlerOrStyle();

    [GeneratedRegex(" id=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Id();

    [GeneratedRegex("<table.*?</thead>", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex("<form method=\"post\".*?</form>", RegexOptions.Singleline)]
    private static partial Regex PostForm();
}
