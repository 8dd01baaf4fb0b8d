using System.Net;
using System.Text.Json;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The views of the log, as a program with a viewer's token reads them.</summary>
public class EventsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("jsonl", "application/x-ndjson", "audit-3-7.jsonl")]
    [InlineData("csv", "text/csv", "audit-3-7.v1.csv")]
    [InlineData("cloudevents", "application/cloudevents-batch+json", "audit-3-7.cloudevents.json")]
    [InlineData("ocsf", "application/x-ndjson", "audit-3-7.ocsf.jsonl")]
    public async Task A_page_of_a_view_says_what_to_ask_after_next_time(string view, string mediaType, string file)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(10);
        using var answer = await gate.GetAsync($"/audit/v1/events?view={view}&after=2&limit=5", gate.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(mediaType, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("7", Assert.Single(answer.Headers.GetValues("Gate-Last-Entry")));
        Assert.Equal(file, answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(view == "cloudevents" ? 1 : view == "csv" ? 6 : 5, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        if (view == "cloudevents") Assert.Equal(5, JsonDocument.Parse(text).RootElement.GetArrayLength());
        using var end = await gate.GetAsync($"/audit/v1/events?view={view}&after=100000", gate.Token);
        Assert.Equal(HttpStatusCode.OK, end.StatusCode);
        Assert.False(end.Headers.Contains("Gate-Last-Entry"));
    }

    [Fact]
    public async Task An_event_says_which_log_it_is_of()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(3);
        var (_, key) = await gate.KeysAsync();
        using var line = JsonDocument.Parse((await gate.TextAsync("/audit/v1/events?view=ocsf&after=1&limit=1")).TrimEnd('\n'));
        Assert.Equal(key.Name, line.RootElement.GetProperty("metadata").GetProperty("log_name").GetString());
        using var batch = JsonDocument.Parse(await gate.TextAsync("/audit/v1/events?view=cloudevents&limit=1"));
        Assert.StartsWith("//gate.example.org/audit/", batch.RootElement[0].GetProperty("source").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("view=xml", "`jsonl`, `csv`, `cloudevents`, `ocsf`")]
    [InlineData("after=-2", "before the log")]
    public async Task What_cannot_be_read_is_told_in_words(string query, string says)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        using var answer = await gate.GetAsync($"/audit/v1/events?{query}", gate.Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }
}
