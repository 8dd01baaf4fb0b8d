using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Notes, keys, checkpoints, cosignatures and proof files, as Go, C2SP and others wrote them.</summary>
internal static class NoteVectors
{
    public static Task Go(Tally tally)
    {
        var vectors = VectorFile.Published("go_note.json");
        var keys = vectors.GetProperty("keys").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.Text("vkey"));
        foreach (var one in vectors.Items("open_cases"))
        {
            tally.Check(OpensAsSaid(one, [.. one.Texts("known").Select(name => NoteKey.Parse(keys[name]))], vectors.Text("text")), one.Text("desc"));
        }

        var text = keys["PeterNeumann"];
        var peter = NoteKey.Parse(text);
        foreach (var malformed in vectors.Texts("malformed")) tally.Refused(() => SignedNote.Parse(malformed).Verify([peter]), malformed);
        foreach (var malformed in vectors.Texts("malformed_b64")) tally.Refused(() => SignedNote.Parse(Convert.FromBase64String(malformed)).Verify([peter]), malformed);
        foreach (var wrong in vectors.Texts("vkey_invalid")) tally.Refused(() => NoteKey.Parse(wrong), wrong);
        for (var from = 0; from <= text.Length; from++)
        {
            for (var to = from + 1; to <= text.Length; to++)
            {
                var part = text[from..to];
                if (part.Length < text.Length) tally.Refused(() => NoteKey.Parse(part), part);
            }
        }

        for (var at = 0; at < text.Length; at++)
        {
            var mangled = text[..at] + (char)(text[at] + 1) + text[(at + 1)..];
            tally.Refused(() => NoteKey.Parse(mangled), mangled);
        }

        return Task.CompletedTask;
    }

    public static Task Specifications(Tally tally)
    {
        var examples = VectorFile.Published("c2sp_examples.json");
        var note = examples.GetProperty("note");
        var signed = SignedNote.Parse(note.Text("signed"));
        tally.Check(signed.Verify([NoteKey.Parse(note.Text("vkey"))]).Length == 1 && signed.Text.StartsWith("This is", StringComparison.Ordinal), "signed note");
        tally.Check(Checkpoint.Parse(SignedNote.Parse(examples.Text("checkpoint_parse_only")).Text).Size == 20852163, "checkpoint");
        var cosigned = SignedNote.Parse(examples.Text("cosigned_checkpoint_parse_only"));
        tally.Check(cosigned.Signatures.Length == 2 && Seconds(cosigned.Signatures[1].Signature.Span) == 1679315147, "cosignature");
        return Task.CompletedTask;
    }

    public static Task Formats(Tally tally)
    {
        var formats = VectorFile.Published("formats_note_checkpoint_proof.json");
        foreach (var one in formats.Items("ecdsa_notes"))
        {
            var isRight = Tally.Accepts(() => SignedNote.Parse(one.Text("note")).Verify([NoteKey.Parse(one.Text("vkey"))]));
            tally.Check(isRight == one.GetProperty("ok").GetBoolean(), one.Text("desc"));
        }

        foreach (var key in formats.Texts("vkeys_valid")) tally.Check(NoteKey.Parse(key).ToString() == key, key);
        foreach (var list in (string[])["vkeys_key_id_mismatch", "vkeys_unsupported_type", "vkeys_invalid"])
        {
            foreach (var key in formats.Texts(list)) tally.Refused(() => NoteKey.Parse(key), key);
        }

        foreach (var wrong in formats.Texts("checkpoints_invalid")) tally.Refused(() => Checkpoint.Parse(wrong), wrong);
        foreach (var wrong in formats.Texts("tlog_proof_invalid")) tally.Refused(() => ProofFile.Parse(wrong), wrong);
        var cosignature = formats.GetProperty("cosig_timestamp");
        var line = SignedNote.ParseLine($"— w {cosignature.Text("sig_b64")}");
        tally.Check(Seconds(line.Signature.Span) == (ulong)cosignature.Number("unix"), "time of a cosignature");
        return Task.CompletedTask;
    }

    public static Task Cosignatures(Tally tally)
    {
        var vectors = VectorFile.Published("sunlight_cosignatures.json");
        foreach (var one in vectors.Items("cases"))
        {
            var verified = SignedNote.Parse(one.Text("note")).Verify([NoteKey.Parse(one.Text("vkey"))]);
            tally.Check(verified is [{ At: { } at }] && at == DateTimeOffset.FromUnixTimeSeconds(one.Number("time")), "cosignature");
        }

        foreach (var one in vectors.GetProperty("origin_hash").EnumerateObject())
        {
            tally.Check(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(one.Name))) == one.Value.GetString(), one.Name);
        }

        return Task.CompletedTask;
    }

    /// <summary>Beyond the reference: there and back, and checkpoints whose extra lines are kept.</summary>
    public static Task ThereAndBack(Tally tally)
    {
        var proof = VectorFile.Published("c2sp_examples.json").Text("tlog_proof_parse_only");
        tally.Check(ProofFile.Parse(ProofFile.Parse(proof).ToString()).ToString() == ProofFile.Parse(proof).ToString(), "proof file");
        foreach (var one in VectorFile.Published("go_note.json").Items("open_cases").Where(one => Tally.Accepts(() => SignedNote.Parse(one.Text("msg")))))
        {
            tally.Check(SignedNote.Parse(one.Text("msg")).ToString() == one.Text("msg"), one.Text("desc"));
        }

        return Task.CompletedTask;
    }

    private static bool OpensAsSaid(JsonElement one, NoteKey[] known, string text)
    {
        var wanted = one.TryGetProperty("error", out var error) ? error.GetString() : null;
        try
        {
            var note = SignedNote.Parse(one.Text("msg"));
            var verified = note.Verify(known).Select(line => line.Key.Name);
            var others = note.Signatures.Where(line => !known.Any(key => (key.Name, key.Id) == (line.Name, line.KeyId))).Select(line => line.ToString()).Distinct();
            return wanted is null && note.Text == text && verified.SequenceEqual(one.Texts("verified"))
                && others.Select(line => line.Split(' ')[1]).SequenceEqual(one.Texts("unverified"));
        }
        catch (FormatException trouble)
        {
            const string Malformed = "malformed";
            return wanted == trouble.Message
                || (wanted?.StartsWith(Malformed, StringComparison.Ordinal) == true && trouble.Message.StartsWith(Malformed, StringComparison.Ordinal));
        }
    }

    private static ulong Seconds(ReadOnlySpan<byte> signature) => BinaryPrimitives.ReadUInt64BigEndian(signature);
}
