using GitOpsGate.Audit.Notes;
using GitOpsGate.Releases;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>
/// The newest checkpoint that ever left the gate, in a file outside the database, best on another volume: when the database is put back to an
/// older copy, the file remembers. Safe to call from one thread at a time.
/// </summary>
/// <param name="path">Absolute.</param>
public sealed class AnchorFile(string path)
{
    public string Path { get; } = path;

    /// <summary>The signed note, or null when none was ever written.</summary>
    /// <exception cref="FormatException">What is there is no signed checkpoint.</exception>
    public SignedNote? Read() => File.Exists(Path) ? SignedNote.Parse(File.ReadAllText(Path)) : null;

    /// <summary>Puts a newer one in its place; durable on return.</summary>
    public void Write(SignedNote note)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        Durable.WriteText(Path, note.ToString());
    }
}
