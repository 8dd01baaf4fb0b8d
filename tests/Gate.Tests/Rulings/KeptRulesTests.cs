using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.World;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>What is kept of a <c>gate.yaml</c> judges as it did.</summary>
public sealed class KeptRulesTests
{
    private static readonly GateConfiguration Configuration = SomeEvidence.Configuration with
    {
        ServerRules = new RuleFile
        {
            Approvals =
            [
                new ApprovalRule
                {
                    Name = "two", Count = 2, Users = ["bob"], Teams = ["acme/release"], TakesComments = true, Mode = RuleMode.Warn, IsOfServer = true, Line = 7,
                    When = new RuleScope { Repositories = ["acme/**"], Paths = ["prod/**"], Labels = ["ready"] },
                },
            ],
            Policies = [new PolicyRule { Name = "all", Bundle = "shipped", Package = "data.all", Style = PolicyStyle.Change, Files = ["*.yaml"] }],
            Overrides = [new OverrideRule { Name = "night", Users = ["carol"], ShortestReason = 30, EvenErrored = true }],
        },
        Bundles =
        [
            new BundleSource("shipped", "/policies", null)
            {
                Limits = RegoLimits.Default with { Steps = 7, Time = TimeSpan.FromMilliseconds(250) },
                Grants = new WorldGrants { Functions = ["http.send"], AllowNet = ["example.org"] },
            },
            new BundleSource("away", "/other", "http://127.0.0.1:8181"),
        ],
    };

    [Fact]
    public void Rules_and_bundles_come_back_as_they_were()
    {
        var kept = KeptRules.Of(Configuration).ToSource();
        var again = KeptRules.Read(kept.Content!.Value, kept.Digest).ToConfiguration();
        Assert.Equal(StoredForm.Write(Configuration.ServerRules), StoredForm.Write(again.ServerRules));
        Assert.Equal(
            RuleSet.Of(Configuration, SomeEvidence.Shop, null).Digest, RuleSet.Of(again, SomeEvidence.Shop, null).Digest);
        Assert.Equal(["shipped", "away"], again.Bundles.Select(bundle => bundle.Name));
        Assert.Equal(Configuration.Bundles[0].Limits, again.Bundles[0].Limits);
        Assert.Equal(Configuration.Bundles[0].Grants.AllowNet.AsEnumerable(), again.Bundles[0].Grants.AllowNet);
        Assert.Equal([true, false], again.Bundles.Select(bundle => bundle.OpaUrl is null));
        Assert.Equal(kept.Digest, KeptRules.Of(again).Digest);
    }

    [Fact]
    public void Where_things_lie_and_secrets_are_no_part_of_it()
    {
        var moved = Configuration with
        {
            PublicUrl = "https://elsewhere.example.org",
            DataFolder = "/elsewhere",
            Digest = "other",
            Bundles = [Configuration.Bundles[0] with { Path = "/elsewhere" }, Configuration.Bundles[1] with { OpaUrl = "http://opa.internal" }],
        };
        Assert.Equal(KeptRules.Of(Configuration).Digest, KeptRules.Of(moved).Digest);
        Assert.DoesNotContain("8181", Encoding.UTF8.GetString(KeptRules.Of(Configuration).ToSource().Content!.Value.Span), StringComparison.Ordinal);
        Assert.NotEqual(KeptRules.Of(Configuration).Digest, KeptRules.Of(Configuration with { ServerRules = RuleFile.Empty }).Digest);
    }

    [Fact]
    public void What_was_touched_is_refused()
    {
        var kept = KeptRules.Of(Configuration).ToSource();
        var touched = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(kept.Content!.Value.Span).Replace("bob", "eve", StringComparison.Ordinal));
        Assert.Contains(
            "they were changed after they were kept", Assert.Throws<InvalidDataException>(() => KeptRules.Read(touched, kept.Digest)).Message, StringComparison.Ordinal);
    }
}
