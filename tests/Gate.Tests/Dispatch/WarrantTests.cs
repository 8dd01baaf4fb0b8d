using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Dispatch;

public sealed class WarrantTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly DispatchOrder Order = new()
    {
        Id = OrderId.Derive("prod", "site", CommitId.Parse(new string('a', 40)), "delivery-1"),
        Environment = "prod",
        Target = "site",
        Repository = new RepositoryKey(new ConnectionName("acme"), "acme/shop"),
        Branch = "main",
        Commit = CommitId.Parse(new string('a', 40)),
        Tree = new string('b', 40),
        Path = "deploy",
        Ruling = default,
        OrderedAt = Now,
    };

    [Fact]
    public void A_warrant_permits_exactly_its_order()
    {
        using var signer = new WarrantSigner(WarrantSigner.NewKey());

        var check = WarrantVerifier.Check(signer.Sign(Order, Now), signer.PublicKey);

        var permission = Assert.IsType<WarrantCheck.Good>(check).Permission;
        Assert.Equal((Order.Id, "prod", "site", Order.Commit, Order.Tree, "deploy"),
            (permission.OrderId, permission.Environment, permission.Target, permission.Commit, permission.Tree, permission.Path));
    }

    [Fact]
    public void What_is_signed_is_the_pre_authentication_encoding_of_dsse()
    {
        using var signer = new WarrantSigner(WarrantSigner.NewKey());
        var envelope = JsonNode.Parse(signer.Sign(Order, Now).Envelope.Span)!;
        var payload = Convert.FromBase64String((string)envelope["payload"]!);
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportFromPem(signer.PublicKey);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {payload.Length} "), .. payload];

        Assert.True(key.VerifyData(
            signed, Convert.FromBase64String((string)envelope["signatures"]![0]!["sig"]!), System.Security.Cryptography.HashAlgorithmName.SHA256,
            System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public void A_changed_or_foreign_warrant_is_bad()
    {
        using var signer = new WarrantSigner(WarrantSigner.NewKey());
        using var other = new WarrantSigner(WarrantSigner.NewKey());
        var good = signer.Sign(Order, Now);
        var envelope = JsonNode.Parse(good.Envelope.Span)!;
        var payload = Encoding.UTF8.GetString(Convert.FromBase64String((string)envelope["payload"]!));

        Assert.IsType<WarrantCheck.Bad>(WarrantVerifier.Check(good, other.PublicKey));
        Assert.IsType<WarrantCheck.Bad>(Check("payload", Convert.ToBase64String(Encoding.UTF8.GetBytes(payload.Replace("prod", "test")))));
        Assert.IsType<WarrantCheck.Bad>(Check("payloadType", "application/json"));
        Assert.IsType<WarrantCheck.Bad>(Check("payload", "%"));
        Assert.IsType<WarrantCheck.Bad>(Check("payload", null));
        Assert.IsType<WarrantCheck.Bad>(Check("signatures", null));
        foreach (var text in new[] { "", "[]", "{}", "{\"payload\":\"\",\"payload\":\"\"}", new string(' ', WarrantVerifier.MaxBytes + 1) })
            Assert.IsType<WarrantCheck.Bad>(WarrantVerifier.Check(new Warrant(Encoding.UTF8.GetBytes(text)), signer.PublicKey));

        WarrantCheck Check(string name, string? value)
        {
            var copy = envelope.DeepClone();
            copy[name] = value;
            return WarrantVerifier.Check(new Warrant(Encoding.UTF8.GetBytes(copy.ToJsonString())), signer.PublicKey);
        }
    }

    [Fact]
    public void A_key_on_another_curve_is_refused()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);

        Assert.Throws<ArgumentException>(() => new WarrantSigner(key.ExportPkcs8PrivateKeyPem()));
        Assert.Throws<ArgumentException>(() => new WarrantSigner("no key"));
    }

    [Fact]
    public void The_same_push_has_one_order_id_and_every_other_has_another()
    {
        var commit = CommitId.Parse(new string('a', 40));
        string[] ids =
        [
            OrderId.Derive("prod", "site", commit, "1"), OrderId.Derive("prod", "site", commit, "2"), OrderId.Derive("prods", "ite", commit, "1"),
            OrderId.Derive("test", "site", commit, "1"), OrderId.Derive("prod", "site", CommitId.Parse(new string('b', 40)), "1"),
        ];

        Assert.Equal(ids[0], OrderId.Derive("prod", "site", commit, "1"));
        Assert.Equal(5, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{64}$", id));
    }
}
