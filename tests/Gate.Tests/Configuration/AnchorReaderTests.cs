using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

/// <summary><c>audit: anchors:</c> of gate.yaml: read whole, or refused with the line and what would be right.</summary>
public sealed class AnchorReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Trust => Path.Combine(_folder.Path, "tsa.pem");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_are_read_with_what_is_usual()
    {
        File.WriteAllText(Trust, "");
        var reading = Read("""
            git: {url: "https://git.example.org/audit/checkpoints.git", token: literal:secret}
            timestamp: {url: "http://tsa.example.org/tsr", trust: tsa.pem}
            """);
        Assert.Empty(reading.Problems);
        var (git, stamp) = (reading.Value!.Audit!.Anchors.Git!, reading.Value.Audit.Anchors.Timestamp!);
        Assert.Equal(("main", TimeSpan.FromMinutes(15), false, "secret"), (git.Branch, git.Every, git.IsRequired, git.Token!.Reveal()));
        Assert.Equal((Trust, TimeSpan.FromHours(1), false), (stamp.Trust, stamp.Every, stamp.AllowPrivate));
    }

    [Fact]
    public void Everything_else_is_read_as_it_stands()
    {
        var reading = Read("""
            git: {url: /srv/anchor.git, branch: gates/one, every: 90s, user: bot, required: true}
            """);
        Assert.Empty(reading.Problems);
        var git = reading.Value!.Audit!.Anchors.Git!;
        Assert.Equal(("/srv/anchor.git", "gates/one", TimeSpan.FromSeconds(90), "bot", true), (git.Url, git.Branch, git.Every, git.User, git.IsRequired));
        Assert.Null(git.Token);
        Assert.Equal(AnchorSettings.None, Read("").Value!.Audit!.Anchors);
    }

    [Theory]
    [InlineData("git: {branch: main}", "`url` is missing")]
    [InlineData("git: {url: \"git@example.org:audit/x.git\"}", "`url` should be an address without a name or a secret in it")]
    [InlineData("git: {url: \"ssh://git@example.org/x.git\"}", "`url` should be an address without a name or a secret in it")]
    [InlineData("git: {url: \"https://bot:secret@example.org/x.git\"}", "`url` should be an address without a name or a secret in it")]
    [InlineData("git: {url: \"http://git.example.org/x.git\", token: literal:t}", "a token would travel without TLS")]
    [InlineData("git: {url: \"https://example.org/x.git\", token: plain}", "a secret does not stand here in plain text")]
    [InlineData("git: {url: \"https://example.org/x.git\", branch: \"-f\"}", "`branch` should be the name of a branch")]
    [InlineData("git: {url: \"https://example.org/x.git\", branch: \"a:b\"}", "`branch` should be the name of a branch")]
    [InlineData("git: {url: \"https://example.org/x.git\", every: 1s}", "`every` should be a time from `5s` to `168h`")]
    [InlineData("git: {url: \"https://example.org/x.git\", every: often}", "`every` should be a time from `5s` to `168h`")]
    [InlineData("git: {url: \"https://example.org/x.git\", force: true}", "key `force` is not known")]
    [InlineData("timestamp: {url: \"https://tsa.example.org\"}", "`trust` is missing")]
    [InlineData("timestamp: {url: \"https://tsa.example.org\", trust: gone.pem}", "gone.pem` is not there; a PEM file")]
    [InlineData("timestamp: {url: \"ftp://tsa.example.org\", trust: tsa.pem}", "`url` should be an address such as")]
    [InlineData("witness: {}", "key `witness` is not known")]
    public void What_is_wrong_is_said(string anchors, string problem)
    {
        File.WriteAllText(Trust, "");
        var reading = Read(anchors);
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, one => one.ToString().Contains(problem, StringComparison.Ordinal));
        Assert.DoesNotContain(reading.Problems, one => one.ToString().Contains("bot:secret", StringComparison.Ordinal));
    }

    private FileReading<GateConfiguration> Read(string anchors)
    {
        var text = $"publicUrl: https://gate.example.org\naudit:\n  anchors:\n{string.Join('\n', anchors.Split('\n').Select(line => "    " + line))}\n";
        return GateFileReader.Read(Path.Combine(_folder.Path, "gate.yaml"), Encoding.UTF8.GetBytes(text), new SecretSource(_ => null, _folder.Path));
    }
}
