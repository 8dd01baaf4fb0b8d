using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>What a policy finds of a signed checkpoint.</summary>
/// <param name="Cosigned">The policy's names of the witnesses whose line is right, in its order.</param>
/// <param name="Failures">Why the checkpoint is not trusted; empty when it is.</param>
public sealed record PolicyFinding(ImmutableArray<string> Cosigned, ImmutableArray<string> Failures);

/// <summary>
/// Whom somebody trusts: logs, witnesses, and which of the witnesses make a quorum (C2SP tlog-policy). Names hold within the policy alone.
/// </summary>
public sealed class TrustPolicy
{
    private const string None = "none";

    // Strangers may have written it; nobody needs so much.
    private const int MostLines = 1000;
    private const int MostLetters = 1 << 20;

    private readonly List<NoteKey> _logs = [];
    private readonly Dictionary<string, NoteKey> _witnesses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private string? _quorum;

    private TrustPolicy()
    {
    }

    /// <summary>The logs' keys; a checkpoint signed by any one of them will do.</summary>
    public IReadOnlyList<NoteKey> Logs => _logs;

    /// <summary>Reads a policy.</summary>
    /// <exception cref="FormatException">It is none; the message names the line.</exception>
    public static TrustPolicy Parse(string text)
    {
        var policy = new TrustPolicy();
        var lines = text.Split('\n');
        if (text.Length > MostLetters || lines.Length > MostLines) throw new FormatException($"a policy has at most {MostLines} lines");
        foreach (var (at, line) in lines.Index())
        {
            try
            {
                policy.Take(line);
            }
            catch (FormatException trouble)
            {
                throw new FormatException($"line {at + 1} of the policy: {trouble.Message}", trouble);
            }
        }

        return policy._quorum is null ? throw new FormatException("the policy has no line `quorum`; `quorum none` would ask for no witness") : policy;
    }

    /// <summary>The policy that a log's own settings amount to.</summary>
    public static string Write(LogKeys keys, WitnessSettings witnesses)
    {
        var text = new StringBuilder("# C2SP tlog-policy, as the gate is set. Take your own from elsewhere: a forger would put one here, too.\n");
        // Witnesses and the policy's form know no ranges of sizes: keys that have ended stand in keys.json alone.
        foreach (var key in keys.Keys.Where(one => one.To is null && one.Key.Algorithm == NoteAlgorithm.Ed25519).DistinctBy(one => one.Key.Id))
            text.Append(CultureInfo.InvariantCulture, $"log {key.Key}\n");
        if (!witnesses.Sources.IsEmpty) text.Append('\n');
        foreach (var witness in witnesses.Sources) text.Append(CultureInfo.InvariantCulture, $"witness {witness.Name} {witness.Key} {witness.Address.AbsoluteUri}\n");
        if (witnesses.Sources.IsEmpty) return text.Append("\nquorum none\n").ToString();
        // A witness cannot be called what the group is called.
        var name = "all-witnesses";
        while (witnesses.Sources.Any(one => one.Name == name)) name += "-";
        var members = string.Join(' ', witnesses.Sources.Select(one => one.Name));
        return text.Append(CultureInfo.InvariantCulture, $"group {name} {witnesses.Quorum} {members}\n\nquorum {name}\n").ToString();
    }

    /// <summary>Holds a checkpoint against the policy: one of its logs has signed it, no line of a known witness is wrong, and a quorum has cosigned.</summary>
    public PolicyFinding Judge(SignedNote note)
    {
        var failures = new List<string>();
        if (_logs.Count > 0 && LogProblem(note) is { } problem) failures.Add(problem);
        var cosigned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in _order.Where(_witnesses.ContainsKey))
        {
            var key = _witnesses[name];
            if (note.Signatures.FirstOrDefault(line => line.Name == key.Name && line.KeyId == key.Id) is not { } line) continue;
            if (key.Verify(note.Text, line.Signature.Span)) cosigned.Add(name);
            else failures.Add($"the line of witness `{name}` is not signed with its key over this checkpoint");
        }

