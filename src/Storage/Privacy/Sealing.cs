using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit;

namespace GitOpsGate.Storage.Privacy;

/// <summary>A locked section, as it is stored beside the tree.</summary>
internal sealed record LockedBox(string Name, string KeyId, byte[] Bytes);

/// <summary>Turns what is personal in a draft into commitments, which the leaf holds, and boxes, which it does not.</summary>
internal static class Sealing
{
    /// <param name="keys">Of every subject that the draft names.</param>
    /// <returns>The draft as it may stand in the log, and its boxes.</returns>
    public static (AuditDraft Draft, ImmutableArray<LockedBox> Boxes) Of(
        AuditDraft draft, string origin, string entry, IReadOnlyDictionary<string, SubjectKey>? keys)
    {
        if (draft.Personal.IsEmpty) return (draft, []);
        // Found here, where it fails this entry alone: two boxes of one name would fail the whole batch.
        if (draft.Personal.Select(one => one.Name).Distinct(StringComparer.Ordinal).Count() != draft.Personal.Length)
            throw new ArgumentException($"an entry of type `{draft.Type}` has two sections of one name", nameof(draft));
        var sections = draft.Sealed.ToBuilder();
        var boxes = ImmutableArray.CreateBuilder<LockedBox>(draft.Personal.Length);
        foreach (var one in draft.Personal.OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            if (keys is null || !keys.TryGetValue(one.Subject, out var key))
                throw new ArgumentException($"an entry of type `{draft.Type}` has something to seal, and no key for it", nameof(keys));
            var content = Encoding.UTF8.GetBytes(one.Text);
            byte[] disclosure = [.. RandomNumberGenerator.GetBytes(Commitment.SaltLength), .. content];
            var commitment = Commitment.Of(disclosure.AsSpan(0, Commitment.SaltLength), content);
            sections.Add(new SealedSection(one.Name, Convert.ToBase64String(commitment), key.Id, content.Length));
            boxes.Add(new LockedBox(one.Name, key.Id, SealedBox.Lock(key.Bytes, new BoxPlace(origin, entry, one.Name), disclosure)));
        }

        return (draft with { Sealed = sections.ToImmutable(), Personal = [] }, boxes.ToImmutable());
    }
}
