using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GitOpsGate.Storage.Intake;

/// <summary>
/// Waits for the disk. On Linux by <c>fdatasync</c> (POSIX), which the framework does not offer: its own flush also writes when the file
/// was last changed, and waits for the file system's journal to say so.
/// </summary>
internal static class Flushing
{
    /// <exception cref="IOException">It cannot be told whether what was written is on the disk.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (DataSync(file) != 0) throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int DataSync(SafeFileHandle file);
}
