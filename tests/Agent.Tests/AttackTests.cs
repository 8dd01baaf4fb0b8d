using System.Formats.Tar;
using System.Text;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>Whatever comes that was not approved for this target: what runs keeps running, and the gate hears what it looked like.</summary>
public class AttackTests
{
    [Fact]
    public async Task A_document_of_another_key_is_refused()
    {
        await using var stage = await RunningAsync();
        using var forger = new WarrantSigner(WarrantSigner.NewKey());
        stage.Proxy.Instead["/desired"] = forger.Sign(Document(stage, await stage.OrderAsync("evil"))).ToArray();
        await RefusesAsync(stage, "signature-invalid");
    }

    [Fact]
    public async Task A_warrant_of_another_key_inside_a_good_document_is_refused()
    {
        await using var stage = await RunningAsync();
        using var forger = new WarrantSigner(WarrantSigner.NewKey());
        var order = await stage.OrderAsync("evil");
        var document = Document(stage, order) with { Warrant = forger.Sign(order, order.OrderedAt) };
        stage.Proxy.Instead["/desired"] = stage.Signer.Sign(document).ToArray();
        await RefusesAsync(stage, "signature-invalid");
    }

    [Fact]
    public async Task A_warrant_alone_is_no_document()
    {
        await using var stage = await RunningAsync();
        var order = await stage.OrderAsync("evil");
        stage.Proxy.Instead["/desired"] = stage.Signer.Sign(order, order.OrderedAt).Envelope.ToArray();
        await RefusesAsync(stage, "signature-invalid");
    }

    [Fact]
    public async Task A_document_for_another_target_is_refused()
    {
        await using var stage = await RunningAsync();
        var order = await stage.OrderAsync("evil") with { Target = "other" };
        stage.Proxy.Instead["/desired"] = stage.Signer.Sign(Document(stage, order)).ToArray();
        await RefusesAsync(stage, "wrong-target");
    }

    [Fact]
    public async Task A_warrant_for_another_target_inside_a_good_document_is_refused()
    {
        await using var stage = await RunningAsync();
        var order = await stage.OrderAsync("evil");
        var document = Document(stage, order) with { Warrant = stage.Signer.Sign(order with { Target = "other" }, order.OrderedAt) };
        stage.Proxy.Instead["/desired"] = stage.Signer.Sign(document).ToArray();
        await RefusesAsync(stage, "wrong-target");
    }