        if (_quorum is { } quorum && quorum != None && !IsWitness(quorum, cosigned)) failures.Add(Missing(quorum, cosigned));
        return new PolicyFinding([.. _order.Where(cosigned.Contains)], [.. failures]);
    }

    private string? LogProblem(SignedNote note)
    {
        var origin = Checkpoint.TryParse(note.Text, out var checkpoint) ? checkpoint.Origin : "";
        var signed = note.Signatures.SelectMany(line => _logs
            .Where(key => key.Name == origin && key.Name == line.Name && key.Id == line.KeyId).Select(key => (key, line))).ToArray();
        if (signed.Length == 0) return "no log of the policy has signed it";
        return signed.All(one => one.key.Verify(note.Text, one.line.Signature.Span)) ? null : "the log's line is not signed with its key over this checkpoint";
    }

    private bool IsWitness(string name, HashSet<string> cosigned) => _groups.TryGetValue(name, out var group)
        ? group.Members.Count(member => IsWitness(member, cosigned)) >= group.Needed
        : cosigned.Contains(name);

    private string Missing(string quorum, HashSet<string> cosigned)
    {
        var given = cosigned.Count == 0 ? "none" : $"`{string.Join("`, `", _order.Where(cosigned.Contains))}`";
        return _groups.TryGetValue(quorum, out var group)
            ? $"quorum `{quorum}` asks for {group.Needed} of `{string.Join("`, `", group.Members)}`; given: {given}"
            : $"quorum asks for witness `{quorum}`; given: {given}";
    }

    private void Take(string line)
    {
        if (line.Any(letter => letter is < ' ' and not '\t' or '\x7f')) throw new FormatException("it holds a control character");
        string[] parts = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts[0].StartsWith('#')) return;
        switch (parts[0], parts.Length)
        {
            case ("log", 2 or 3):
                TakeLog(NoteKey.Parse(parts[1]));
                break;
            case ("witness", 3 or 4):
                TakeWitness(parts[1], NoteKey.Parse(parts[2]));
                break;
            case ("group", > 3):
                TakeGroup(parts[1], parts[2], parts[3..]);
                break;
            case ("quorum", 2) when _quorum is not null:
                throw new FormatException("`quorum` stands twice");
            case ("quorum", 2):
                _quorum = parts[1] == None || IsKnown(parts[1]) ? parts[1] : throw Unknown(parts[1]);
                break;
            default:
                throw new FormatException("`log KEY`, `witness NAME KEY`, `group NAME all|any|N NAME…` or `quorum NAME` would be right");
        }
    }

    private void TakeLog(NoteKey key)
    {
        if (key.Algorithm == NoteAlgorithm.CosignatureV1) throw new FormatException($"`{key.Name}` is a witness' key, and no log's");
        if (_logs.Any(known => IsSame(known, key))) throw new FormatException($"the key of log `{key.Name}` stands twice");
        _logs.Add(key);
    }

    private void TakeWitness(string name, NoteKey key)
    {
        if (key.Algorithm is not (NoteAlgorithm.CosignatureV1 or NoteAlgorithm.MlDsa44))
            throw new FormatException($"`{key.Name}` is no witness' key: one whose signatures tell the time (type 4 or 6) would be right");
        if (_witnesses.Values.Any(known => IsSame(known, key))) throw new FormatException($"the key of witness `{name}` stands twice");
        Name(name);
        _witnesses.Add(name, key);
    }

    private void TakeGroup(string name, string count, string[] members)
    {
        foreach (var member in members)
        {
            if (!IsKnown(member)) throw Unknown(member);
            if (!_members.Add(member)) throw new FormatException($"`{member}` is a member twice; each counts once");
        }

        var needed = count switch
        {
            "all" => members.Length,
            "any" => 1,
            _ when Checkpoint.IsNumber(count) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            _ => 0,
        };
        if (needed < 1 || needed > members.Length) throw new FormatException($"`{count}` of {members.Length} members: `all`, `any` or a number from 1 to {members.Length} would be right");
        Name(name);
        _groups.Add(name, new Group(needed, members));
    }

    private void Name(string name)
    {
        if (name == None || IsKnown(name)) throw new FormatException($"the name `{name}` is taken");
        _order.Add(name);
    }

    private bool IsKnown(string name) => _witnesses.ContainsKey(name) || _groups.ContainsKey(name);

    private static bool IsSame(NoteKey one, NoteKey other) => one.Algorithm == other.Algorithm && one.Material.Span.SequenceEqual(other.Material.Span);

    private static FormatException Unknown(string name) => new($"`{name}` is no witness and no group of a line before");

    private sealed record Group(int Needed, string[] Members);
}
