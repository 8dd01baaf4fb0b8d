using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace GitOpsGate.Storage;

/// <summary>PostgreSQL 15 or later. Writers of several processes take turns by an advisory lock that ends with the transaction.</summary>
internal class PostgresDialect(string connectionString) : Dialect
{
    private const long WriterLock = 0x6761_7465;

    // One statement for the whole batch: a round trip costs more here than the rows do.
    private const string InsertAll = """
        WITH given AS (
          SELECT DISTINCT ON (key) *
          FROM unnest(@ids, @keys, @connections, @forges, @forge_ids, @events, @received, @headers, @bodies, @lengths)
            WITH ORDINALITY AS t(id, key, connection, forge, forge_id, event, received_ms, headers, body, length, place)
          ORDER BY key, place),
        unknown AS (INSERT INTO door_key (key) SELECT key FROM given ON CONFLICT DO NOTHING RETURNING key),
        fresh AS (
          INSERT INTO delivery (id, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note)
          SELECT id, connection, forge, forge_id, event, received_ms, 0, received_ms, 0, '' FROM given JOIN unknown USING (key)
          ORDER BY place
          ON CONFLICT DO NOTHING RETURNING seq, id),
        bodies AS (
          INSERT INTO delivery_body (delivery_seq, headers, body, length)
          SELECT fresh.seq, given.headers, given.body, given.length FROM fresh JOIN given USING (id))
        SELECT id FROM fresh
        """;

    public override string Name => "postgres";

    private string ConnectionString { get; } =
        new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 64, AutoPrepareMinUsages = 2 }.ToString();

    public override DbConnection Connect()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        try
        {
            connection.Open();
            using var command = new NpgsqlCommand("SET synchronous_commit = on", connection);
            command.ExecuteNonQuery();
            return connection;
        }
        catch (DbException)
        {
            connection.Dispose();
            throw;
        }
    }

    public override DbTransaction Begin(DbConnection connection)
    {
        var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT pg_advisory_xact_lock({WriterLock})";
        command.ExecuteNonQuery();
        return transaction;
    }

    public override void Insert(Session session, IReadOnlyList<InboxInsert> inserts)
    {
        if (inserts.Count == 0) return;
        using var command = new NpgsqlCommand(InsertAll, (NpgsqlConnection)session.Connection, (NpgsqlTransaction?)session.Transaction);
        Add(command, "ids", NpgsqlDbType.Bytea, inserts, insert => insert.Id);
        Add(command, "keys", NpgsqlDbType.Bytea, inserts, insert => Bytes(insert.DoorKey));
        Add(command, "connections", NpgsqlDbType.Text, inserts, insert => insert.Connection);
        Add(command, "forges", NpgsqlDbType.Text, inserts, insert => insert.Forge);
        Add(command, "forge_ids", NpgsqlDbType.Text, inserts, insert => insert.ForgeId);
        Add(command, "events", NpgsqlDbType.Text, inserts, insert => insert.Event);
        Add(command, "received", NpgsqlDbType.Bigint, inserts, insert => insert.ReceivedMilliseconds);
        Add(command, "headers", NpgsqlDbType.Bytea, inserts, insert => insert.Headers.ToArray());
        Add(command, "bodies", NpgsqlDbType.Bytea, inserts, insert => insert.Body.ToArray());
        Add(command, "lengths", NpgsqlDbType.Integer, inserts, insert => insert.Length);
        var fresh = new HashSet<Guid>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) fresh.Add(new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true));
        }

        foreach (var insert in inserts) insert.IsNew = fresh.Contains(new Guid(insert.Id, bigEndian: true));
    }

    public override bool IsKnown(Session session, UInt128 key) =>
        session.Scalar("SELECT 1 FROM door_key WHERE key = @key", Bytes(key)) is not null;

    // A plain VACUUM leaves the bytes of dead rows in their pages. The server's own write-ahead log is not ours to empty.
    public override void Wipe()
    {
        string[] tables = ["audit_sealed", "change_request", "delivery", "delivery_body", "delivery_seal", "deployment_question", "evidence", "identity", "kept_source", "obligation", "ruling"];
        using var session = new Session(Connect());
        foreach (var table in (string[])[.. tables, "access_token", "subject_key"]) session.Execute($"VACUUM (FULL) {table}");
    }

    // delivery_body holds no more than what waits to be sealed. Whoever reads it is not waited for long.
    public override void WipeBodies()
    {
        using var session = new Session(Connect());
        session.Execute("SET lock_timeout = 2000");
        foreach (var table in (string[])["delivery_body", "subject_key"]) session.Execute($"VACUUM (FULL) {table}");
    }

    public override void Use(DbContextOptionsBuilder options) => options.UseNpgsql(ConnectionString);

    private static byte[] Bytes(UInt128 key)
    {
        var bytes = new byte[16];
        InboxInsert.WriteKey(key, bytes);
        return bytes;
    }

    private static void Add<T>(
        NpgsqlCommand command, string name, NpgsqlDbType type, IReadOnlyList<InboxInsert> inserts, Func<InboxInsert, T> value) =>
        command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = inserts.Select(value).ToArray() });
}
