using System.Data.Common;
using System.Text.RegularExpressions;

namespace GitOpsGate.Storage;

/// <summary>
/// One connection and its prepared commands. Values are given in the order in which their names first appear in the SQL text.
/// Not safe to share between threads.
/// </summary>
internal sealed partial class Session(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    public DbConnection Connection { get; } = connection;

    /// <summary>The open transaction, which every command runs in.</summary>
    public DbTransaction? Transaction { get; set; }

    /// <summary>What a dialect keeps ready beside the commands; ends with them.</summary>
    public IDisposable? Prepared { get; set; }

    /// <summary>Ends what a dialect keeps ready: it may know less than the database now.</summary>
    public void Forget()
    {
        Prepared?.Dispose();
        Prepared = null;
    }

    /// <summary>Runs a command; how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>All rows.</summary>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public void Dispose()
    {
        Forget();
        foreach (var command in _commands.Values) command.Dispose();
        Transaction?.Dispose();
        Connection.Dispose();
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Names();

    private DbCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command)) _commands[sql] = command = Create(sql);
        if (command.Parameters.Count != values.Length)
            throw new ArgumentException($"the command names {command.Parameters.Count} values, {values.Length} given: {sql}", nameof(values));
        command.Transaction = Transaction;
        for (var at = 0; at < values.Length; at++) command.Parameters[at].Value = Storable(values[at]);
        return command;
    }

    private DbCommand Create(string sql)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in Names().Matches(sql).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    // PostgreSQL's text cannot hold the zero character, which a stranger can send inside JSON.
    private static object Storable(object? value) => value switch
    {
        null => DBNull.Value,
        string text when text.Contains('\0', StringComparison.Ordinal) => text.Replace('\0', '\uFFFD'),
        _ => value,
    };
}
