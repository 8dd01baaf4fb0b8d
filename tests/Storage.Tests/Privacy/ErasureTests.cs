using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests.Privacy;

/// <summary>
/// Everybody is erased: the log still verifies, duties are still separate, and no file of the database holds a name. Git mirrors lie elsewhere and
/// are not looked at; nor is PostgreSQL's own write-ahead log, which is the server's.
/// </summary>
public partial class ErasureTests
{
    private const string By = "a_admin2";
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_file_holds_a_name_afterwards_and_everything_still_verifies()
    {
        using var store = new TestStore("sqlite");
        var later = Samples.Delivery(1001);
        using (var database = store.Open(_clock, new SqliteDialect(store.SqlitePath) { JournalAfter = 1 }))
        {
            var story = await ErasureStory.PlayAsync(database);
            Assert.True(database.Intake!.HasJournal);
            var leaves = await LeavesAsync(database);
            Assert.Equal([ErasureStory.Alix, ErasureStory.Bobbin], Found(store.Folder).Intersect([ErasureStory.Alix, ErasureStory.Bobbin]));
            await EraseAsync(database, story);
            Assert.Empty(Found(store.Folder));
            Assert.Equal(leaves, await LeavesAsync(database));
            Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
            Assert.Equal(Acceptance.Duplicate, await new DeliveryInbox(database).AcceptAsync(Samples.Delivery(1000, body: "again"), Cancel));
            Assert.Equal(Acceptance.Accepted, await new DeliveryInbox(database).AcceptAsync(later, Cancel));
        }

        Assert.Empty(Found(store.Folder));
        using var again = store.Open(_clock);
        Assert.NotNull(await new GateReader(again).DeliveryAsync(later.Id, Cancel));
        Assert.Empty((await new AuditReader(again).VerifyAsync(Cancel)).Problems);
    }

