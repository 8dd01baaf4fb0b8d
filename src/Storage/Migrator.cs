using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Storage;

/// <summary>
/// Brings a database to the schema that this program knows: numbered SQL files, each applied once, in one transaction that no other
/// starter can run beside. A file that changed after it was applied, or one that this program does not know, stops the start.
/// </summary>
internal static class Migrator
{
    private const string Root = "Migrations/";

    /// <summary>Applies what is missing; the names of what was applied.</summary>
    /// <exception cref="SchemaMismatchException">The database belongs to another version of the program.</exception>
    public static IReadOnlyList<string> Up(Dialect dialect, TimeProvider clock)
    {
        var known = Known(dialect.Name);
        using var session = new Session(dialect.Connect());
        session.Transaction = dialect.Begin(session.Connection);
        Run(session, "CREATE TABLE IF NOT EXISTS schema_step (name varchar(200) NOT NULL PRIMARY KEY, sha256 char(64) NOT NULL, at varchar(40) NOT NULL)");
        var done = session
            .Query("SELECT name, sha256 FROM schema_step", row => (Name: row.GetString(0), Sha256: row.GetString(1)))
            .ToDictionary(step => step.Name, step => step.Sha256, StringComparer.Ordinal);
        foreach (var name in done.Keys.Order(StringComparer.Ordinal))
        {
            if (!known.ContainsKey(name))
                throw new SchemaMismatchException($"the database has migration `{name}`, which this program does not know: use a newer one");
        }

        var applied = new List<string>();
        foreach (var (name, sql) in known)
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            if (done.TryGetValue(name, out var was))
            {
                if (was == sha256) continue;
                throw new SchemaMismatchException($"migration `{name}` is not what was applied to this database: add a new one instead");
            }

            Run(session, sql);
            session.Execute(
                "INSERT INTO schema_step (name, sha256, at) VALUES (@name, @sha256, @at)",
                name, sha256, clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            applied.Add(name);
        }

        dialect.Commit(session.Transaction);
        return applied;
    }

    private static void Run(Session session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.Transaction = session.Transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SortedDictionary<string, string> Known(string dialect)
    {
        var assembly = typeof(Migrator).Assembly;
        var prefix = $"{Root}{dialect}/";
        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var name = resource.Replace('\\', '/');
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            known.Add(name[prefix.Length..], reader.ReadToEnd().ReplaceLineEndings("\n"));
        }

        return known;
    }
}

/// <summary>The database's schema is not one that this program may work with.</summary>
public sealed class SchemaMismatchException(string message) : InvalidOperationException(message);
