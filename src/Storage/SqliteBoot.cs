using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.Storage;

/// <summary>
/// Points Microsoft.Data.Sqlite at the operating system's SQLite and lets it run on SQLitePCLRaw.core 2.0.6.
/// docs/decisions/0005-sqlite-binding.md says why, and when this file goes.
/// </summary>
internal static class SqliteBoot
{
    private const string BindingName = "SQLitePCLRaw.core";
    private const string NativeName = "e_sqlite3";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "must run before the first SqliteConnection, whoever opens it")]
    internal static void Start()
    {
        // Microsoft.Data.Sqlite asks for a later version of the binding; all that it calls is in this one, but for loading extensions.
        AssemblyLoadContext.Default.Resolving += static (_, name) =>
            name.Name == BindingName ? typeof(SQLitePCL.raw).Assembly : null;
        NativeLibrary.SetDllImportResolver(
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly,
            static (name, _, _) => name == NativeName ? NativeLibrary.Load(SystemLibrary()) : 0);
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
    }

    /// <summary>SQLite's own handle of an open connection.</summary>
    internal static SQLitePCL.sqlite3 HandleOf(SqliteConnection connection) =>
        Binding.Handle(connection) ?? throw new InvalidOperationException("the connection should be open");

    private static string SystemLibrary() =>
        OperatingSystem.IsWindows() ? "winsqlite3"
        : OperatingSystem.IsMacOS() ? "libsqlite3.dylib"
        : "libsqlite3.so.0";

    // Named at run time: at compile time the two packages' versions of the handle's type do not agree (CS1705). A class of its own, so
    // that the resolver stands before the type is asked for.
    private static class Binding
    {
        public static readonly Func<SqliteConnection, SQLitePCL.sqlite3?> Handle =
            typeof(SqliteConnection).GetProperty(nameof(Handle), BindingFlags.Instance | BindingFlags.Public)!
                .GetMethod!.CreateDelegate<Func<SqliteConnection, SQLitePCL.sqlite3?>>();
    }
}