    [Fact]
    public async Task No_table_of_the_server_holds_a_name_afterwards()
    {
        using var store = new TestStore("postgres");
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        using var session = new Session(database.Dialect.Connect());
        var folder = PostgresServer.Instance!.TablesOf(
            (long)session.Scalar("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")!);
        session.Execute("CHECKPOINT");
        Assert.SkipUnless(MayRead(folder), "the server's files belong to somebody else");
        Assert.Equal([ErasureStory.Alix, ErasureStory.Bobbin], Found(folder).Intersect([ErasureStory.Alix, ErasureStory.Bobbin]));
        await EraseAsync(database, story);
        session.Execute("CHECKPOINT");
        Assert.Empty(Found(folder));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_is_stored_says_references_in_the_place_of_names(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        var before = await LeavesAsync(database);
        var (author, approver) = await EraseAsync(database, story);
        Assert.Equal((2, 1, 1), (author.Boxes, author.Deliveries, author.Evidence));
        Assert.Equal(3, approver.Boxes);
        Assert.Equal((0, 0), (approver.Waiting, approver.Left));
        var reader = new GateReader(database);
        var change = (await reader.ChangeAsync(ErasureStory.Change.Key, Cancel))!.Change;
        Assert.Equal((story.AuthorRef, story.AuthorRef), (change.Author.Login, change.Author.Id));
        Assert.Equal(story.ApproverRef, change.MergedBy!.Id);
        Assert.Equal($"Faster shop, by @{story.AuthorRef}", change.Title);
        Assert.Equal(ErasureStory.Change.Key, change.Key);
        Assert.Equal(ErasureStory.Change.Head, change.Head);
        var ruling = (await reader.RulingAsync(story.Ruling.Id, Cancel))!;
        Assert.Contains(story.ApproverRef, StoredJson.Write(ruling), StringComparison.Ordinal);
        Assert.Null(await reader.EvidenceAsync(story.Ruling.Id, Cancel));
        var delivery = (await reader.DeliveryAsync(story.Delivery, Cancel))!;
        Assert.Equal(0, delivery.Delivery.Body.Length);
        Assert.Empty(delivery.Delivery.Headers);
        Assert.All(Texts(database), text => Assert.All(ErasureStory.Needles, needle => Assert.DoesNotContain(needle, text, StringComparison.OrdinalIgnoreCase)));

        // Who approved is still somebody else than who wrote, and each is still one and the same in all entries.
        Assert.Equal(before, await LeavesAsync(database));
        var merged = before.Single(leaf => leaf.Contains(AuditTypes.ChangeMerged, StringComparison.Ordinal));
        var approved = before.Single(leaf => leaf.Contains(AuditTypes.ApprovalGranted, StringComparison.Ordinal));
        Assert.Contains($"\"author\":\"{story.AuthorRef}\"", merged, StringComparison.Ordinal);
        Assert.Contains($"\"ref\":\"{story.ApproverRef}\"", approved, StringComparison.Ordinal);
        Assert.NotEqual(story.AuthorRef, story.ApproverRef);
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
        var opened = await new SealedSections(database).OpenAsync(await new AuditReader(database).ReadAsync(0, 100, Cancel), Cancel);
        Assert.Equal(5, opened.Length);
        Assert.All(opened, one => Assert.Equal(OpenedSection.Erased, one.Withheld));

        // Whoever comes back is somebody new.
        Assert.NotEqual(story.AuthorRef, await new Identities(database).ReferenceOfAsync("github", ErasureStory.AlixId, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task People_are_found_by_reference_id_and_login_and_nobody_else_is(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        var privacy = new PrivacyStore(database);
        foreach (var name in (string[])[story.AuthorRef, $"github:{ErasureStory.AlixId}", $"github:{ErasureStory.Alix}", "github:ALIX-Writes"])
            Assert.Equal(story.AuthorRef, await privacy.FindAsync(name, Cancel));
        foreach (var name in (string[])["a_nobody", "gitlab:7001", "github:alix", "alix-writes", "", ":", "github:"])
            Assert.Null(await privacy.FindAsync(name, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Nothing_is_erased_while_a_webhook_that_names_the_person_waits(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database, walks: false);
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        var report = await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel);
        Assert.Equal((1, 0, 0), (report.Waiting, report.Boxes, report.Deliveries));
        var opened = await new SealedSections(database).OpenAsync(await new AuditReader(database).ReadAsync(0, 100, Cancel), Cancel);
        Assert.All(opened, one => Assert.NotNull(one.Disclosure));
        Assert.Equal(story.AuthorRef, await privacy.FindAsync($"github:{ErasureStory.Alix}", Cancel));
        Assert.Null((await privacy.StandingAsync(story.AuthorRef, Cancel)).ErasedAt);
    }

    [Theory]
    [InlineData("sqlite", false)]
    [InlineData("sqlite", true)]
    [InlineData("postgres", false)]
    [InlineData("postgres", true)]
    public async Task An_erasure_whose_commit_failed_is_done_by_doing_it_again(string kind, bool happened)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var story = await ErasureStory.PlayAsync(database);
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        faulty.Fail(happened ? Fault.After : Fault.Before);
        if (happened)
        {
            // The writer looks it up: what happened is told as done.
            Assert.Equal(2, (await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel)).Boxes);
        }
        else
        {
            await Assert.ThrowsAnyAsync<DbException>(() => privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel));
            Assert.Null((await privacy.StandingAsync(story.AuthorRef, Cancel)).ErasedAt);
            Assert.Equal(2, (await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel)).Boxes);
        }

        Assert.Equal(0, (await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel)).Boxes);
        Assert.Equal(Samples.Noon, (await privacy.StandingAsync(story.AuthorRef, Cancel)).ErasedAt);
        Assert.All(Texts(database), text => Assert.DoesNotContain(ErasureStory.Alix, text, StringComparison.OrdinalIgnoreCase));
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_request_and_a_hold_stand_once_until_they_end(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync("a_1", "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        await privacy.RequestAsync("a_1", "other", "a_admin9", Samples.Noon, Cancel);
        Assert.True(await privacy.HoldAsync("a_1", isHeld: true, "a_admin1", Samples.Noon, Cancel));
        Assert.False(await privacy.HoldAsync("a_1", isHeld: true, "a_admin1", Samples.Noon, Cancel));
        Assert.Equal(new ErasureStanding("a_1", "gdpr-17-1", "a_admin1", IsHeld: true, null), await privacy.StandingAsync("a_1", Cancel));
        Assert.True(await privacy.HoldAsync("a_1", isHeld: false, "a_admin1", Samples.Noon, Cancel));
        Assert.False(await privacy.HoldAsync("a_1", isHeld: false, "a_admin1", Samples.Noon, Cancel));
        Assert.False((await privacy.StandingAsync("a_1", Cancel)).IsHeld);
    }

    [Fact]
    public async Task A_reader_who_never_ends_keeps_the_log_and_the_erasure_says_so()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        using (var session = new Session(database.Dialect.Connect()))
        {
            session.Execute("BEGIN");
            session.Scalar("SELECT count(*) FROM delivery");
            await Assert.ThrowsAnyAsync<IOException>(() => privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel));
        }

        Assert.Null((await privacy.StandingAsync(story.AuthorRef, Cancel)).ErasedAt);
        await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel);
        Assert.DoesNotContain(ErasureStory.Alix, Found(store.Folder));
    }

    [Theory]
    [InlineData("""{"login":"ann","id":"7"}""", """{"login":"a_1","id":"a_1"}""")]
    [InlineData("""{"login":"other","id":"7"}""", """{"login":"a_1","id":"a_1"}""")]
    [InlineData("""{"login":"ann-b","id":"8"}""", null)]
    [InlineData("""{"id":"7","name":"x"}""", null)]
    [InlineData("""{"path":"ann/shop","connection":"hub"}""", null)]
    [InlineData("""{"sourceBranch":"fix-by-ann","targetBranch":"ann"}""", """{"sourceBranch":"fix-by-a_1","targetBranch":"ann"}""")]
    [InlineData("""{"wayToGreen":["ask `Ann`","annex"],"n":1,"x":null}""", """{"wayToGreen":["ask `a_1`","annex"],"n":1,"x":null}""")]
    [InlineData("""{"note":"ann@x.org ANN, ann."}""", """{"note":"a_1 a_1, a_1."}""")]
    public void Names_become_references_and_other_names_stay(string json, string? expected)
    {
        var rewritten = new Mentions("7", ["ann", "ann@x.org"], "a_1").RewriteJson(json);
        Assert.Equal(expected is null ? null : JsonNode.Parse(expected)!.ToJsonString(), rewritten);
    }

    private static async Task<(ErasureReport Author, ErasureReport Approver)> EraseAsync(Database database, ErasureStory story)
    {
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        await privacy.RequestAsync(story.ApproverRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        return (await privacy.EraseAsync(story.AuthorRef, By, Samples.Noon, Cancel), await privacy.EraseAsync(story.ApproverRef, By, Samples.Noon, Cancel));
    }

    private static async Task<string[]> LeavesAsync(Database database) =>
        [.. (await new AuditReader(database).ReadAsync(0, 100, Cancel)).Select(leaf => Encoding.UTF8.GetString(leaf.Bytes.Span))];

    /// <summary>Which names stand in any file of a folder, as they are or in other letters.</summary>
    private static string[] Found(string folder)
    {
        string?[] texts;
        // A file that is given its name meanwhile would be missed under both: then all are looked at once more.
        do texts = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(Read)];
        while (texts.Contains(null));
        Assert.NotEmpty(texts);
        return [.. ErasureStory.Needles.Where(needle => texts.Any(text => text!.Contains(Latin(needle), StringComparison.OrdinalIgnoreCase)))];
    }

    /// <summary>Which runs of bytes stand in any file of a folder.</summary>
    internal static List<byte[]> Found(string folder, IEnumerable<byte[]> runs)
    {
        string?[] texts;
        do texts = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(Read)];
        while (texts.Contains(null));
        Assert.NotEmpty(texts);
        return [.. runs.Where(run => texts.Any(text => text!.Contains(Encoding.Latin1.GetString(run), StringComparison.Ordinal)))];
    }

    internal static bool MayRead(string folder)
    {
        try
        {
            return Directory.GetFiles(folder).Length > 0;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The gateway holds some of them for itself, which keeps .NET's own files out.
    private static string? Read(string path)
    {
        using var cat = Process.Start(new ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var bytes = new MemoryStream();
        cat.StandardOutput.BaseStream.CopyTo(bytes);
        cat.WaitForExit();
        if (cat.ExitCode != 0 && !File.Exists(path)) return null;
        Assert.Equal(0, cat.ExitCode);
        return Encoding.Latin1.GetString(bytes.ToArray());
    }

    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>All that tables say, with what is compressed inflated and JSON's escapes undone.</summary>
    private static List<string> Texts(Database database)
    {
        using var session = new Session(database.Dialect.Connect());
        var texts = TextColumn.All.SelectMany(column => StoredTexts.Of(session, column)).Select(one => Unescaped(one.Text)).ToList();
        texts.AddRange(StoredTexts.Evidence(session).Select(one => Encoding.UTF8.GetString(one.Body)));
        texts.AddRange(StoredTexts.Deliveries(session, database.Keys, 0).Select(one => one.Text!));
        texts.AddRange(session.Query("SELECT person_id FROM identity", row => row.GetString(0)));
        Assert.NotEmpty(texts);
        return texts;
    }

    private static string Unescaped(string json) => Escape().Replace(
        json, found => ((char)int.Parse(found.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex(@"\\u([0-9A-Fa-f]{4})")]
    private static partial Regex Escape();
}
