using System.Text;
using GitOpsGate.Audit;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Who is meant by a name, and what somebody was called.</summary>
internal static class People
{
    private const string Login = "login:";

    // What was made of an account that has no id: see Candidate.KeyOf.
    private static readonly string[] Prefixes = ["", "id:", Login];
    private static readonly string[] Tables = ["identity", "access_token", "erasure"];

    /// <summary>The reference of <c>a_…</c>, <c>FORGE:ID</c> or <c>FORGE:LOGIN</c>; null when nobody is known by it.</summary>
    public static string? Find(Session session, string subject, CancellationToken cancellation)
    {
        if (subject.StartsWith("a_", StringComparison.Ordinal)) return IsKnown(session, subject) ? subject : null;
        var colon = subject.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == subject.Length - 1) return null;
        var (forge, name) = (subject[..colon], subject[(colon + 1)..]);
        foreach (var prefix in Prefixes)
        {
            var id = prefix == Login ? prefix + name.ToLowerInvariant() : prefix + name;
            if (Reference(session, forge, id) is { } reference) return reference;
        }

        return IdsOf(session, name, cancellation).Select(id => Reference(session, forge, id)).FirstOrDefault(found => found is not null);
    }

    /// <summary>What to look for in order to erase somebody; nothing when the identity is gone already.</summary>
    public static Mentions MentionsOf(Session session, string reference, SubjectKeys keys, CancellationToken cancellation)
    {
        var id = (string?)session.Scalar("SELECT person_id FROM identity WHERE reference = @reference", reference);
        if (id is null) return new Mentions("", [], reference);
        var (words, personId) = (new PersonWords(id), id);
        if (id.StartsWith(Login, StringComparison.Ordinal)) (words, personId) = (new PersonWords(""), "");
        if (personId.Length == 0) words.Add(id[Login.Length..]);
        foreach (var name in Sealed(session, reference, keys)) words.Add(name);
        foreach (var column in TextColumn.All.Where(column => column.IsJson))
        {
            foreach (var (_, text) in StoredTexts.Of(session, column))
            {
                cancellation.ThrowIfCancellationRequested();
                words.Take(Encoding.UTF8.GetBytes(text));
            }
        }

        foreach (var (_, body) in StoredTexts.Evidence(session)) words.Take(body);
        return new Mentions(personId, words.All, reference);
    }

    private static bool IsKnown(Session session, string reference) =>
        Array.Exists(Tables, table => session.Scalar($"SELECT 1 FROM {table} WHERE reference = @reference", reference) is not null);

    private static string? Reference(Session session, string forge, string id) =>
        (string?)session.Scalar("SELECT reference FROM identity WHERE forge = @forge AND person_id = @id", forge, id);

    private static IEnumerable<string> IdsOf(Session session, string login, CancellationToken cancellation)
    {
        var found = new LoginIds(login);
        foreach (var column in TextColumn.All.Where(column => column.IsJson))
        {
            foreach (var (_, text) in StoredTexts.Of(session, column))
            {
                cancellation.ThrowIfCancellationRequested();
                if (text.Contains(login, StringComparison.OrdinalIgnoreCase)) found.Take(text);
            }
        }

        return found.All;
    }

    // Logins that entries were sealed with may stand nowhere else by now.
    private static IEnumerable<string> Sealed(Session session, string reference, SubjectKeys keys)
    {
        if (keys.OfSubject(reference) is not var (keyId, key)) yield break;
        var origin = (string?)session.Scalar("SELECT origin FROM audit_log") ?? "";
        var boxes = session.Query(
            """
            SELECT l.id, s.name, s.box FROM audit_sealed s JOIN audit_leaf l ON l.seq = s.seq
            WHERE s.key_id = @key AND s.name IN ('actor', 'author')
            """,
            row => (Entry: row.GetString(0), Name: row.GetString(1), Box: row.GetFieldValue<byte[]>(2)), keyId);
        foreach (var (entry, name, box) in boxes)
        {
            if (SealedBox.Open(key, new BoxPlace(origin, entry, name), box) is { } disclosure)
                yield return Encoding.UTF8.GetString(disclosure.AsSpan(Commitment.SaltLength));
        }
    }
}
