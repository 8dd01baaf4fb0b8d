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

    /// <summary>Every row of a column, with its key.</summary>
    public static IEnumerable<(object Key, string Text)> Of(Session session, TextColumn column) => Pages(
        session, $"SELECT {column.Key}, {column.Column} FROM {column.Table} WHERE {column.Key} > @after ORDER BY {column.Key} LIMIT {PageSize}",
        column.Key == "key" ? "" : -1L, row => (row.GetValue(0), row.GetString(1)));

    /// <summary>The evidence of every ruling.</summary>
    public static IEnumerable<(object Key, byte[] Body)> Evidence(Session session) => Pages(
        session, $"SELECT ruling_seq, body, length FROM evidence WHERE ruling_seq > @after ORDER BY ruling_seq LIMIT {PageSize}",
        -1L, row => (row.GetValue(0), Zlib.Decompress(row.GetFieldValue<byte[]>(1), row.GetInt32(2))));

    /// <summary>Every webhook that has a body: headers and body as text, and whether it was walked.</summary>
    /// <param name="walkedFrom">The least state of one that waits for nothing.</param>
    public static IEnumerable<(object Key, string Text, bool IsWalked)> Deliveries(Session session, int walkedFrom) => Pages(
        session,
        $"""
        SELECT d.seq, b.headers, b.body, b.length, d.state FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq
        WHERE d.seq > @after AND b.length > 0 ORDER BY d.seq LIMIT {PageSize}
        """,
        -1L,
        row => (
            row.GetValue(0),
            Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(1)) + "\n"
                + Encoding.UTF8.GetString(Zlib.Decompress(row.GetFieldValue<byte[]>(2), row.GetInt32(3))),
            row.GetInt32(4) >= walkedFrom));

    private static IEnumerable<T> Pages<T>(Session session, string sql, object after, Func<DbDataReader, T> read)
        where T : System.Runtime.CompilerServices.ITuple
    {
        while (true)
        {
            var page = session.Query(sql, read, after);
            foreach (var one in page) yield return one;
            if (page.Count < PageSize) yield break;
            after = page[^1][0]!;
        }
    }
}
