using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>A forge that says of a page that it has not changed says nothing of the pages behind it.</summary>
public sealed class UnchangedPageTests : IAsyncLifetime
{
    private ScriptedForge _forge = null!;
    private ServiceProvider _room = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forge = await ScriptedForge.StartAsync();
        _room = Rooms.Fresh();
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _forge.DisposeAsync();
    }

    [Theory]
    [InlineData("per_page=2", null)]
    [InlineData("pagelen=2", "values")]
    [InlineData("$top=2", "value")]
    public async Task What_comes_behind_a_full_page_is_seen_although_the_page_has_not_changed(string size, string? itemsIn)
    {
        var first = Page($"/api/things?{size}", "[1,2]", itemsIn);
        Assert.Equal([1, 2], await ListAsync($"/things?{size}", itemsIn));
        first.Next = $"/api/things?{size}&page=2";
        var second = Page(first.Next, "[3]", itemsIn);
        Assert.Equal([1, 2, 3], await ListAsync($"/things?{size}", itemsIn));
        second.Items = "[3,4]";
        Assert.Equal([1, 2, 3, 4], await ListAsync($"/things?{size}", itemsIn));
    }

    [Fact]
    public async Task A_page_that_looks_short_because_some_of_it_is_hidden_is_not_trusted_either()
    {
        var first = Page("/api/things?per_page=4", "[1,2,3]", null);
        Assert.Equal([1, 2, 3], await ListAsync("/things?per_page=4", null));
        first.Next = "/api/things?per_page=4&page=2";
        Page(first.Next, "[5]", null);
        Assert.Equal([1, 2, 3, 5], await ListAsync("/things?per_page=4", null));
    }

    [Fact]
    public async Task A_next_page_that_was_told_once_is_looked_for_although_an_unchanged_page_tells_an_older_link()
    {
        var first = Page("/api/things?per_page=2", "[1,2]", null);
        first.Next = "/api/things?per_page=2&page=2";
        first.LinkOf304 = "</api/things?per_page=2>; rel=\"first\"";
        var second = Page(first.Next, "[3]", null);
        Assert.Equal([1, 2, 3], await ListAsync("/things?per_page=2", null));
        Assert.Equal([1, 2, 3], await ListAsync("/things?per_page=2", null));
        second.Items = "[]";
        Assert.Equal([1, 2], await ListAsync("/things?per_page=2", null));
    }

    [Fact]
    public async Task A_count_of_all_items_is_no_longer_true_when_only_the_page_is_unchanged()
    {
        Page("/api/things?page=1&limit=4", "[1,2]", null).Total = 2;
        Assert.Equal([1, 2], await ListByPageAsync());
        // The server gives two at once, whatever it is asked for.
        Page("/api/things?page=2&limit=4", "[3]", null).Total = 3;
        Assert.Equal([1, 2, 3], await ListByPageAsync());

        async Task<List<int>> ListByPageAsync() => Numbers(await Link().ListByPageAsync("/things", 4, Cancellation));
    }

    [Fact]
    public async Task A_list_that_has_not_changed_costs_no_body_where_what_is_added_must_stand_on_its_last_page()
    {
        Page("/api/things?per_page=2", "[1,2]", null).Next = "/api/things?per_page=2&page=2";
        var last = Page("/api/things?per_page=2&page=2", "[3]", null);
        await ListAsync("/things?per_page=2", null);
        _forge.Journal.Clear();
        Assert.Equal([1, 2, 3], await ListAsync("/things?per_page=2", null));
        Assert.Equal([304, 304], _forge.Journal.Entries.Select(entry => entry.Status));
        last.Items = "[3,4]";
        Assert.Equal([1, 2, 3, 4], await ListAsync("/things?per_page=2", null));
    }

    private static List<int> Numbers(IEnumerable<JsonElement> items) => [.. items.Select(item => item.GetInt32())];

    private async Task<List<int>> ListAsync(string path, string? itemsIn) => Numbers(await Link().ListAsync(path, itemsIn, Cancellation));

    private ForgeLink Link() => _room.GetRequiredService<ForgeHttp>().Open(_forge.Connection, (_, _) => { });

    private ScriptedPage Page(string path, string items, string? itemsIn)
    {
        var page = new ScriptedPage(itemsIn) { Items = items };
        _forge.On(path, page.Answer);
        return page;
    }

    /// <summary>A page whose ETag tells its items and nothing else, as forges do that make it of the body.</summary>
    private sealed class ScriptedPage(string? itemsIn)
    {
        public string Items { get; set; } = "[]";

        public string? Next { get; set; }

        /// <summary>What a 304 says of pages; null when it says nothing.</summary>
        public string? LinkOf304 { get; set; }

        public int? Total { get; set; }

        public IResult Answer(HttpContext context)
        {
            var response = context.Response;
            var tag = $"\"{Items}\"";
            response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                if (LinkOf304 is not null) response.Headers.Link = LinkOf304;
                return Results.StatusCode(304);
            }

            if (Next is not null) response.Headers.Link = $"<{Next}>; rel=\"next\"";
            if (Total is { } total) response.Headers["X-Total-Count"] = $"{total}";
            return ScriptedForge.Json(itemsIn is null ? Items : $$"""{"{{itemsIn}}":{{Items}}}""");
        }
    }
}
