using System.Data.Common;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Tests.Privacy;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>What rulings were made with stays, once for each digest.</summary>
public class KeptSourceTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task It_is_kept_once_and_never_changed_or_deleted(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var kept = new KeptSources(database);
        await kept.KeepAsync(new KeptSource("sha256:a", KeptSource.Bundle, "package a"u8.ToArray(), ""), Cancel);
        await kept.KeepAsync(new KeptSource("sha256:a", KeptSource.Bundle, "package other"u8.ToArray(), ""), Cancel);
        Assert.Equal("package a"u8.ToArray(), (await kept.FindAsync("sha256:a", Cancel))!.Content!.Value.ToArray());
        Assert.Null(await kept.FindAsync("sha256:b", Cancel));
        foreach (var sql in (string[])["DELETE FROM kept_source", "UPDATE kept_source SET body = length", "UPDATE kept_source SET digest = 'x'"])
        {
            using var session = new Session(database.Dialect.Connect());
            Assert.ThrowsAny<DbException>(() => session.Execute(kind == "postgres" ? sql.Replace("= length", "= 'x'::bytea", StringComparison.Ordinal) : sql));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_too_much_says_so_until_it_is_kept(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var kept = new KeptSources(database);
        var much = new KeptSource("sha256:a", KeptSource.Bundle, null, "it has too many bytes");
        await kept.KeepAsync(much, Cancel);
        await kept.KeepAsync(much, Cancel);
        Assert.Equal((null, "it has too many bytes"), ((await kept.FindAsync("sha256:a", Cancel))!.Content, (await kept.FindAsync("sha256:a", Cancel))!.Why));
        await kept.KeepAsync(much with { Content = new byte[] { 1, 2 }, Why = "" }, Cancel);
        var found = (await kept.FindAsync("sha256:a", Cancel))!;
        Assert.Equal((2, ""), (found.Content!.Value.Length, found.Why));
    }

    [Theory]
    [InlineData("sqlite", false)]
    [InlineData("sqlite", true)]
    [InlineData("postgres", false)]
    [InlineData("postgres", true)]
    public async Task A_commit_that_failed_is_told_and_keeping_again_keeps(string kind, bool happened)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var kept = new KeptSources(database);
        var source = new KeptSource("sha256:a", KeptSource.Rules, "{}"u8.ToArray(), "");
        faulty.Fail(happened ? Fault.After : Fault.Before);
        if (!happened) await Assert.ThrowsAnyAsync<DbException>(() => kept.KeepAsync(source, Cancel));
        await kept.KeepAsync(source, Cancel);
        Assert.Equal(2, (await kept.FindAsync("sha256:a", Cancel))!.Content!.Value.Length);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_erasure_empties_what_names_the_person_and_it_says_why(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        var kept = new KeptSources(database);
        await kept.KeepAsync(new KeptSource("a", KeptSource.Rules, System.Text.Encoding.UTF8.GetBytes($"{{\"users\":[\"{ErasureStory.Alix}\"]}}"), ""), Cancel);
        await kept.KeepAsync(new KeptSource("b", KeptSource.Rules, "{\"users\":[\"someone-else\"]}"u8.ToArray(), ""), Cancel);
        var privacy = new PrivacyStore(database);
        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        Assert.Equal(2, (await privacy.EraseAsync(story.AuthorRef, "a_admin2", Samples.Noon, Cancel)).Evidence);
        var emptied = (await kept.FindAsync("a", Cancel))!;
        Assert.Equal((null, "it named somebody who was erased"), (emptied.Content, emptied.Why));
        Assert.NotNull((await kept.FindAsync("b", Cancel))!.Content);
    }
}
