using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Reconciling;

/// <summary>Something that a forge has and that no delivery told of.</summary>
/// <param name="What">A change request or a push.</param>
/// <param name="Why">One line for people, lower case.</param>
/// <param name="Basis">
/// What was compared, as text: the same difference has the same basis, in whichever round and by whichever gateway it is found.
/// </param>
public sealed record Miss(Concern What, string Why, string Basis);

/// <summary>
/// Deliveries that the gate makes for itself, because the forge's own did not arrive. They wait, are walked and are shown as all others,
/// and are told by their event, which the door takes from nobody.
/// </summary>
public static class Backfill
{
    /// <summary>Begins the event and the id of every such delivery, and of no other.</summary>
    public const string Prefix = "reconciled.";

    public const string ChangeEvent = Prefix + "change";

    public const string PushEvent = Prefix + "push";

    /// <summary>Whether a delivery's event or id is one that only the gate itself gives.</summary>
    public static bool IsReserved(string word) => word.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The delivery that stands for what was missed. Made again for the same difference it has the same id.</summary>
    /// <param name="forge">The connection's forge.</param>
    public static Delivery Of(Miss miss, string forge, DateTimeOffset now) => new()
    {
        Id = new DeliveryId(Guid.CreateVersion7(now)),
        Connection = miss.What.Repository.Connection,
        Forge = forge,
        ForgeId = IdOf(miss),
        Event = miss.What is Concern.Push ? PushEvent : ChangeEvent,
        Body = BodyOf(miss),
        ReceivedAt = now,
    };

    /// <summary>Says what such a delivery concerns. Pure; never throws for a bad body.</summary>
    public static Reading Read(Delivery delivery)
    {
        try
        {
            using var document = JsonDocument.Parse(delivery.Body);
            var body = document.RootElement;
            var repository = new RepositoryKey(delivery.Connection, Text(body, "repository"));
            return delivery.Event switch
            {
                ChangeEvent => new Reading.Concerns(
                    [new Concern.Change(new ChangeKey(repository, body.GetProperty("number").GetInt64()))], Trigger.Change),
                PushEvent => new Reading.Concerns(
                    [
                        new Concern.Push(
                            repository, Text(body, "branch"), Commit(body, "before"), Commit(body, "after"), IsForced: false, Pusher: ""),
                    ],
                    Trigger.Push),
                _ => new Reading.Unreadable($"`{delivery.Event}` is not an event of the gate's own; `{ChangeEvent}` or `{PushEvent}` is"),
            };
        }
        catch (Exception trouble) when (trouble is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new Reading.Unreadable($"not what the gate writes for `{delivery.Event}`: {trouble.Message}");
        }
    }

    private static string IdOf(Miss miss)
    {
        var what = miss.What switch
        {
            Concern.Change change => change.Key.ToString(),
            Concern.Push push => $"{push.Repository}\n{push.Branch}\n{push.Before}\n{push.After}",
            _ => throw new ArgumentException("a change request or a push is missed, nothing else is", nameof(miss)),
        };
        return Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{what}\n{miss.Basis}")))[..40];
    }

    private static byte[] BodyOf(Miss miss)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("repository", miss.What.Repository.Path);
            if (miss.What is Concern.Change change) json.WriteNumber("number", change.Key.Number);
            if (miss.What is Concern.Push push)
            {
                json.WriteString("branch", push.Branch);
                json.WriteString("before", push.Before.Value);
                json.WriteString("after", push.After.Value);
            }

            json.WriteString("why", miss.Why);
            json.WriteString("basis", miss.Basis);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static string Text(JsonElement body, string name) =>
        body.GetProperty(name).GetString() is { Length: > 0 } text ? text : throw new FormatException($"`{name}` is a text");

    private static CommitId Commit(JsonElement body, string name) =>
        body.GetProperty(name).GetString() is { Length: > 0 } text ? CommitId.Parse(text) : default;
}
