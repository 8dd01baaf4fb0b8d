using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Tests.Privacy;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(GitOpsGate.Storage.Tests.RunEnd))]

namespace GitOpsGate.Storage.Tests;

/// <summary>A throw-away PostgreSQL on a free loopback port, one for the whole run; null where it is not installed.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private static readonly Lazy<PostgresServer?> One = new(Start);
    private readonly string _folder;

    private PostgresServer(string folder, int port) => (_folder, Port) = (folder, port);

    public static PostgresServer? Instance => One.Value;

    /// <summary>Stops the server when one was started.</summary>
    public static void Stop()
    {
        if (One.IsValueCreated) One.Value?.Dispose();
    }

    private int Port { get; }

    /// <summary>Where the server keeps the tables of a database.</summary>
    /// <param name="number">The database's object id.</param>
    public string TablesOf(long number) => Path.Combine(_folder, "data", "base", number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The connection string of a new, empty database.</summary>
    public string NewDatabase()
    {
        var name = $"t{Guid.CreateVersion7():N}";
        using var connection = new NpgsqlConnection(To("postgres"));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        command.ExecuteNonQuery();
        return To(name);
    }

    public void Dispose()
    {
        Run("pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private static PostgresServer? Start()
    {
        if (!File.Exists(Path.Combine(Programs, "initdb"))) return null;
        var folder = Directory.CreateTempSubdirectory("gate-pg-").FullName;
        if (Environment.UserName == "root") Shell("chown", "postgres", folder);
        var port = FreePort();
        Run("initdb", "-D", Path.Combine(folder, "data"), "-A", "trust", "-U", "gate", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        Run("pg_ctl", "-D", Path.Combine(folder, "data"), "-w", "-s", "-l", Path.Combine(folder, "log"), "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=600", "start");
        return new PostgresServer(folder, port);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs, program);
        if (Environment.UserName == "root") Shell("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments]);
        else Shell(path, arguments);
    }

    private static void Shell(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = program != "setpriv" || !arguments.Contains("start") };
        using var process = Process.Start(start)!;
        if (start.RedirectStandardOutput) process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"`{program} {string.Join(' ', arguments)}` ended with {process.ExitCode}");
    }

    private string To(string database) => $"Host=127.0.0.1;Port={Port};Username=gate;Database={database};Pooling=true;Maximum Pool Size=20";
}

/// <summary>Ends with the run, and the server with it.</summary>
public sealed class RunEnd : IDisposable
{
    public void Dispose() => PostgresServer.Stop();
}

/// <summary>A database for one test, on either kind, that can be opened again.</summary>
public sealed class TestStore : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gate-store-").FullName;
    private readonly string? _postgres;

    public TestStore(string kind)
    {
        if (kind != "postgres") return;
        Assert.SkipWhen(PostgresServer.Instance is null, "PostgreSQL 15 is not installed");
        _postgres = PostgresServer.Instance!.NewDatabase();
    }

    public string SqlitePath => Path.Combine(_folder, StorageRegistration.FileName);

    internal Dialect Dialect => _postgres is null ? new SqliteDialect(SqlitePath) : new PostgresDialect(_postgres);

    /// <summary>Its files, or those of the server.</summary>
    public string Folder => _folder;

    internal Database Open(TimeProvider clock, Dialect? dialect = null, IKeyWrap? wrap = null) =>
        Database.Open(dialect ?? Dialect, clock, NullLoggerFactory.Instance, wrap ?? new TestWrap());

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
