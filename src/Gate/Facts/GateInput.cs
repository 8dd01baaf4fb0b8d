using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Facts.Documents;

namespace GitOpsGate.Facts;

/// <summary>
/// The part of the evidence's document that only the gate goes by: what a judge needs and policies have no word for. With it the whole
/// evidence can be read back.
/// </summary>
internal static class GateInput
{
    /// <summary>Stands where a commit has no account.</summary>
    public const int Nobody = -1;

    /// <summary>How a file's status is told where policies have no word for it.</summary>
    public static string? WordOf(FileStatus status) => status switch
    {
        FileStatus.Copied => "copied",
        FileStatus.TypeChanged => "typeChanged",
        FileStatus.Added or FileStatus.Modified or FileStatus.Removed or FileStatus.Renamed => null,
    };

    public static void Write(Utf8JsonWriter json, Evidence evidence)
    {
        json.WriteStartObject();
        json.WriteString("gatheredAt", EvidenceInput.Instant(evidence.GatheredAt));
        if (evidence.HeadSeenAt is { } seen) json.WriteString("headSeenAt", EvidenceInput.Instant(seen));
        if (evidence.HeadSince is { } since) json.WriteString("headSince", EvidenceInput.Instant(since));
        if (evidence.Chat.Seen.Length + evidence.Chat.Holds.Length > 0) Chat(json, evidence.Chat);
        EvidenceInput.Commit(json, "targetTip", evidence.Content.Base);
        EvidenceInput.Commit(json, "head", evidence.Content.Head);
        if (evidence.Change.State == ChangeState.Unknown) json.WriteString("state", "unknown");
        if (evidence.Content.RuleFile is { } rules) json.WriteBase64String("ruleFile", rules.Span);
        EvidenceInput.List(json, "memberships", evidence.Memberships, membership =>
        {
            json.WriteString("team", membership.Team);
            json.WriteString("personId", membership.PersonId);
            json.WriteBoolean("isMember", membership.IsMember);
        });
        EvidenceInput.List(json, "gaps", evidence.Gaps, gap =>
        {
            json.WriteString("what", gap.What);
            json.WriteString("why", gap.Why);
        });
        People(json, evidence);
        Content(json, evidence.Content);
        json.WriteEndObject();
    }

    private static void Chat(Utf8JsonWriter json, ChatMemory chat)
    {
        json.WriteStartObject("chat");
        EvidenceInput.List(json, "seen", chat.Seen, known =>
        {
            json.WriteString("comment", known.Comment);
            EvidenceInput.Commit(json, "on", known.On);
            json.WriteString("into", known.Into);
        });
        EvidenceInput.List(json, "holds", chat.Holds, hold =>
        {
            json.WriteString("comment", hold.Comment);
            json.WriteString("author", hold.By.Login);
            json.WriteString("authorId", hold.By.Id);
            json.WriteString("authorKind", EvidenceInput.KindOf(hold.By));
            json.WriteString("createdAt", EvidenceInput.Instant(hold.At));
            json.WriteString("reason", hold.Reason);
        });
        json.WriteEndObject();
    }

    /// <summary>Each account once, and for reviews and commits, in their order, which it is.</summary>
    private static void People(Utf8JsonWriter json, Evidence evidence)
    {
        var accounts = new List<Person>();
        var places = new Dictionary<Person, int>();
        int PlaceOf(Person? person)
        {
            if (person is null) return Nobody;
            if (places.TryAdd(person, accounts.Count)) accounts.Add(person);
            return places[person];
        }

        Places(json, "reviewers", evidence.Reviews.Select(review => PlaceOf(review.Author)));
        Places(json, "authors", evidence.Content.Commits.Select(commit => PlaceOf(commit.Author)));
        Places(json, "committers", evidence.Content.Commits.Select(commit => PlaceOf(commit.Committer)));
        EvidenceInput.List(json, "accounts", accounts, person =>
        {
            json.WriteString("login", person.Login);
            json.WriteString("id", person.Id);
            json.WriteString("kind", EvidenceInput.KindOf(person));
        });
    }

    private static void Content(Utf8JsonWriter json, Content content)
    {
        EvidenceInput.List(json, "files", content.Files.Where(file => WordOf(file.Status) is not null), file =>
        {
            json.WriteString("path", file.Path);
            json.WriteString("status", WordOf(file.Status));
            if (file.PreviousPath is { } old) json.WriteString("previousPath", old);
        });
        Places(json, "wholeProblems", content.Problems.Index().Where(one => one.Item.Line == 0).Select(one => one.Index));
        json.WriteStartArray("lines");
        foreach (var document in content.Documents) json.WriteStringValue(DocumentLines.Write(document));
        json.WriteEndArray();
    }

    private static void Places(Utf8JsonWriter json, string name, IEnumerable<int> places)
    {
        json.WriteStartArray(name);
        foreach (var place in places) json.WriteNumberValue(place);
        json.WriteEndArray();
    }
}
