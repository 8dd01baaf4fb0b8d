using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.WebhookGateway.Intake;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The door, over a real socket.</summary>
public class DoorTests
{
    private static readonly byte[] Body = """{"action":"opened","number":7}"""u8.ToArray();

    [Fact]
    public async Task A_signed_call_is_stored_byte_for_byte_and_answered_202()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var stored = Assert.Single(gateway.Rooms.Deliveries);
        Assert.Equal(Body, stored.Body.ToArray());
        Assert.Equal(("d-1", "pull_request", "github"), (stored.ForgeId, stored.Event, stored.Forge));
        Assert.DoesNotContain(stored.Headers.Keys, name => name.Contains("signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GitHubs_published_signature_vector_is_accepted()
    {
        await using var gateway = await RunningGateway.StartAsync();
        const string vector = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        using var answer = await gateway.SendAsync(RunningGateway.Hook("Hello, World!"u8.ToArray(), vector));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Theory]
    [InlineData("sha256=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256=")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d")]
    [InlineData("nonsense")]
    public async Task A_wrong_signature_is_refused_401_and_nothing_is_stored(string signature)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body, signature));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task A_missing_signature_is_refused_401()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook(Body);
        request.Headers.Remove("X-Hub-Signature-256");
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Two_signatures_are_no_signature()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook(Body);
        request.Headers.Add("X-Hub-Signature-256", RunningGateway.Sign(Body));
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_body_is_noticed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var signature = RunningGateway.Sign(Body);
        for (var bit = 0; bit < Body.Length * 8; bit += 11)
        {
            var flipped = (byte[])Body.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            using var answer = await gateway.SendAsync(RunningGateway.Hook(flipped, signature, $"bit-{bit}"));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task Both_secrets_of_a_rotation_are_accepted()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var old = await gateway.SendAsync(RunningGateway.Hook(Body, RunningGateway.Sign(Body), "old"));
        using var next = await gateway.SendAsync(RunningGateway.Hook(Body, RunningGateway.Sign(Body, RunningGateway.NewSecret), "new"));
        Assert.Equal(HttpStatusCode.Accepted, old.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, next.StatusCode);
    }

    [Fact]
    public async Task A_redelivery_is_answered_202_and_stored_once()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var first = await gateway.SendAsync(RunningGateway.Hook(Body));
        using var second = await gateway.SendAsync(RunningGateway.Hook(Body));
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Contains("duplicate", await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Single(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task An_unknown_connection_is_refused_404_and_its_name_becomes_no_label()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook(Body);
        request.RequestUri = new Uri("/hooks/no-such-thing", UriKind.Relative);
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var metrics = await gateway.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("gate_deliveries_total{connection=\"unknown\",result=\"unknown_connection\"} 1", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("no-such-thing", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_door_takes_POST_and_a_single_name_with_or_without_a_slash()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var got = await gateway.Client.GetAsync(RunningGateway.Hook(Body).RequestUri, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, got.StatusCode);
        Assert.Equal("POST", got.Content.Headers.Allow.Single());
        foreach (var (end, status) in new[] { ("/", HttpStatusCode.Accepted), ("/more", HttpStatusCode.NotFound) })
        {
            var request = RunningGateway.Hook(Body);
            request.RequestUri = new Uri(request.RequestUri + end, UriKind.Relative);
            using var answer = await gateway.SendAsync(request);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task An_event_that_nobody_knows_is_taken()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body, what: "a_new_thing_of_2031"));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_taken_as_they_are_when_signed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        byte[] bytes = [0x7b, 0x22, 0xff, 0xfe, 0xc3, 0x28, 0x00, 0x7d];
        using var answer = await gateway.SendAsync(RunningGateway.Hook(bytes));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(bytes, Assert.Single(gateway.Rooms.Deliveries).Body.ToArray());
    }

    [Theory]
    [InlineData("X-GitHub-Delivery")]
    [InlineData("X-GitHub-Event")]
    public async Task A_call_without_its_label_is_refused_400(string header)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook(Body);
        request.Headers.Remove(header);
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_label_that_is_far_too_long_is_refused_400()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body, id: new string('d', 5000)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_form_encoded_hook_is_told_to_use_JSON()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook("payload=%7B%7D"u8.ToArray());
        request.Content!.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("application/json", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_26_MB_is_refused_413_whether_or_not_it_announces_itself(bool isChunked)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var request = RunningGateway.Hook(new byte[26 * 1024 * 1024]);
        request.Headers.TransferEncodingChunked = isChunked;
        request.Headers.ExpectContinue = !isChunked;
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task A_body_just_within_the_limit_is_taken_whole()
    {
        await using var gateway = await RunningGateway.StartAsync(new IntakeOptions { BodyLimit = 300_000 });
        var body = new byte[300_000];
        new Random(7).NextBytes(body);
        var request = RunningGateway.Hook(body);
        request.Headers.TransferEncodingChunked = true;
        using var answer = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(body, Assert.Single(gateway.Rooms.Deliveries).Body.ToArray());
    }

    [Fact]
    public async Task A_full_inbox_is_said_with_503_and_a_time()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.IsFull = true;
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(30), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Bodies_in_flight_share_one_room()
    {
        await using var gateway = await RunningGateway.StartAsync(new IntakeOptions { BodiesLimit = 100_000 });
        using var large = await gateway.SendAsync(RunningGateway.Hook(new byte[200_000]));
        using var small = await gateway.SendAsync(RunningGateway.Hook(Body));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, large.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, small.StatusCode);
    }

    [Fact]
    public async Task A_store_that_fails_is_answered_500_and_never_202()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.Fails = new IOException("disk is gone");
        using var answer = await gateway.SendAsync(RunningGateway.Hook(Body));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.DoesNotContain("disk", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_body_is_not_stored()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var answer = await RawAsync(gateway, Head(1000) + "{\"half", close: true);
        Assert.DoesNotContain(" 202 ", answer, StringComparison.Ordinal);
        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task A_body_that_never_comes_is_cut_off()
    {
        await using var gateway = await RunningGateway.StartAsync(new IntakeOptions { BodyDeadline = TimeSpan.FromMilliseconds(200) });
        var answer = await RawAsync(gateway, Head(1000) + "{", close: false);
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task Refusals_are_one_audit_entry_for_each_kind_however_many_come()
    {
        await using var gateway = await RunningGateway.StartAsync();
        for (var i = 0; i < 25; i++)
        {
            using var answer = await gateway.SendAsync(RunningGateway.Hook(Body, "sha256=00", $"d-{i}"));
        }

        Assert.Empty(gateway.Rooms.EntriesOf(AuditTypes.WebhookRejected));
        await gateway.StopAsync();
        var entry = Assert.Single(gateway.Rooms.EntriesOf(AuditTypes.WebhookRejected));
        Assert.Equal(new AuditValue.Number(25), entry.Attributes["count"]);
        Assert.Equal(new AuditValue.Text("bad_signature"), entry.Attributes["reason"]);
        Assert.Equal("github", entry.Subject?.Reference);
    }

    private static string Head(int length) =>
        "POST /hooks/github HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\n"
        + $"X-Hub-Signature-256: sha256=00\r\nContent-Length: {length}\r\n\r\n";

    private static async Task<string> RawAsync(RunningGateway gateway, string text, bool close)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        if (close) client.Client.Shutdown(SocketShutdown.Send);
        var buffer = new byte[4096];
        try
        {
            var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(buffer, 0, read);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
