using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate delivery read</c>: what a forge's reader makes of a delivery, offline.</summary>
internal static class DeliveryReadCommand
{
    private static readonly string[] Forges = [.. ForgeRegistration.All.Keys];

    public static Command Make()
    {
        var forge = new Option<string>("--forge") { Description = $"which forge sent it: {string.Join(", ", Forges)}", Required = true };
        forge.AcceptOnlyFromAmong(Forges);
        var what = new Option<string>("--event") { Description = "the forge's event, as its header says it, for instance `pull_request`", Required = true };
        var headers = new Option<string[]>("--header") { Description = "a header that came with it, as `Name: value`; may be repeated" };
        var body = new Argument<FileInfo>("body") { Description = "the file with the raw body" };
        return new Command("read", "print what a delivery concerns, or why it is ignored; needs no gateway") { forge, what, headers, body }
            .Does((parsed, _) =>
            {
                var delivery = Delivery(
                    parsed.GetRequiredValue(forge), parsed.GetRequiredValue(what), parsed.GetValue(headers) ?? [], parsed.GetRequiredValue(body));
                var reading = Describe(Read(delivery));
                if (parsed.GetValue(Common.Json)) Terminal.Json(reading);
                else Print(reading);
                return Task.FromResult(ExitCode.Ok);
            });
    }

    private static Delivery Delivery(string forge, string what, string[] headers, FileInfo body)
    {
        if (!body.Exists) throw new CommandFailure(ExitCode.Usage, $"`{body}` is not there; give the file with the delivery's body");
        return new Delivery
        {
            Id = new DeliveryId(Guid.Empty),
            Connection = new ConnectionName("offline"),
            Forge = forge,
            ForgeId = "offline",
            Event = what,
            Headers = headers.Select(Header).ToImmutableDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal),
            Body = File.ReadAllBytes(body.FullName),
            ReceivedAt = DateTimeOffset.UnixEpoch,
        };
    }

    /// <summary>Reading is pure; the client that a forge also holds is made and never used.</summary>
    private static Reading Read(Delivery delivery)
    {
        using var rooms = new ServiceCollection().AddForges().BuildServiceProvider();
        return rooms.GetRequiredService<ForgeRoster>().Find(delivery.Forge)!.Read(delivery);
    }

    private static (string Name, string Value) Header(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? (text[..colon].Trim().ToLowerInvariant(), text[(colon + 1)..].Trim())
            : throw new CommandFailure(ExitCode.Usage, $"`{text}` is not a header; it would be like `X-GitHub-Event: push`");
    }

    private static JsonElement Describe(Reading reading) => JsonSerializer.SerializeToElement<IReadOnlyDictionary<string, object>>(reading switch
    {
        Reading.Ignored(var why) => new Dictionary<string, object> { ["reading"] = "ignored", ["why"] = why },
        Reading.Unreadable(var why) => new Dictionary<string, object> { ["reading"] = "unreadable", ["why"] = why },
        Reading.Concerns(var what, var trigger) => new Dictionary<string, object>
        {
            ["reading"] = "concerns",
            ["trigger"] = Flags(trigger),
            ["concerns"] = what.Select(Describe).ToArray(),
        },
        _ => throw new System.Diagnostics.UnreachableException(),
    });

    private static string[] Flags(Trigger trigger) =>
        [.. Enum.GetValues<Trigger>().Where(flag => flag != Trigger.None && trigger.HasFlag(flag)).Select(flag => Camel(flag.ToString()))];

    private static SortedDictionary<string, object> Describe(Concern concern)
    {
        var parts = new SortedDictionary<string, object>(StringComparer.Ordinal) { ["repository"] = concern.Repository.Path };
        switch (concern)
        {
            case Concern.Change change:
                parts["change"] = change.Key.Number;
                break;
            case Concern.AtCommit at:
                parts["commit"] = at.Commit.Value;
                break;
            case Concern.Push push:
                (parts["branch"], parts["before"], parts["after"]) = (push.Branch, push.Before.Value, push.After.Value);
                (parts["forced"], parts["pusher"]) = (push.IsForced, push.Pusher);
                break;
            case Concern.Tag tag:
                (parts["tag"], parts["before"], parts["after"]) = (tag.Name, tag.Before.Value, tag.After.Value);
                break;
            case Concern.MergeGroup group:
                (parts["mergeGroup"], parts["head"], parts["change"]) = (group.Branch, group.Head.Value, group.Number);
                break;
            case Concern.Deployment deployment:
                (parts["environment"], parts["commit"]) = (deployment.Environment, deployment.Commit.Value);
                break;
            case Concern.Settings settings:
                parts["settings"] = settings.What;
                break;
        }

        return parts;
    }

    private static void Print(JsonElement reading)
    {
        if (reading.Text("reading") != "concerns")
        {
            Terminal.Line($"{reading.Text("reading")}: {reading.Text("why")}");
            return;
        }

        Terminal.Line($"concerns, because of {string.Join(", ", reading.List("trigger").Select(flag => flag.GetString()))}:");
        foreach (var concern in reading.List("concerns"))
        {
            Terminal.Line("  " + string.Join("  ", concern.EnumerateObject().Select(part => $"{part.Name} {part.Value}")));
        }
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
