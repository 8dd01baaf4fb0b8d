using System.Globalization;
using System.Text;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>What an event costs at GitHub, for a change of 100 files that ten policies and ten approval rules look at.</summary>
public class ApiBudgetTests
{
    private const int Files = 100;
    private const int Each = 10;

    [Fact]
    public async Task An_event_costs_five_calls_and_no_body_when_nothing_has_changed()
    {
        await using var scene = await GitHubScene.StartAsync();
        using var policies = new TempFolder();
        await scene.PushAsync("alice", "main", [(".gitopsgate.yaml", Rules(policies.Path)), .. Services(revision: 1)]);
        await using var gateway = await Gateway.StartAsync(scene, bundles: $"  - {{name: budget, path: {policies.Path}}}");
        var head = await scene.PushAsync("alice", "change", [.. Services(revision: 2)]);
        var number = await scene.OpenAsync("alice", "change", "Change all");
        await scene.ApproveAsync(number, "bob");

        var first = await CallsAsync(scene, gateway, number, "opened");
        Assert.Equal(ShownVerdict.Allowed, scene.Shown(head));
        Assert.Equal(
            [
                "GET /commits/{}/check-runs 200", "GET /commits/{}/statuses 200", "GET /pulls/{} 200", "GET /pulls/{}/reviews 200",
                "POST /statuses/{} 201",
            ],
            first);
        // The gate's own status is new in the list since then.
        Assert.Equal(["GET /commits/{}/statuses 200"], (await CallsAsync(scene, gateway, number, "edited")).Where(HasBody));
        Assert.Equal(
            ["GET /commits/{}/check-runs 304", "GET /commits/{}/statuses 304", "GET /pulls/{} 304", "GET /pulls/{}/reviews 304"],
            await CallsAsync(scene, gateway, number, "edited"));

        // What was saved is asked for as soon as there is something to see.
        await scene.CommentAsync(number, "bob", "/gate hold");
        await CallsAsync(scene, gateway, number, "edited");
        Assert.Equal(ShownVerdict.Held, scene.Shown(head));
    }

    private static async Task<List<string>> CallsAsync(GitHubScene scene, Gateway gateway, long number, string action)
    {
        scene.Journal.Clear();
        await scene.TellAsync(gateway, number, action);
        await Eventually.TrueAsync(() => scene.Journal.Entries.Any(IsCall), () => $"the gate asked nothing:\n{gateway.Printed}");
        await gateway.IdleAsync();
        return [.. scene.Journal.Entries.Where(IsCall).Select(Shape).Order(StringComparer.Ordinal)];
    }

    private static bool HasBody(string call) => !call.EndsWith(" 304", StringComparison.Ordinal);

    private static bool IsCall(JournalEntry entry) => entry.Path.StartsWith("/api/", StringComparison.Ordinal);

    private static string Shape(JournalEntry entry)
    {
        var path = entry.Path.Split('?')[0].Replace($"/api/v3/repos/{ForgeScene.Repository}", "", StringComparison.Ordinal);
        var pieces = path.Split('/').Select(piece => piece.Length == 40 || (piece.Length > 0 && piece.All(char.IsAsciiDigit)) ? "{}" : piece);
        return $"{entry.Method} {string.Join('/', pieces)} {entry.Status}";
    }

    private static IEnumerable<(string Path, string? Text)> Services(int revision) => Enumerable.Range(0, Files).Select(
        file => ($"area{file % Each}/service-{file}.yaml", (string?)$"name: service-{file}\nrevision: {revision}\nreplicas: {2 + (file % 7)}\n"));

    /// <summary>Writes ten policies, and gives a rule file that asks each about every file, and for one approval in each of ten areas.</summary>
    private static string Rules(string policies)
    {
        var (approvals, asked) = (new StringBuilder(), new StringBuilder());
        for (var number = 0; number < Each; number++)
        {
            File.WriteAllText(
                Path.Combine(policies, $"p{number}.rego"),
                $$"""
                package budget.p{{number}}

                deny contains "too many replicas" if input.replicas > {{10 + number}}
                """);
            approvals.Append(CultureInfo.InvariantCulture, $"  - {{name: area-{number}, when: {{paths: [\"area{number}/**\"]}}, requires: {{count: 1}}}}\n");
            asked.Append(CultureInfo.InvariantCulture, $"  - {{name: p{number}, bundle: budget, package: budget.p{number}}}\n");
        }

        return $"version: 1\napprovals:\n{approvals}policies:\n{asked}";
    }
}
