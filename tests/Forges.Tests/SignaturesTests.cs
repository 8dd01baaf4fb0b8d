using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>Signatures that others published or computed are recognised; whatever is a little different is not.</summary>
public sealed class SignaturesTests
{
    // The example in "Validating webhook deliveries" on docs.github.com.
    private const string PublishedSecret = "It's a Secret to Everybody";
    private const string PublishedHeader = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    private static readonly byte[] PublishedBody = "Hello, World!"u8.ToArray();

    // The example of the Standard Webhooks libraries.
    private static readonly StandardHeaders Standard =
        new("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    private static readonly byte[] StandardBody = "{\"test\": 2432232314}"u8.ToArray();
    private static readonly ImmutableArray<Secret> StandardToken = [new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
    private static readonly DateTimeOffset StandardTime = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    [Fact]
    public void Every_published_vector_is_recognised()
    {
        var file = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(file is null, "the shared folder with signature vectors is absent");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(file!));
        var (checkedOnes, legacy) = (0, 0);
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var body = vector.TryGetProperty("bodyFile", out var name)
                ? File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(file)!, name.GetString()!))
                : Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString()!);
            ImmutableArray<Secret> secrets = [new Secret(vector.GetProperty("secret").GetString()!)];
            if (vector.TryGetProperty("headers", out var headers))
            {
                var given = new StandardHeaders(
                    headers.GetProperty("webhook-id").GetString(),
                    headers.GetProperty("webhook-timestamp").GetString(),
                    headers.GetProperty("webhook-signature").GetString());
                var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(given.Timestamp!, CultureInfo.InvariantCulture));
                Assert.Equal(SignatureCheck.Match, Signatures.StandardWebhook(given, body, secrets, at));
            }
            else if (vector.GetProperty("value").GetString() is { } value && !value.StartsWith("sha1=", StringComparison.Ordinal))
            {
                var prefix = value.StartsWith("sha256=", StringComparison.Ordinal) ? "sha256=" : "";
                Assert.Equal(SignatureCheck.Match, Signatures.HmacHex(value, prefix, body, secrets));
            }
            else
            {
                // SHA-1 is never accepted; its vector is there to be refused.
                legacy++;
                Assert.Equal(SignatureCheck.Mismatch, Signatures.HmacHex(vector.GetProperty("value").GetString(), "sha256=", body, secrets));
            }

            checkedOnes++;
        }

        Assert.Equal((9, 1), (checkedOnes, legacy));
    }

    [Fact]
    public void GitHubs_published_example_matches_in_either_case_of_letters()
    {
        Assert.Equal(SignatureCheck.Match, Check(PublishedHeader, PublishedSecret));
        Assert.Equal(SignatureCheck.Match, Check("sha256=" + PublishedHeader[7..].ToUpperInvariant(), PublishedSecret));
    }

    [Theory]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e16")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")]
    [InlineData("sha256=")]
    public void Whatever_is_a_little_different_does_not_match(string header) =>
        Assert.Equal(SignatureCheck.Mismatch, Check(header, PublishedSecret));

    [Fact]
    public void Without_a_header_the_signature_is_missing()
    {
        Assert.Equal(SignatureCheck.Missing, Check(null, PublishedSecret));
        Assert.Equal(SignatureCheck.Missing, Check("", PublishedSecret));
    }

    [Fact]
    public void A_connection_without_a_usable_secret_matches_nothing()
    {
        // HMAC-SHA256 of the body under an empty key: what a caller would send who hopes that no secret was set.
        var forged = "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Array.Empty<byte>(), PublishedBody));
        Assert.Equal(SignatureCheck.Mismatch, Check(forged, ""));
        Assert.Equal(SignatureCheck.Mismatch, Check(forged));
        Assert.Equal(SignatureCheck.Missing, Signatures.Token("", [new Secret("")]));
    }

    [Fact]
    public void While_a_secret_is_changed_both_are_accepted() =>
        Assert.Equal(SignatureCheck.Match, Check(PublishedHeader, "the new one", PublishedSecret));

    [Fact]
    public void A_plain_token_matches_only_itself()
    {
        ImmutableArray<Secret> secrets = [new Secret("one"), new Secret("two")];
        Assert.Equal(SignatureCheck.Match, Signatures.Token("two", secrets));
        Assert.Equal(SignatureCheck.Mismatch, Signatures.Token("tw", secrets));
        Assert.Equal(SignatureCheck.Mismatch, Signatures.Token("two ", secrets));
        Assert.Equal(SignatureCheck.Missing, Signatures.Token(null, secrets));
    }

    [Theory]
    [InlineData(0, SignatureCheck.Match)]
    [InlineData(300, SignatureCheck.Match)]
    [InlineData(-300, SignatureCheck.Match)]
    [InlineData(301, SignatureCheck.Stale)]
    [InlineData(-301, SignatureCheck.Stale)]
    public void A_signed_timestamp_may_be_five_minutes_off(int seconds, SignatureCheck expected) =>
        Assert.Equal(expected, Signatures.StandardWebhook(Standard, StandardBody, StandardToken, StandardTime.AddSeconds(seconds)));

    [Fact]
    public void The_timestamp_and_the_id_are_signed_with_the_body()
    {
        Assert.Equal(SignatureCheck.Mismatch, OfStandard(Standard with { Timestamp = "1614265331" }));
        Assert.Equal(SignatureCheck.Mismatch, OfStandard(Standard with { Id = "msg_other" }));
        Assert.Equal(SignatureCheck.Missing, OfStandard(Standard with { Timestamp = null }));
        Assert.Equal(SignatureCheck.Match, OfStandard(Standard with { Signature = $"v2,x v1,AAAA {Standard.Signature}" }));
    }

    [Theory]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void A_signing_token_that_is_not_written_as_one_matches_nothing(string token) => Assert.Equal(
        SignatureCheck.Mismatch, Signatures.StandardWebhook(Standard, StandardBody, [new Secret(token)], StandardTime));

    private static SignatureCheck OfStandard(StandardHeaders headers) =>
        Signatures.StandardWebhook(headers, StandardBody, StandardToken, StandardTime);

    private static SignatureCheck Check(string? header, params string[] secrets) =>
        Signatures.HmacHex(header, "sha256=", PublishedBody, [.. secrets.Select(secret => new Secret(secret))]);
}
