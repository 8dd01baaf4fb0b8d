using System.Collections.Immutable;
using System.Data.Common;

namespace GitOpsGate.Storage.Reading;

/// <summary>Reads beside the writer and without the pages' model, which a gateway that nobody looks at never needs.</summary>
internal static class Lists
{
    /// <summary>All rows, on a connection of its own.</summary>
    public static async Task<ImmutableArray<T>> ListAsync<T>(
        this Database database, string sql, Func<DbDataReader, T> read, CancellationToken cancellation, params (string Name, object Value)[] values)
    {
        await using var connection = database.Dialect.Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var row = await command.ExecuteReaderAsync(cancellation);
        var rows = ImmutableArray.CreateBuilder<T>();
        while (await row.ReadAsync(cancellation)) rows.Add(read(row));
        return rows.ToImmutable();
    }
}
