using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

/// <summary><c>audit: witnesses:</c> of gate.yaml: read whole, or refused with the line and what would be right.</summary>
public class WitnessReaderTests
{
    private static readonly string One = Key(1, isWitness: true);
    private static readonly string Two = Key(2, isWitness: true);

    [Fact]
    public void Witnesses_are_read_and_most_of_them_are_a_quorum()
    {
        var reading = Read($$"""
              witnesses:
                - {name: firm, vkey: "{{One}}", url: "https://w.example.org"}
                - {name: peer, vkey: "{{Two}}", url: "http://10.0.0.7:8095/w/", allowPrivate: true}
              requireWitness: true
            """);
        Assert.Empty(reading.Problems);
        var witnesses = reading.Value!.Audit!.Witnesses;
        Assert.Equal(["firm", "peer"], witnesses.Sources.Select(source => source.Name));
        Assert.Equal(["https://w.example.org/", "http://10.0.0.7:8095/w/"], witnesses.Sources.Select(source => source.Address.AbsoluteUri));
        Assert.Equal((2, true), (witnesses.Quorum, witnesses.IsRequired));
        Assert.Equal(1, Read($"  quorum: 1\n  witnesses:\n    - {{name: firm, vkey: \"{One}\", url: 'https://w.example.org'}}").Value!.Audit!.Witnesses.Quorum);
        Assert.Equal(WitnessSettings.None, Read("  key: audit.pem").Value!.Audit!.Witnesses);
    }

    [Theory]
    [InlineData("{vkey: 'ONE', url: 'https://w.example.org'}", "`name` is missing")]
    [InlineData("{name: none, vkey: 'ONE', url: 'https://w.example.org'}", "`none` is no name of a witness")]
    [InlineData("{name: a, url: 'https://w.example.org'}", "`vkey` is missing")]
    [InlineData("{name: a, vkey: 'ONE'}", "`url` is missing")]
    [InlineData("{name: a, vkey: 'LOG', url: 'https://w.example.org'}", "`vkey` is no witness' key")]
    [InlineData("{name: a, vkey: 'w+1a2b3c4d', url: 'https://w.example.org'}", "`vkey`: ")]
    [InlineData("{name: a, vkey: 'ONE', url: 'http://w.example.org'}", "`url` should begin with `https://`")]
    [InlineData("{name: a, vkey: 'ONE', url: 'https://me:pw@w.example.org'}", "`url` should be an address such as")]
    [InlineData("{name: a, vkey: 'ONE', url: 'w.example.org'}", "`url` should be an address such as")]
    [InlineData("{name: a, vkey: 'ONE', url: 'https://w.example.org', quorum: 1}", "key `quorum` is not known")]
    public void A_fault_is_named_with_its_line_and_what_would_be_right(string witness, string says)
    {
        var text = witness.Replace("ONE", One, StringComparison.Ordinal).Replace("LOG", Key(1, isWitness: false), StringComparison.Ordinal);
        var reading = Read($"  witnesses:\n    - {{name: first, vkey: '{Two}', url: 'https://w.example.org'}}\n    - {text}");
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Line == 6 && problem.Message.Contains(says, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("  quorum: 3\n  witnesses:\n    - ONE\n    - TWO", "`quorum` is 3, but there are 2 `witnesses`")]
    [InlineData("  quorum: 0\n  witnesses:\n    - ONE", "`quorum` should be a whole number from 1 to 32")]
    [InlineData("  quorum: 1", "`quorum` is there, but no `witnesses` are")]
    [InlineData("  requireWitness: true", "`requireWitness` is there, but no `witnesses` are")]
    [InlineData("  witnesses:\n    - ONE\n    - ONE", "stands twice")]
    [InlineData("  witnesses:\n    - ONE\n    - SAME", "have the same key")]
    public void What_does_not_go_together_is_refused(string audit, string says)
    {
        var text = audit.Replace("ONE", $"{{name: a, vkey: '{One}', url: 'https://a.example.org'}}", StringComparison.Ordinal)
            .Replace("TWO", $"{{name: b, vkey: '{Two}', url: 'https://b.example.org'}}", StringComparison.Ordinal)
            .Replace("SAME", $"{{name: c, vkey: '{Key(1, isWitness: true, "other.example.org/w")}', url: 'https://c.example.org'}}", StringComparison.Ordinal);
        var reading = Read(text);
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Message.Contains(says, StringComparison.Ordinal));
    }

    private static string Key(byte seed, bool isWitness, string name = "w.example.org/w")
    {
        using var signer = new Ed25519Signer($"{name}{seed}", Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat(seed, 32)]), isWitness);
        return signer.Key.ToString();
    }

    private static FileReading<GateConfiguration> Read(string audit) => GateFileReader.Read(
        "/etc/gate/gate.yaml", Encoding.UTF8.GetBytes($"publicUrl: https://gate.example.org\ndata: state\naudit:\n{audit}\n"), new SecretSource(_ => null, "/etc/gate"));
}
