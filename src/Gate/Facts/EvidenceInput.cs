using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Facts;

/// <summary>
/// Evidence as the document that policies see, <c>policies/schemas/input.v1.json</c>, in one form per value. What only the gate itself
/// goes by stands below <c>gate</c>, so that a ruling can be checked from this document alone. Pure.
/// </summary>
public static class EvidenceInput
{
    /// <summary>The canonical document, JSON in UTF-8. <see cref="EvidenceReader"/> reads it.</summary>
    /// <param name="evidence">As <see cref="NormalEvidence"/> gives it.</param>
    /// <param name="approvals">What the approval rules came to.</param>
    /// <param name="now">When the judging began.</param>
    public static ReadOnlyMemory<byte> Write(Evidence evidence, IEnumerable<Requirement> approvals, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, SortedJson.Options))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("connection", evidence.Change.Key.Repository.Connection.Value);
            json.WriteString("forge", ForgeWord(evidence.Forge));
            json.WriteString("repository", evidence.Change.Key.Repository.Path);
            json.WriteString("now", Instant(now));
            json.WriteStartObject("event");
            json.WriteString("kind", "change");
            json.WriteEndObject();
            json.WritePropertyName("change");
            Change(json, evidence);
            ContentInput.Write(json, evidence.Content);
            List(json, "reviews", evidence.Reviews, review => Review(json, review, evidence));
            List(json, "comments", evidence.Comments, comment => Comment(json, comment));
            List(json, "statuses", evidence.Statuses, status => Status(json, status));
            List(json, "approvals", approvals, approval => Approval(json, approval));
            json.WritePropertyName("gate");
            GateInput.Write(json, evidence);
            json.WriteEndObject();
        }

        return SortedJson.Of(buffer.WrittenMemory);
    }

    /// <summary>The evidence digest: SHA-256 of the canonical document, lower-case hex.</summary>
    public static string Digest(ReadOnlyMemory<byte> canonical) => Convert.ToHexStringLower(SHA256.HashData(canonical.Span));

    internal static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    internal static void List<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void Commit(Utf8JsonWriter json, string name, CommitId commit)
    {
        if (!commit.IsNone) json.WriteString(name, commit.Value);
    }

    // The schema's words are in camel case, gate.yaml's have hyphens.
    private static string ForgeWord(string forge) => string.Concat(
        forge.Split('-').Select((part, index) => index == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));

    private static void Change(Utf8JsonWriter json, Evidence evidence)
    {
        var change = evidence.Change;
        json.WriteStartObject();
        json.WriteNumber("number", change.Key.Number);
        json.WriteString("title", change.Title);
        json.WriteString("body", change.Body);
        json.WriteString("url", change.Url);
        json.WriteBoolean("draft", change.IsDraft);
        json.WriteString("state", change.State switch
        {
            ChangeState.Open => "open",
            ChangeState.Merged => "merged",
            ChangeState.Closed or ChangeState.Unknown => "closed",
        });
        json.WriteStartArray("labels");
        foreach (var label in change.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WritePropertyName("author");
        Account(json, change.Author);
        json.WriteString("sourceBranch", change.SourceBranch);
        json.WriteString("targetBranch", change.TargetBranch);
        json.WriteString("headCommit", change.Head.Value);
        json.WriteString("baseCommit", evidence.Content.MergeBase.Value);
        json.WriteBoolean("fork", change.IsFromFork);
        json.WriteString("createdAt", Instant(change.CreatedAt));
        json.WriteEndObject();
    }

    private static void Account(Utf8JsonWriter json, Person person)
    {
        json.WriteStartObject();
        json.WriteString("login", person.Login);
        json.WriteString("id", person.Id);
        json.WriteString("kind", KindOf(person));
        json.WriteEndObject();
    }

    internal static string KindOf(Person person) => person.Kind switch
    {
        PersonKind.User => "person",
        PersonKind.Bot => "bot",
        PersonKind.Unknown => "unknown",
    };

    private static void Review(Utf8JsonWriter json, Review review, Evidence evidence)
    {
        json.WriteString("author", review.Author.Login);
        json.WriteString("authorId", review.Author.Id);
        json.WriteString("state", review.State switch
        {
            ReviewState.Approved => "approved",
            ReviewState.ChangesRequested => "changesRequested",
            ReviewState.Commented => "commented",
            ReviewState.Dismissed => "dismissed",
        });
        Commit(json, "commit", review.Commit);
        json.WriteString("submittedAt", Instant(review.SubmittedAt));
        json.WriteBoolean("stale", Approvals.Freshness.WhyStale(review, evidence) is not null);
    }

    private static void Comment(Utf8JsonWriter json, Comment comment)
    {
        json.WriteString("id", comment.Id);
        json.WriteString("author", comment.Author.Login);
        json.WriteString("authorId", comment.Author.Id);
        json.WriteString("authorKind", KindOf(comment.Author));
        json.WriteString("body", comment.Body);
        json.WriteString("createdAt", Instant(comment.CreatedAt));
        json.WriteBoolean("edited", comment.IsEdited);
    }

    private static void Status(Utf8JsonWriter json, StatusCheck status)
    {
        json.WriteString("name", status.Name);
        json.WriteString("state", status.State switch
        {
            CheckState.Succeeded => "success",
            CheckState.Failed => "failure",
            CheckState.Pending => "pending",
            CheckState.Skipped => "neutral",
            CheckState.Unknown => "error",
        });
        json.WriteString("author", status.Author);
    }

    private static void Approval(Utf8JsonWriter json, Requirement requirement)
    {
        json.WriteString("rule", requirement.Rule);
        json.WriteString("state", requirement.State switch
        {
            RequirementState.Approved => "approved",
            RequirementState.Pending => "pending",
            RequirementState.Skipped => "skipped",
            RequirementState.Errored => "errored",
        });
        json.WriteNumber("required", requirement.Required);
        json.WriteNumber("given", requirement.Given.Count);
        json.WriteStartArray("approvers");
        foreach (var approval in requirement.Given) json.WriteStringValue(approval.By.Login);
        json.WriteEndArray();
    }
}
