using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.Storage;

/// <summary>
/// One connection and its prepared commands. Values are given in the order in which their names first appear in the SQL text.
/// Not safe to share between threads.
/// </summary>
internal sealed partial class Session(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private Step _step;

    private enum Step
    {
        None,
        Awaited,
        Open,
    }

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

    /// <summary>
    /// Begins a part of the transaction that can be taken back alone. A savepoint stands before its first command: a part that runs none, as many that
    /// only append to the log, needs none.
    /// </summary>
    public void BeginStep() => _step = Step.Awaited;

    /// <summary>Keeps what the part did.</summary>
    public void KeepStep() => EndStep("RELEASE SAVEPOINT step");

    /// <summary>Takes back what the part did.</summary>
    public void TakeBackStep() => EndStep("ROLLBACK TO SAVEPOINT step");

    /// <summary>Runs a command; how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        // Inside a transaction nothing has to be waited for, which is what a command adds to a statement.
        if (Transaction is null || Connection is not SqliteConnection sqlite) return Prepare(sql, values).ExecuteNonQuery();
        OpenStep();
        if (!_statements.TryGetValue(sql, out var statement)) _statements[sql] = statement = new SqliteStatement(SqliteBoot.HandleOf(sqlite), sql);
        if (statement.Count != values.Length)
            throw new ArgumentException($"the command names {statement.Count} values, {values.Length} given: {sql}", nameof(values));
        for (var at = 0; at < values.Length; at++) statement.Bind(at + 1, Storable(values[at]));
        return statement.Execute();
    }

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
        foreach (var statement in _statements.Values) statement.Dispose();
        foreach (var command in _commands.Values) command.Dispose();
        Transaction?.Dispose();
        Connection.Dispose();
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Names();

    private void OpenStep()
    {
        if (_step != Step.Awaited) return;
        _step = Step.Open;
        Execute("SAVEPOINT step");
    }

    private void EndStep(string sql)
    {
        // What could not be kept is still there to be taken back.
        if (_step == Step.Open) Execute(sql);
        _step = Step.None;
    }

    private DbCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        OpenStep();
        if (!_commands.TryGetValue(sql, out var command)) _commands[sql] = command = Create(sql);
        if (command.Parameters.Count != values.Length)
            throw new ArgumentException($"the command names {command.Parameters.Count} values, {values.Length} given: {sql}", nameof(values));
        command.Transaction = Transaction;
        for (var at = 0; at < values.Length; at++) command.Parameters[at].Value = Storable(values[at]) ?? DBNull.Value;
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
    private static object? Storable(object? value) => value switch
    {
        string text when text.Contains('\0', StringComparison.Ordinal) => text.Replace('\0', '\uFFFD'),
        _ => value,
    };
}
