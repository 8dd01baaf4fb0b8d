using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Chat;

namespace GitOpsGate.Facts;

/// <summary>
/// Reads the document that <see cref="EvidenceInput"/> writes: the way back from what was stored to what a judge is asked. Pure.
/// </summary>
public static class EvidenceReader
{
    /// <summary>The evidence of a stored document.</summary>
    /// <param name="canonical">The document, byte for byte as its digest was taken.</param>
    /// <exception cref="InvalidDataException">
    /// It is not such a document, or of a version of the gate that left out something that a judge needs; the message says what.
    /// </exception>
    public static Evidence Read(ReadOnlyMemory<byte> canonical)
    {
        try
        {
            using var document = JsonDocument.Parse(canonical, SortedJson.Deep);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException("the evidence is no JSON object");
            if (root.Integer("version") is not 1 and var version) throw new InvalidDataException($"the evidence is of version `{version}`; 1 would be right");
            return Evidence(root);
        }
        // A member of another kind than it should be, and a place where no account stands.
        catch (Exception trouble) when (trouble is JsonException or FormatException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"the evidence cannot be read: {trouble.Message}", trouble);
        }
    }

    private static Evidence Evidence(JsonElement root)
    {
        var gate = root.Of("gate");
        var accounts = gate.Items("accounts").Select(Account).ToImmutableArray();
        return new Evidence
        {
            Change = Change(root, gate),
            Forge = Hyphenated(root.Text("forge")),
            Reviews = [.. root.Items("reviews").Beside(gate.Items("reviewers")).Select(one => Review(one.First, accounts[one.Second.GetInt32()]))],
            Comments = [.. root.Items("comments").Select(Comment)],
            Statuses = [.. root.Items("statuses").Select(Status)],
            Content = ContentReader.Read(root, gate, accounts),
            Memberships =
            [
                .. gate.Items("memberships").Select(one => new Membership(one.Text("team"), one.Text("personId"), one.Is("isMember"))),
            ],
            Gaps = [.. gate.Items("gaps").Select(gap => new Gap(gap.Text("what"), gap.Text("why")))],
            GatheredAt = gate.Moment("gatheredAt"),
            HeadSeenAt = gate.Has("headSeenAt") ? gate.Moment("headSeenAt") : null,
            HeadSince = gate.Has("headSince") ? gate.Moment("headSince") : null,
            Chat = gate.Has("chat") ? Chat(gate.Of("chat")) : ChatMemory.Empty,
        };
    }

    private static ChangeRequest Change(JsonElement root, JsonElement gate)
    {
        var change = root.Of("change");
        return new ChangeRequest
        {
            Key = new ChangeKey(
                new RepositoryKey(new ConnectionName(root.Text("connection")), root.Text("repository")), change.Integer("number")),
            Title = change.Text("title"),
            Body = change.Text("body"),
            Url = change.Text("url"),
            IsDraft = change.Is("draft"),
            State = gate.Has("state") ? ChangeState.Unknown : change.Text("state") switch
            {
                "open" => ChangeState.Open,
                "merged" => ChangeState.Merged,
                "closed" => ChangeState.Closed,
                var other => throw Unknown("state of a change", other),
            },
            Labels = [.. change.Items("labels").Select(label => label.GetString()!)],
            Author = Account(change.Of("author")),
            SourceBranch = change.Text("sourceBranch"),
            TargetBranch = change.Text("targetBranch"),
            Head = change.Commit("headCommit"),
            IsFromFork = change.Is("fork"),
            CreatedAt = change.Moment("createdAt"),
        };
    }

    private static Person Account(JsonElement account) => new(account.Text("login"), account.Text("id"), Kind(account.Text("kind")));

    private static PersonKind Kind(string word) => word switch
    {
        "person" => PersonKind.User,
        "bot" => PersonKind.Bot,
        "unknown" => PersonKind.Unknown,
        _ => throw Unknown("kind of account", word),
    };

    private static Review Review(JsonElement review, Person author) => new(
        author,
        review.Text("state") switch
        {
            "approved" => ReviewState.Approved,
            "changesRequested" => ReviewState.ChangesRequested,
            "commented" => ReviewState.Commented,
            "dismissed" => ReviewState.Dismissed,
            var other => throw Unknown("state of a review", other),
        },
        review.Commit("commit"),
        review.Moment("submittedAt"),
        "");

    private static Comment Comment(JsonElement comment) => new(
        comment.Text("id"), Author(comment), comment.Text("body"), comment.Moment("createdAt"), comment.Is("edited"));

    private static Person Author(JsonElement said) => new(said.Text("author"), said.Text("authorId"), Kind(said.Text("authorKind")));

    private static StatusCheck Status(JsonElement status) => new(
        status.Text("name"),
        status.Text("state") switch
        {
            "success" => CheckState.Succeeded,
            "failure" => CheckState.Failed,
            "pending" => CheckState.Pending,
            "neutral" => CheckState.Skipped,
            "error" => CheckState.Unknown,
            var other => throw Unknown("state of a status", other),
        },
        status.Text("author"),
        "");

    private static ChatMemory Chat(JsonElement chat) => new()
    {
        Seen = [.. chat.Items("seen").Select(seen => new SeenComment(seen.Text("comment"), seen.Commit("on"), seen.Text("into")))],
        Holds =
        [
            .. chat.Items("holds").Select(hold => new ChatHold(hold.Text("comment"), Author(hold), hold.Moment("createdAt"), hold.Text("reason"))),
        ],
    };

    // The other way round than EvidenceInput.
    private static string Hyphenated(string word) => string.Concat(
        word.Select(letter => char.IsAsciiLetterUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : letter.ToString()));

    internal static InvalidDataException Unknown(string what, string word) => new($"`{word}` is no {what}");
}

/// <summary>Members of a stored document; what is missing is told by name.</summary>
internal static class EvidenceMembers
{
    /// <summary>Items with those of a list that has as many: what is cut short is no evidence.</summary>
    public static IEnumerable<(JsonElement First, TOther Second)> Beside<TOther>(this IEnumerable<JsonElement> items, IEnumerable<TOther> others)
    {
        var (some, rest) = (items.ToArray(), others.ToArray());
        return some.Length == rest.Length
            ? some.Zip(rest)
            : throw new InvalidDataException($"the evidence has {some.Length} items in a list and {rest.Length} in the one beside it");
    }

    extension(JsonElement value)
    {
        public bool Has(string name) => value.TryGetProperty(name, out _);

        public JsonElement Of(string name) => value.TryGetProperty(name, out var found)
            ? found
            : throw new InvalidDataException($"the evidence has no `{name}`: it was written by a version of the gate that kept less");

        public string Text(string name) => value.Of(name) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw new InvalidDataException($"`{name}` is no text");

        public bool Is(string name) => value.Of(name).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new InvalidDataException($"`{name}` is neither true nor false"),
        };

        public int Integer(string name) => value.Of(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var whole)
            ? whole
            : throw new InvalidDataException($"`{name}` is no whole number");

        public IEnumerable<JsonElement> Items(string name) => value.Of(name) is { ValueKind: JsonValueKind.Array } items
            ? items.EnumerateArray()
            : throw new InvalidDataException($"`{name}` is no list");

        public CommitId Commit(string name) =>
            value.Has(name) && value.Text(name) is { Length: > 0 } text ? CommitId.Parse(text) : default;

        public DateTimeOffset Moment(string name) =>
            DateTimeOffset.Parse(value.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
    }
}
