using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>The files of a bundle, to be changed as a forger would: the manifest can be made to agree again.</summary>
internal sealed class Tampered
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public Tampered(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        foreach (var entry in zip.Entries)
        {
            using var file = entry.Open();
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            _files[entry.FullName] = bytes.ToArray();
        }
    }

    public IEnumerable<string> Names => _files.Keys;

    public string this[string name]
    {
        get => Encoding.UTF8.GetString(_files[name]);
        set => _files[name] = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>A file's lines without their breaks.</summary>
    public string[] Lines(string name) => this[name].TrimEnd('\n').Split('\n');

    public void Replace(string name, string what, string with)
    {
        if (!this[name].Contains(what, StringComparison.Ordinal)) throw new ArgumentException($"`{name}` does not hold `{what}`");
        this[name] = this[name].Replace(what, with, StringComparison.Ordinal);
    }

    public void DropLine(string name, int line) =>
        this[name] = string.Concat(Lines(name).Where((_, at) => at != line - 1).Select(text => text + "\n"));

    /// <summary>Bytes of a file.</summary>
    public int Length(string name) => _files[name].Length;

    /// <summary>Turns one bit of a file, and turns it back when it is asked again.</summary>
    public void Turn(string name, int bit) => _files[name][bit / 8] ^= (byte)(1 << (bit % 8));

    public void Remove(string name) => _files.Remove(name);

    /// <summary>Has the manifest name the files as they are now.</summary>
    public void Agree()
    {
        var manifest = JsonNode.Parse(this["MANIFEST.json"])!.AsObject();
        var files = new JsonArray();
        foreach (var (name, bytes) in _files.Where(file => file.Key != "MANIFEST.json"))
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            files.Add(new JsonObject { ["path"] = name, ["sha256"] = digest, ["bytes"] = bytes.Length, ["role"] = "forged" });
        }

        manifest["files"] = files;
        this["MANIFEST.json"] = manifest.ToJsonString();
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in _files)
            {
                using var file = zip.CreateEntry(name).Open();
                file.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
