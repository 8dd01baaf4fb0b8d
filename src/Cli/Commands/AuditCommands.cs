using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit</c>: the tamper-evident log.</summary>
internal static class AuditCommands
{
    private const int PageSize = 1000;

    public static Command Make() => new("audit", "the tamper-evident log")
    {
        Tail(), Verify(), AuditExportCommand.Make(), AuditExportCommand.MakeCheck(), AuditMirrorCommand.Make(),
        AuditRecoverCommand.Make(), AuditKeyCommands.Make(),
        AuditEventsCommand.Make(), AuditSinksCommand.Make(), AuditLinkCommand.Make(),
    };

    private static Command Tail()
    {
        var count = new Option<int>("--count") { Description = "how many entries (default 20)", DefaultValueFactory = _ => 20 };
        return new Command("tail", "print the newest entries, oldest of them first") { count }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var head = await client.GetAsync("audit/head", cancellation);
            var size = head.Member("size").GetInt64();
            var wanted = Math.Clamp(parsed.GetValue(count), 1, PageSize);
            var answer = await client.GetAsync(Page(Math.Max(0, size - wanted), wanted), cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Print(answer.List("items"));
            return ExitCode.Ok;
        });
    }

    private static Command Verify()
    {
        var policy = PolicyFile.Option;
        return new Command("verify", "re-derive the tree from every entry, here and in the gateway's storage, and compare") { policy }.Does(async (parsed, cancellation) =>
        {
            var trusted = parsed.GetValue(policy) is { } named ? PolicyFile.Read(named) : null;
            using var client = Common.Client(parsed);
            // Read before the log is derived: then its size is among those that are.
            var note = trusted is null ? null : await CosignedAsync(client, cancellation);
            var stored = await client.PostAsync("audit/verify", null, cancellation);
            var (derived, cosigned) = await DeriveAsync(client, stored.Member("size").GetInt64(), note?.Size, cancellation);
            var problems = stored.List("problems").Select(problem => problem.GetString()!).ToList();
            if (note is not null) problems.AddRange(Problems(note, trusted!, cosigned));
            if (!stored.Text("root").Equals(derived, StringComparison.Ordinal))
            {
                problems.Add($"the entries give the root `{derived}`, but the gateway's storage gives `{stored.Text("root")}`");
            }

            if (parsed.GetValue(Common.Json))
            {
                Terminal.Json(JsonSerializer.SerializeToElement(new Dictionary<string, object>
                {
                    ["size"] = stored.Member("size").GetInt64(),
                    ["root"] = derived,
                    ["verified"] = problems.Count == 0,
                    ["problems"] = problems,
                }));
            }
            else if (problems.Count == 0)
            {
                Terminal.Line($"verified: {stored.Text("size")} entries, root {derived}");
            }
            else
            {
                foreach (var problem in problems) Terminal.Line($"FAIL {problem}");
            }

            return problems.Count == 0 ? ExitCode.Ok : ExitCode.No;
        });
    }

    /// <summary>The newest checkpoint that the gateway's quorum has cosigned, or its head, where there is none.</summary>
    private static async Task<Cosigned> CosignedAsync(GateClient client, CancellationToken cancellation)
    {
        var log = $"../..{(await client.GetAsync("../../audit/v1/keys.json", cancellation)).Text("log")}";
        string text;
        try
        {
            (text, _) = await client.TextAsync($"{log}/witnessed", "Gate-None", cancellation);
        }
        catch (CommandFailure)
        {
            (text, _) = await client.TextAsync($"{log}/checkpoint", "Gate-None", cancellation);
        }

        try
        {
            var note = SignedNote.Parse(text);
            var checkpoint = Checkpoint.Parse(note.Text);
            return new Cosigned(note, checkpoint.Size, Convert.ToBase64String(checkpoint.Root.Span));
        }
        catch (FormatException trouble)
        {
            throw new CommandFailure(ExitCode.No, $"the gateway's checkpoint: {trouble.Message}");
        }
    }

    private static IEnumerable<string> Problems(Cosigned checkpoint, TrustPolicy policy, string? derived)
    {
        foreach (var failure in policy.Judge(checkpoint.Note).Failures) yield return $"the checkpoint of {checkpoint.Size} entries: {failure}";
        if (derived != checkpoint.Root) yield return $"the first {checkpoint.Size} entries give the root `{derived}`, but the checkpoint says `{checkpoint.Root}`";
    }

    /// <summary>The root (base64) that the entries themselves give, computed on this side of the wire; and that of the first of them, where it is asked for.</summary>
    private static async Task<(string Root, string? Part)> DeriveAsync(GateClient client, long size, long? part, CancellationToken cancellation)
    {
        var (tree, partly) = (new Frontier(), part == 0 ? Convert.ToBase64String(new Frontier().Root()) : null);
        while (tree.Size < size)
        {
            var page = (await client.GetAsync(Page(tree.Size, (int)Math.Min(PageSize, size - tree.Size)), cancellation)).List("items");
            if (page.Length == 0) throw new CommandFailure(ExitCode.No, $"the gateway gave {tree.Size} of {size} entries");
            foreach (var item in page)
            {
                tree.Append(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(item.Text("leaf"))));
                if (tree.Size == part) partly = Convert.ToBase64String(tree.Root());
            }
        }

        return (Convert.ToBase64String(tree.Root()), partly);
    }

    private static string Page(long from, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"audit/entries?from={from}&count={count}");

    private static void Print(JsonElement[] items)
    {
        var rows = items.Select(item =>
        {
            using var leaf = JsonDocument.Parse(item.Text("leaf"));
            var entry = leaf.RootElement;
            var subject = entry.Member("subject");
            var what = subject.ValueKind == JsonValueKind.Object ? $"{subject.Text("kind")} {subject.Text("ref")}" : "";
            return new[] { item.Text("index"), Terminal.Moment(entry.Member("time")), entry.Text("type"), entry.Text("outcome"), what, entry.Text("corr") };
        });
        Terminal.Table(["SEQ", "TIME", "TYPE", "OUTCOME", "SUBJECT", "CORRELATION"], [.. rows]);
    }

    /// <param name="Root">In base 64.</param>
    private sealed record Cosigned(SignedNote Note, long Size, string Root);
}
