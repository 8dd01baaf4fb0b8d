using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

/// <summary>A secret in a file is changed by writing the file anew; the gate need not start again.</summary>
public sealed class SecretFileTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gate-secret-");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_new_file_is_in_force_within_five_seconds_and_not_looked_at_more_often()
    {
        File.WriteAllText(PathOf("token"), "first\n");
        var secret = Source().Resolve("file:token").Secret!;
        File.WriteAllText(PathOf("token"), "second\n");
        Assert.Equal("first", secret.Reveal());
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("second", secret.Reveal());
    }

    [Fact]
    public void A_link_that_points_to_another_file_is_another_secret_as_clusters_mount_them()
    {
        Directory.CreateDirectory(PathOf("v1"));
        Directory.CreateDirectory(PathOf("v2"));
        File.WriteAllText(PathOf("v1/token"), "first");
        File.WriteAllText(PathOf("v2/token"), "other");
        Directory.CreateSymbolicLink(PathOf("now"), "v1");
        File.CreateSymbolicLink(PathOf("token"), "now/token");
        var secret = Source().Resolve("file:token").Secret!;
        Directory.Delete(PathOf("now"));
        Directory.CreateSymbolicLink(PathOf("now"), "v2");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("other", secret.Reveal());
    }

    [Fact]
    public void A_file_that_is_lost_leaves_its_last_secret_in_force_and_is_told_once_by_name()
    {
        File.WriteAllText(PathOf("token"), "first");
        var source = Source();
        var told = new List<string>();
        source.Files.Lost += told.Add;
        var secret = source.Resolve("file:token").Secret!;
        foreach (var spoil in (Action[])[() => File.Delete(PathOf("token")), () => File.WriteAllText(PathOf("token"), "\n")])
        {
            spoil();
            for (var i = 0; i < 3; i++)
            {
                _clock.Advance(TimeSpan.FromSeconds(6));
                Assert.Equal("first", secret.Reveal());
            }
        }

        Assert.Equal(["file `token` is not there; its last secret stays in force"], told);
        File.WriteAllText(PathOf("token"), "third");
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("third", secret.Reveal());
        File.Delete(PathOf("token"));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(("third", 2), (secret.Reveal(), told.Count));
        Assert.All(told, line => Assert.DoesNotContain("third", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("absent", "file `absent` is not there")]
    [InlineData("empty", "file `empty` is empty")]
    [InlineData("large", "file `large` has more than 65536 bytes")]
    [InlineData(".", "file `.` cannot be read")]
    public void A_file_that_cannot_be_a_secret_is_refused(string name, string problem)
    {
        File.WriteAllText(PathOf("empty"), "\n");
        File.WriteAllText(PathOf("large"), new string('x', 70_000));
        Assert.Equal((null, problem), Source().Resolve($"file:{name}"));
    }

    [Fact]
    public void A_stored_secret_is_named_once_and_known_when_it_is_filled_in()
    {
        var source = Source();
        var secret = source.Resolve("stored:hub.token").Secret!;
        Assert.Equal(("", "`hub.token` is not stored; `gate secret set hub.token` stores it"), (secret.Reveal(), secret.Missing));
        Assert.Equal(["hub.token"], source.Stored.Missing);
        source.Stored.Set("hub.token", "value");
        source.Stored.Set("nobody-asked", "value");
        Assert.Equal(("value", null), (secret.Reveal(), secret.Missing));
        Assert.Equal("(secret)", $"{secret}");
        Assert.Equal(["hub.token"], source.Stored.Names);
        Assert.Contains("a stored secret's name", source.Resolve("stored:../x").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres: stored:db", "`postgres` is needed before the gate's own store is open")]
    [InlineData("targets: [{name: t, kind: webhook, keySecret: \"stored:key\"}]", "`keySecret` is needed before the gate's own store is open")]
    public void What_is_needed_before_the_store_is_open_cannot_lie_in_it(string line, string says)
    {
        var text = Encoding.UTF8.GetBytes($"publicUrl: https://gate.example.org\n{line}\n");
        var reading = GateFileReader.Read(PathOf("gate.yaml"), text, Source());
        Assert.Contains(reading.Problems, problem => problem.Message.StartsWith(says, StringComparison.Ordinal));
    }

    private SecretSource Source() => new(_ => null, _folder.FullName, _clock);
}
