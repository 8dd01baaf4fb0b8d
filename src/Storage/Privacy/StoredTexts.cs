using System.Data.Common;
using System.Text;

namespace GitOpsGate.Storage.Privacy;

/// <summary>A column of text in which a person may be named.</summary>
/// <param name="Key">The column by which its rows are found.</param>
/// <param name="IsJson">Whether it holds JSON, rather than words for people.</param>
internal sealed record TextColumn(string Table, string Key, string Column, bool IsJson)
{
    /// <summary>All of them.</summary>
    public static readonly TextColumn[] All =
    [
        new("change_request", "seq", "json", IsJson: true),
        new("ruling", "seq", "json", IsJson: true),
        new("obligation", "id", "json", IsJson: true),
        new("deployment_question", "key", "json", IsJson: true),
        new("obligation", "id", "note", IsJson: false),
        new("delivery", "seq", "note", IsJson: false),
    ];

    public string? Rewrite(Mentions mentions, string text) => IsJson ? mentions.RewriteJson(text) : mentions.RewriteText(text);
}

/// <summary>Walks over what is stored, a page at a time, on a reader's connection.</summary>
internal static class StoredTexts
{
    private const int PageSize = 200;

    // Webhooks may be large.
    private const int FewBodies = 32;

    /// <summary>Every row of a column, with its key.</summary>
    public static IEnumerable<(object Key, string Text)> Of(Session session, TextColumn column) => Pages(
        session, $"SELECT {column.Key}, {column.Column} FROM {column.Table} WHERE {column.Key} > @after ORDER BY {column.Key} LIMIT {PageSize}",
        column.Key == "key" ? "" : -1L, row => (row.GetValue(0), row.GetString(1)));

    /// <summary>The evidence of every ruling.</summary>
    public static IEnumerable<(object Key, byte[] Body)> Evidence(Session session) => Pages(
        session, $"SELECT ruling_seq, body, length FROM evidence WHERE ruling_seq > @after ORDER BY ruling_seq LIMIT {PageSize}",
        -1L, row => (row.GetValue(0), Zlib.Decompress(row.GetFieldValue<byte[]>(1), row.GetInt32(2))));

    /// <summary>
    /// Every webhook that has a body: headers and body as text, or null when they are sealed and do not open, and whether it was walked. A page is held
    /// as it is stored, one body at a time in the clear.
    /// </summary>
    /// <param name="keys">Open what is sealed.</param>
    /// <param name="walkedFrom">The least state of one that waits for nothing.</param>
    /// <param name="day">Only those of one day, or null for all.</param>
    public static IEnumerable<(object Key, string? Text, bool IsWalked)> Deliveries(
        Session session, SubjectKeys keys, int walkedFrom, WebhookDay? day = null)
    {
        var opened = new Dictionary<WebhookDay, byte[]?>();
        var rows = Pages(
            session,
            $"""
            SELECT d.seq, d.state, {StoredBody.Columns} FROM delivery d {StoredBody.Tables}
            WHERE d.seq > @after AND COALESCE(s.length, b.length) > 0 AND w.ended_ms IS NULL
            {(day is { } one ? $"AND d.received_ms >= {one.From} AND d.received_ms < {one.To}" : "")} ORDER BY d.seq LIMIT {FewBodies}
            """,
            -1L, row => (row.GetValue(0), State: row.GetInt32(1), Body: StoredBody.Read(row)), FewBodies);
        foreach (var (key, state, stored) in rows)
        {
            var body = stored.Open(KeyOf);
            yield return (key, body.Gone is null ? Encoding.UTF8.GetString(body.Headers) + "\n" + Encoding.UTF8.GetString(body.Inflate()) : null, state >= walkedFrom);
        }

        byte[]? KeyOf(WebhookDay of)
        {
            if (!opened.TryGetValue(of, out var key)) opened[of] = key = keys.OfSubject(of.Subject)?.Key;
            return key;
        }
    }

    /// <summary>What rulings were made with, one at a time.</summary>
    public static IEnumerable<(string Digest, byte[] Body)> Kept(Session session)
    {
        foreach (var digest in session.Query("SELECT digest FROM kept_source WHERE body IS NOT NULL ORDER BY digest", row => row.GetString(0)))
        {
            var rows = session.Query(
                "SELECT body, length FROM kept_source WHERE digest = @digest AND body IS NOT NULL",
                row => Zlib.Decompress(row.GetFieldValue<byte[]>(0), row.GetInt32(1)), digest);
            foreach (var body in rows) yield return (digest, body);
        }
    }

    private static IEnumerable<T> Pages<T>(Session session, string sql, object after, Func<DbDataReader, T> read, int size = PageSize)
        where T : System.Runtime.CompilerServices.ITuple
    {
        while (true)
        {
            var page = session.Query(sql, read, after);
            foreach (var one in page) yield return one;
            if (page.Count < size) yield break;
            after = page[^1][0]!;
        }
    }
}