    [Fact]
    public async Task An_older_version_is_refused_even_after_a_restart()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrderAsync("vulnerable");
        var old = (await stage.Get<IDesiredStore>().NewestAsync("site", Stage.Cancel))!.Envelope.ToArray();
        await stage.PassAsync();
        await stage.OrderAsync("good");
        await stage.PassAsync();
        stage.Proxy.Instead["/desired"] = old;
        await RefusesAsync(stage, "rollback");
    }

    [Fact]
    public async Task Another_document_under_a_known_version_is_refused()
    {
        await using var stage = await RunningAsync();
        var order = await stage.OrderAsync("evil");
        stage.Proxy.Instead["/desired"] = stage.Signer.Sign(Document(stage, order) with { Version = 1 }).ToArray();
        await RefusesAsync(stage, "rollback");
    }

    [Fact]
    public async Task An_expired_document_is_not_acted_on()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("late");
        await RefusesAsync(stage, "freeze", new ManualTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(2)));
    }

    [Fact]
    public async Task A_clock_that_is_far_behind_is_no_reason_to_believe_more()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");

        var pass = await stage.PassAsync(clock: new ManualTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(6)));

        Assert.Equal(PassEnd.Refused, pass.End);
        Assert.Contains("set the clock", pass.Line, StringComparison.Ordinal);
        Assert.Equal("good", stage.Page());
    }

    [Fact]
    public async Task Content_that_is_not_the_approved_tree_is_refused()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        stage.Proxy.Instead["/content/"] = Tar(new GnuTarEntry(TarEntryType.RegularFile, "index.html") { DataStream = Text("evil") });
        await RefusesAsync(stage, "digest-mismatch");
        stage.Proxy.Instead.Clear();
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal("second", stage.Page());
    }

    [Theory]
    [InlineData("../outside", null)]
    [InlineData("a/../../outside", null)]
    [InlineData("/outside", null)]
    [InlineData(".git/hooks/post-checkout", null)]
    [InlineData("link", "../outside")]
    [InlineData("link", "/etc/passwd")]
    [InlineData("a/link", "b/../../../outside")]
    public async Task Nothing_is_written_outside_of_the_release(string name, string? linkTo)
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        var entry = linkTo is null
            ? new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = Text("evil") }
            : new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = linkTo };
        stage.Proxy.Instead["/content/"] = Tar(entry);
        await RefusesAsync(stage, "digest-mismatch");
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(stage.Site)!, "outside", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_below_a_link_of_the_archive_is_not_written_through_it()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        stage.Proxy.Instead["/content/"] = Tar(
            new GnuTarEntry(TarEntryType.SymbolicLink, "a") { LinkName = "b" }, new GnuTarEntry(TarEntryType.RegularFile, "a/c") { DataStream = Text("evil") });
        Assert.NotEqual(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal("good", stage.Page());
    }

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        stage.Proxy.Instead["/content/"] = Encoding.UTF8.GetBytes(new string('x', 700));
        await RefusesAsync(stage, "digest-mismatch");
    }

    [Fact]
    public async Task Content_without_end_is_cut_off()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        stage.Proxy.Instead["/content/"] = Tar(new GnuTarEntry(TarEntryType.RegularFile, "big") { DataStream = new MemoryStream(new byte[2 << 20]) });
        await RefusesAsync(stage, "oversize");
    }

    [Fact]
    public async Task A_document_without_end_is_cut_off()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");
        stage.Proxy.Instead["/desired"] = new byte[1 << 20];
        await RefusesAsync(stage, "signature-invalid");
    }

    [Fact]
    public async Task The_same_refusal_is_reported_once_however_often_it_is_met()
    {
        await using var stage = await RunningAsync();
        stage.Proxy.Instead["/desired"] = "{}"u8.ToArray();
        for (var i = 0; i < 3; i++) Assert.Equal(PassEnd.Refused, (await stage.PassAsync()).End);
        Assert.Equal(2, (await stage.ReportsAsync()).Count);
        stage.Proxy.Instead.Clear();
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal(["success", "deny", "success"], (await stage.ReportsAsync()).Select(entry => entry.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_token_of_another_target_gets_nothing()
    {
        await using var stage = await RunningAsync();
        await stage.OrderAsync("second");

        var pass = await stage.PassAsync(stage.Settings(await stage.TokenAsync("other")));

        Assert.Equal(PassEnd.Unanswered, pass.End);
        Assert.Equal("the gateway answered 403: the token is not this target's", pass.Line);
        Assert.Equal("good", stage.Page());
    }

    [Fact]
    public async Task A_spoilt_memory_stops_the_agent()
    {
        await using var stage = await RunningAsync();
        await File.WriteAllTextAsync(stage.StatePath, "{", Stage.Cancel);
        Assert.Throws<InvalidDataException>(() => stage.Restart());
    }

    /// <summary>A stage where <c>good</c> was ordered and runs.</summary>
    private static async Task<Stage> RunningAsync()
    {
        var stage = await Stage.SetAsync();
        await stage.OrderAsync("good");
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        return stage;
    }

    private static async Task RefusesAsync(Stage stage, string attack, TimeProvider? clock = null)
    {
        var pass = await stage.PassAsync(clock: clock);

        Assert.Equal(PassEnd.Refused, pass.End);
        Assert.Equal("good", stage.Page());
        var entry = (await stage.ReportsAsync())[^1];
        Assert.Equal("deny", entry.GetProperty("outcome").GetString());
        Assert.Contains($"\"{attack}\"", entry.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(PassEnd.Refused, (await stage.PassAsync(clock: clock)).End);
    }

    private static DesiredDocument Document(Stage stage, DispatchOrder order) => new()
    {
        Target = order.Target,
        Environment = order.Environment,
        Version = 9,
        IssuedAt = order.OrderedAt,
        Expires = order.OrderedAt.AddHours(1),
        OrderId = order.Id,
        Warrant = stage.Signer.Sign(order, order.OrderedAt),
    };

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static byte[] Tar(params TarEntry[] entries)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var entry in entries) tar.WriteEntry(entry);
        }

        return bytes.ToArray();
    }
}
