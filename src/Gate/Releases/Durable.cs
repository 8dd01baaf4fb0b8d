using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace GitOpsGate.Releases;

/// <summary>
/// File operations that survive a crash of the machine. The framework can neither rename over a symbolic link to a folder nor flush a
/// folder, so these go to the C library; whoever uses them runs on Linux and macOS.
/// </summary>
public static class Durable
{
    /// <summary>Writes a small file: either all of it is there afterwards, or what was there before.</summary>
    public static void WriteText(string path, string text)
    {
        var aside = path + ".tmp";
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        Replace(aside, path);
    }

    /// <summary>Moves a file, folder or link over another one in one step, and flushes the folder.</summary>
    /// <exception cref="IOException">It did not happen.</exception>
    public static void Replace(string from, string to)
    {
        if (Rename(from, to) != 0) throw Failed($"`{from}` cannot be moved to `{to}`");
        FlushFolder(Path.GetDirectoryName(to)!);
    }

    /// <summary>Flushes a folder's list of names to the disk.</summary>
    /// <exception cref="IOException">It cannot be told to be on the disk.</exception>
    public static void FlushFolder(string path)
    {
        var handle = Open(path, 0);
        if (handle < 0) throw Failed($"`{path}` cannot be opened");
        var isDone = FSync(handle) == 0;
        var problem = isDone ? null : Failed($"`{path}` cannot be flushed");
        _ = Close(handle);
        if (problem is not null) throw problem;
    }

    private static IOException Failed(string what) => new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
