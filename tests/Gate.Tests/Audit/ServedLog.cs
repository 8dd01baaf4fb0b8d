using System.Text;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A log as its server gives it out at some size, and as a malicious one would: any answer can be put in the place of the true one.</summary>
internal sealed class ServedLog(InMemoryLog log, long size, NoteSigner signer) : ILogSource
{
    /// <summary>Takes an address and the true answer, and gives the false one.</summary>
    public Func<string, byte[]?, byte[]?> Twist { get; init; } = (_, answer) => answer;

    /// <summary>After how many answers it breaks off.</summary>
    public int Breaks { get; init; } = int.MaxValue;

    public int Asked { get; private set; }

    public static ServedLog Of(string name, int entries, long size, NoteSigner signer) =>
        new(new InMemoryLog([.. Enumerable.Range(0, entries).Select(number => Encoding.ASCII.GetBytes($"{name} {number}"))]), size, signer);

    public async Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation)
    {
        if (Asked++ >= Breaks) throw new IOException("broken off");
        var answer = Twist(address, await TrueAsync(address));
        return answer is null || answer.Length <= most ? answer : throw new LogRefusedException($"`{address}` has more than {most} bytes");
    }

    /// <summary>What an honest server gives.</summary>
    public async Task<byte[]?> TrueAsync(string address)
    {
        if (address == MirrorFolder.CheckpointName)
        {
            var text = new Checkpoint(signer.Key.Name, size, await log.RootAsync(size)).ToString();
            return Encoding.UTF8.GetBytes(new SignedNote(text, [signer.Sign(text, default)]).ToString());
        }

        if (!TilePath.TryParse(address, out var path) || !TilePath.Of(size).Contains(path)) return null;
        return path.Level == TilePath.Entries ? log.Bundle(path).ToArray() : (await log.TileAsync(path)).ToArray();
    }
}
