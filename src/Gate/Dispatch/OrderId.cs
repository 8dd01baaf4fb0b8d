using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Changes;

namespace GitOpsGate.Dispatch;

/// <summary>Derives the ids of orders.</summary>
public static class OrderId
{
    /// <summary>
    /// The id of the order that a push makes for one target of one environment: 64 lower-case hex digits, SHA-256 over the four parts, each
    /// preceded by its length. The same push gives the same id always; pushing the same commit again, after another one, gives a new id.
    /// </summary>
    /// <param name="environment">The environment's name.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="commit">What is deployed.</param>
    /// <param name="push">What names the push itself, for instance the id of its delivery.</param>
    public static string Derive(string environment, string target, CommitId commit, string push)
    {
        var text = new StringBuilder();
        foreach (var part in (string[])[environment, target, commit.Value, push]) text.Append(part.Length).Append(':').Append(part);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
